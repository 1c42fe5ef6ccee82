"""The variables that setup, teardown, actions and agents are given.

The names of PostHog Code, with its meanings, so that a script which was written for it works
here; beside them ours. `PHC_RUN` is not among them: it marks the processes of a run, which end
with it, and is set by who starts those.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from git_phc.errors import PhcError
from git_phc.git.repo import Repo
from git_phc.git.run import scrubbed
from git_phc.git.worktrees import current_branch
from git_phc.host.ports import Owner, release, reserve
from git_phc.model.environment import Environment
from git_phc.model.task import Task
from git_phc.services.context import Context
from git_phc.services.environments import kept
from git_phc.services.place import open_place
from git_phc.services.sandbox import variables_inside
from git_phc.store import layout
from git_phc.workspaces.place import main_folder

GUARD = "safe.bareRepository"
PREFIX = "POSTHOG_CODE_"
NAMES = (
    *("PHC_TASK", "PHC_MODE", "PHC_BASE", "PHC_PORT", "POSTHOG_CODE"),
    *(
        PREFIX + name
        for name in (
            *("WORKSPACE_NAME", "WORKSPACE_PATH", "ROOT_PATH", "DEFAULT_BRANCH"),
            *("WORKSPACE_BRANCH", "WORKSPACE_PORTS", "WORKSPACE_PORTS_RANGE"),
            *("WORKSPACE_PORTS_START", "WORKSPACE_PORTS_END"),
        )
    ),
)


def environment(
    ctx: Context, task: Task, place: Path, said: Environment | None = None, *, inside: bool = False
) -> dict[str, str]:
    """The user's environment, without what would lead git astray; the variables of the task's
    environment (of its latest run, where `said` is None); and the task's own names.

    `inside` the task's sandbox, where it has one, little of the user's is known.
    """
    if said is None and (file := kept(ctx, task)):
        said = file.environment
    variables = said.vars if said else {}
    own = {**_own(ctx, task, place), "PWD": str(place)}
    of_user = variables_inside(ctx, task, said) if inside else ctx.environ
    return {**scrubbed({**of_user, **variables}), **own}


def guarded(environ: Mapping[str, str]) -> dict[str, str]:
    """The same for an agent that asks: its git obeys no bare repository that it merely stands in.

    What only reads is not asked for, `git status` say; but a folder of a hostile repository may
    be laid out as a bare one, whose config names a program. Who says otherwise is heard.
    """
    count, said = environ.get("GIT_CONFIG_COUNT", "0"), {**environ}
    named = (value.lower() for key, value in said.items() if key.startswith("GIT_CONFIG_KEY_"))
    if GUARD.lower() not in named and count.isdecimal():
        said["GIT_CONFIG_COUNT"] = str(int(count) + 1)
        said |= {
            f"GIT_CONFIG_KEY_{int(count)}": GUARD,
            f"GIT_CONFIG_VALUE_{int(count)}": "explicit",
        }
    return said


def _own(ctx: Context, task: Task, place: Path) -> dict[str, str]:
    ports = ports_of(ctx, task)
    workspace = {
        "NAME": place.name,
        "PATH": str(place),
        "BRANCH": task.branch or current_branch(open_place(ctx, task, place)) or "",
        "PORTS": ",".join(map(str, ports)),
        "PORTS_RANGE": str(len(ports)),
        "PORTS_START": str(ports[0]),
        "PORTS_END": str(ports[-1]),
    }
    return {
        "PHC_TASK": task.id,
        "PHC_MODE": task.mode,
        "PHC_BASE": task.base or "",
        "PHC_PORT": str(ports[0]),
        "POSTHOG_CODE": "1",
        PREFIX + "ROOT_PATH": str(main_folder(ctx.repo)),
        PREFIX + "DEFAULT_BRANCH": _default_branch(ctx.repo),
        **{f"{PREFIX}WORKSPACE_{name}": value for name, value in workspace.items()},
    }


def ports_of(ctx: Context, task: Task) -> range:
    """The task's ports: its own from the first time they are asked for until it ends."""
    folder, owner = _ports(ctx, task)
    try:
        return reserve(folder, owner)
    except OSError as error:
        raise PhcError(
            f"no ports can be reserved in {folder}: {(error.strerror or str(error)).lower()}",
            "Grant access to it, or set XDG_STATE_HOME",
        ) from error


def release_ports(ctx: Context, task: Task) -> None:
    """Gives the task's ports back."""
    release(*_ports(ctx, task))


def _ports(ctx: Context, task: Task) -> tuple[Path, Owner]:
    record = layout.ports_file(ctx.repo, task.id)
    return ctx.state / "ports", Owner(task.id, record)


def _default_branch(repo: Repo) -> str:
    """The branch that the remote calls its own, else the usual one that there is."""
    asked = ["refs/remotes/origin/HEAD", "refs/heads/main", "refs/heads/master"]
    lines = repo.git("for-each-ref", "--format=%(refname) %(symref)", *asked).out.decode()
    known = dict(line.partition(" ")[::2] for line in lines.splitlines())
    if origin := known.get(asked[0]):
        return origin.removeprefix("refs/remotes/origin/")
    usual = next((ref for ref in asked[1:] if ref in known), None)
    return usual.removeprefix("refs/heads/") if usual else current_branch(repo) or ""
