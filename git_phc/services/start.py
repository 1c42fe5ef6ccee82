"""Makes a task, and starts it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from os import cpu_count
from typing import TYPE_CHECKING

from msgspec import Struct

from git_phc.errors import Refused, UsageError
from git_phc.git.repo import Repo
from git_phc.git.worktrees import (
    branch_tip,
    current_branch,
    is_branch_name,
    list_worktrees,
    resolve_commit,
)
from git_phc.host.lock import FileLock
from git_phc.model.autonomy import AUTONOMIES
from git_phc.model.codec import Json
from git_phc.model.events.body import Body, present
from git_phc.model.events.created import Created
from git_phc.model.events.edited import MODES, Edited
from git_phc.model.events.labelled import Labelled
from git_phc.model.events.messaged import Messaged
from git_phc.model.ids import TaskId
from git_phc.model.task import CLOUD, Task
from git_phc.model.text import (
    TITLE,
    clean,
    shorten,
    slug_from_title,
    text_from_string,
    title_from_prompt,
)
from git_phc.plugins.manager import require
from git_phc.services.agents import first_installed, settings_of
from git_phc.services.budget import parse_budget
from git_phc.services.context import LEAST_BLOB, MAX_BLOB, WAIT_LIMIT, Context
from git_phc.services.environment_files import File
from git_phc.services.environments import choose
from git_phc.services.find import remember
from git_phc.services.launch import claim_bodies, launch, take_locks
from git_phc.services.place import POOL
from git_phc.services.sandbox import chosen
from git_phc.services.terms import own_level
from git_phc.services.trust import require_consent
from git_phc.workspaces.branch import make_own
from git_phc.workspaces.place import Say

if TYPE_CHECKING:
    from git_phc.services.outgoing import Agree

Named = Callable[[TaskId], Mapping[str, Json]]


class Order(Struct, frozen=True):
    """What the user asked for; None where they left it to the settings."""

    prompt: str
    title: str | None = None
    mode: str | None = None
    agent: str | None = None
    command: Sequence[str] = ()
    model: str | None = None
    autonomy: str | None = None
    base: str | None = None
    branch: str | None = None
    environment: str | None = None
    sandbox: str | None = None
    labels: Sequence[str] = ()
    carry: bool = False
    remote: str | None = None


class Plan(Struct, frozen=True):
    """An order with every blank filled in: what `--dry-run` shows, and `start` does."""

    title: str
    mode: str
    agent: str
    autonomy: str
    base: str | None
    branch: str | None
    fields: Mapping[str, Json]
    labels: Sequence[str]
    prompt: str
    environment: File | None = None
    sandbox: str | None = None
    carry: bool = False
    remote: str | None = None

    @property
    def runs_here(self) -> File | None:
        """The environment whose words would run on this computer."""
        return None if self.mode == CLOUD else self.environment


def plan(ctx: Context, order: Order) -> Plan:
    """Fills in what the order leaves open. Changes nothing; refuses what cannot work."""
    prompt = ctx.redact(order.prompt)
    if not prompt.strip() and not order.command:
        raise UsageError("there is no prompt", 'Say what to do: git phc start "…"')
    title = _title(ctx, order, prompt)
    mode = _choice(order.mode or ctx.setting("mode") or "worktree", MODES, "mode")
    autonomy = _choice(order.autonomy or own_level(ctx), AUTONOMIES, "autonomy")
    agent = _agent(ctx, order)
    _check_settings(ctx)
    _refuse_secrets(ctx, order.command)
    base = _base(ctx.repo, order.base)
    branch = _branch(ctx, order, mode, base)
    environment = choose(ctx, order.environment, mode)
    sandbox = chosen(ctx, order.sandbox, mode, agent)
    fields = present(
        {
            "title": title, "mode": mode, "agent": agent, "autonomy": autonomy, "base": base,
            "model": order.model, "command": list(order.command) or None, "branch": branch,
            "environment": environment.path if environment else None, "sandbox": sandbox,
        }
    )  # fmt: skip
    labels = _labels([ctx.redact(label) for label in order.labels])
    remote = _remote(ctx, order, mode, base, environment)
    return Plan(
        title, mode, agent, autonomy, base, branch, fields, labels, prompt, environment,
        sandbox, order.carry, remote,
    )  # fmt: skip


def start(
    ctx: Context, planned: Plan, say: Say, named: Named | None = None, agree: Agree | None = None
) -> Task:
    """Makes the task, its workspace, and the supervisor of its first run; or sends it to the queue
    of its remote, of which `agree` asks the user (see `services.outgoing`).

    `named` tells fields that cannot be known before the task's id is.
    """
    require_consent(ctx, planned.runs_here)  # before anything is made
    actor_known = ctx.tasks  # so, too: git must know who acts
    text, texts = text_from_string(planned.prompt)
    with ExitStack() as held:
        locks: list[FileLock] = []

        def claim(task: Task) -> Sequence[Body]:
            locks[:] = take_locks(ctx, task, planned.mode, held)
            if planned.mode == CLOUD:
                return own(task)
            return [*own(task), *claim_bodies(ctx, task, planned.mode)]

        def own(task: Task) -> list[Body]:
            fields = {**_own_branch(ctx, task.id, planned), **(named(task.id) if named else {})}
            return [Edited(fields)] if fields else []

        bodies: list[Body] = [Created(), Edited(planned.fields)]
        if planned.labels:
            bodies.append(Labelled(tuple(planned.labels)))
        task = actor_known.create([*bodies, Messaged(text)], claim, texts)
        remember(ctx, task.id)
        if planned.branch:
            make_own(ctx.repo, task)  # whatever it is: its own user has named it
        if planned.remote:
            from git_phc.services.cloud import send_new  # who shares nothing does not wait for it

            return send_new(ctx, task, planned.remote, carry=planned.carry, agree=agree)
        return launch(ctx, task, locks, say, planned.environment)


def _own_branch(ctx: Context, id: TaskId, planned: Plan) -> Mapping[str, Json]:
    """Its own branch is named for the task, so it is known when the id is."""
    if planned.mode == "local" or planned.branch:
        return {}
    return {"branch": branch_name(ctx, planned.title, id)}


def branch_name(ctx: Context, title: str, id: TaskId) -> str:
    """`<prefix><slug>-<short>`; the slug left out where the user wants no titles there."""
    prefix = ctx.setting("branchPrefix") or "phc/"
    slug = slug_from_title(title) if ctx.switch("titleInBranch", default=True) else ""
    return prefix + (f"{slug}-{id.short}" if slug else id.short)


def _check_settings(ctx: Context) -> None:
    """Raises UsageError for what a run would only fail by, when all is made."""
    parse_budget(ctx.setting("budget"))
    ctx.seconds("waitLimit", WAIT_LIMIT)
    ctx.number("pool", POOL, least=0)
    ctx.number("jobs", cpu_count() or 1)
    ctx.size("maxBlob", MAX_BLOB, LEAST_BLOB)


def _refuse_secrets(ctx: Context, command: Sequence[str]) -> None:
    """A command is kept as it is, to be run again; so it must hold nothing that is secret."""
    if any(ctx.redact(word) != word for word in command):
        raise Refused(
            "the command holds what looks like a secret, and it would be kept in the repository",
            "Put it into a variable of your environment, and name that in the command",
        )


def _remote(
    ctx: Context, order: Order, mode: str, base: str, environment: File | None
) -> str | None:
    """The remote whose workers shall do it. Raises UsageError for words that only they need."""
    if mode != CLOUD:
        if order.carry or order.remote:
            word = "--carry" if order.carry else "--remote"
            raise UsageError(f"{word} is for tasks of the cloud", "Say so: --mode cloud")
        return None
    if order.carry and order.base:
        raise UsageError(
            "--carry takes this checkout as it is, and --base names another commit",
            "Leave out one of them",
        )
    from git_phc.services.cloud import check_environment
    from git_phc.services.remotes import choose_remote

    check_environment(ctx, environment, base)
    return choose_remote(ctx, order.remote)


def _title(ctx: Context, order: Order, prompt: str) -> str:
    given = clean(ctx.redact(order.title)) if order.title else ""
    source = prompt if prompt.strip() else " ".join(order.command)
    return shorten(given, TITLE) or title_from_prompt(source)


def _choice(value: str, allowed: Sequence[str], what: str) -> str:
    if value not in allowed:
        raise UsageError(f"there is no {what} {value!r}", f"It is one of: {', '.join(allowed)}")
    return value


def _agent(ctx: Context, order: Order) -> str:
    """The agent's name, when it can work here."""
    if order.command and order.agent not in (None, "command"):
        raise UsageError(
            f"the words after -- are a command, and --agent says {order.agent}",
            "Leave out one of them",
        )
    name = "command" if order.command else order.agent or ctx.setting("agent")
    if name is None:
        return first_installed(ctx)
    own: dict[str, object] = {"command": list(order.command)} if order.command else {}
    agent = ctx.plugins.agent(name)
    if (order.mode or ctx.setting("mode")) != CLOUD:  # there it is the worker that must have it
        require(agent, {**settings_of(ctx, name), **own})
    return name


def _base(repo: Repo, revision: str | None) -> str:
    """The commit to begin from. Raises Refused where there is none."""
    found = resolve_commit(repo, revision or "HEAD")
    if found:
        return found
    if revision:
        raise Refused(f"{revision!r} names no commit", "See which there are: git log --oneline")
    raise Refused(
        "this repository has no commit yet, and a task begins from one",
        "Make one: git commit --allow-empty -m 'first commit'",
    )


def _branch(ctx: Context, order: Order, mode: str, base: str | None) -> str | None:
    """The branch that the user named, when it can be had; in local mode the one that is
    checked out, so that it is known later.
    """
    if mode == "local" and ctx.repo.worktree is None:
        raise Refused(
            "a local task needs a checkout, and this is a bare repository", "Use --mode worktree"
        )
    if order.branch is None:
        if mode != "local":
            _check_prefix(ctx)
        return None
    name = order.branch
    if not is_branch_name(ctx.repo, name):
        raise UsageError(f"{name!r} cannot be a branch", "See: git check-ref-format --help")
    if mode == "worktree":
        for tree in list_worktrees(ctx.repo):
            if tree.branch == f"refs/heads/{name}":
                raise Refused(
                    f"the branch {name} is checked out in {tree.path}",
                    "Give the task another: --branch NAME, or none for one of its own",
                )
        tip = branch_tip(ctx.repo, name)
        if tip and order.base and tip != base:
            raise Refused(f"the branch {name} exists, and is not at {order.base}")
    return name


def _check_prefix(ctx: Context) -> None:
    """Raises UsageError where the user has set one with which no branch can begin."""
    prefix = ctx.setting("branchPrefix")
    if prefix and not is_branch_name(ctx.repo, f"{prefix}x"):
        raise UsageError(
            f"phc.branchPrefix is {prefix!r}, and no branch can begin so",
            "Set it: git config phc.branchPrefix phc/",
        )


def _labels(labels: Sequence[str]) -> list[str]:
    cleaned = [clean(label)[:100] for label in labels]
    return list(dict.fromkeys(label for label in cleaned if label))


def here(ctx: Context) -> str:
    """What a local task would change: the branch that is checked out, or the folder."""
    return current_branch(ctx.repo) or str(ctx.repo.worktree or ctx.repo.git_dir)
