"""Which remote a worker serves, by whose leave, and where it keeps what is its own."""

from __future__ import annotations

from pathlib import Path

from git_phc.cli.diagnostics import say
from git_phc.cli.render import line
from git_phc.cli.safe import one_line
from git_phc.cli.terminal import Terminal
from git_phc.errors import NotARepository, UsageError
from git_phc.git.remote import without_user
from git_phc.model.lease import SHORT
from git_phc.services.context import Context
from git_phc.services.policy import choose_policy, set_policy
from git_phc.services.remotes import choose_remote
from git_phc.services.sandbox import DEFAULT, require_sandbox
from git_phc.services.streaming import lease_seconds
from git_phc.worker.home import is_url, open_home, url_of


def own_repository(
    terminal: Terminal,
    remote: str | None,
    *,
    jobs: int,
    state: Path | None,
    sandbox: str | None,
    trust_remote: bool,
) -> Context:
    """The worker's own repository for the remote. Raises Refused without a sandbox or a policy."""
    here = _here(terminal, remote)
    if here is not None:
        choose_policy(here, trusts_remote=trust_remote)  # before anything is made
        if remote is None or not is_url(remote):
            remote = choose_remote(here, remote)
    url = url_of(here, str(remote))
    folder = state.expanduser().absolute() if state else _usual_state()
    given = {"phc.jobs": str(jobs), "phc.sandbox": sandbox or DEFAULT}
    context = open_home(here, url, folder, terminal.environ, given)
    require_sandbox(context)
    policy = choose_policy(context, trusts_remote=trust_remote)
    set_policy(context, policy)
    _ = context.tasks  # git must know who acts
    if (lease := lease_seconds(context)) < SHORT:
        say(terminal, f"A lease of {lease:g} s (phc.lease) is short: a busy machine may lose it.")
    line(terminal, f"Serving {one_line(without_user(url))}: {policy}; up to {jobs} at once")
    line(terminal, f"  in {one_line(str(context.repo.common_dir))}")
    terminal.stdout.flush()
    return context


def _here(terminal: Terminal, remote: str | None) -> Context | None:
    """The clone that the command was typed in; None for none, which takes a URL."""
    try:
        return terminal.context
    except NotARepository:
        if remote is None:
            raise
        if not is_url(remote):
            raise UsageError(
                f"{remote!r} is no URL, and there is no clone here that could know it",
                "Stand in a clone of the repository, or name it by its URL",
            ) from None
        return None


def _usual_state() -> Path:
    from platformdirs import user_data_path

    return user_data_path("git-phc") / "workers"
