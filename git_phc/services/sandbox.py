"""Keeps a task's processes in the sandbox that the task asks for; one that asks never runs without.

What they are held to is worked out in `bounds`. Of the user's variables only those are known inside
that tell nobody anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from git_phc.errors import Refused
from git_phc.git.repo import Repo
from git_phc.model.environment import Environment
from git_phc.model.task import CLOUD, Task
from git_phc.services.context import Context
from git_phc.store import layout

if TYPE_CHECKING:
    from git_phc.model.allowance import Allowance
    from git_phc.model.network import Network
    from git_phc.plugins.protocols import Agent
    from git_phc.plugins.sandboxes import Cell
    from git_phc.proxy.server import Visit

NONE = "none"
DEFAULT = "bubblewrap"  # of a worker whose owner has named no other
CONTAINERS = "podman"  # the one that has images
PUBLIC = frozenset(
    {
        *("PATH", "LANG", "LANGUAGE", "TZ", "TERM", "COLORTERM", "USER", "LOGNAME"),
        *("NO_COLOR", "FORCE_COLOR", "CI"),
    }
)
SYSTEM = (Path("/usr"), Path("/opt"), Path("/etc"))


def chosen(ctx: Context, word: str | None, mode: str, agent: str) -> str | None:
    """The sandbox for a new task: the one that is named, else that of `phc.sandbox`; None for none.
    A worker has one of its own for tasks that ask for none.

    Raises Refused where it cannot work here, or the agent cannot work in it.
    """
    if mode == CLOUD:
        return None if word == NONE else word
    name = word or ctx.setting("sandbox") or NONE
    if name == NONE:
        return None
    _must_work(ctx, name, agent)
    return name


def _must_work(ctx: Context, name: str, agent: str) -> None:
    """Raises Refused where the sandbox cannot work here, or the agent cannot work in it."""
    _refuse_unconfined(ctx.plugins.agent(agent), name)
    _must_be_here(ctx, name)


def _must_be_here(ctx: Context, name: str, *, way_out: str = "") -> None:
    """Raises Refused where the sandbox cannot work on this machine."""
    state = ctx.plugins.sandbox(name).check(ctx.environ.get("PATH"))
    if state.missing:
        hint = "; ".join(filter(None, [state.hint, way_out]))
        raise Refused(f"the sandbox {name} cannot work here: {state.missing}", hint)


def sandbox_of(ctx: Context, task: Task, said: Environment | None) -> str | None:
    """The sandbox in which the task runs here. On a worker it has one even where it asks for none,
    unless the worker's owner has said so, by name; podman where its environment names an image.
    """
    if task.sandbox or task.mode != CLOUD:
        return task.sandbox
    name = ctx.setting("sandbox") or DEFAULT
    if name == DEFAULT and said and "image" in said.cloud:
        return CONTAINERS
    return None if name == NONE else name


def require_sandbox(ctx: Context) -> None:
    """Raises Refused where a worker could run no task, since its sandbox is not to be had."""
    name = ctx.setting("sandbox") or DEFAULT
    if name == NONE:
        return
    _must_be_here(ctx, name, way_out="or let agents do all that you may: --sandbox none")


def _refuse_unconfined(agent: Agent, name: str) -> None:
    if not agent.confined:
        raise Refused(
            f"the agent {agent.name} cannot be kept in a sandbox, and the task asks for {name}",
            "Use another agent: git phc agents",
        )


def _must_be_as_asked(allowed: Allowance, name: str) -> None:
    """Raises Refused where the environment of a run asks for another sandbox than it would have."""
    asked = allowed.sandbox
    if asked not in (None, name):
        raise Refused(
            f"the environment asks for the sandbox {asked}, and the run would have {name}",
            f"Start it so: --sandbox {asked}; on a worker: git phc worker --sandbox {asked}",
        )


def _must_be_the_owners(ctx: Context, task: Task, name: str) -> None:
    """Raises Refused where a task of the cloud asks for another sandbox than the one that the
    worker's owner has chosen: theirs may be the stronger one.
    """
    owners = ctx.setting("sandbox") or DEFAULT
    if task.mode == CLOUD and owners not in (DEFAULT, NONE, name):
        raise Refused(
            f"the task asks for the sandbox {name}, and this worker's owner has chosen {owners}",
            "Give it to a worker that has what it asks for",
        )


@contextmanager
def sandboxed(
    ctx: Context,
    task: Task,
    checkout: Repo,
    scratch: Path,
    said: Environment | None,
    hear: Callable[[Visit], None],
) -> Iterator[Cell | None]:
    """The cell in which the task's processes must be started, None where it asks for none.

    `scratch` is a folder for reading, and `hear` is told of each request to the network, from
    another thread. Raises PhcError where the sandbox cannot be had.
    """
    name = sandbox_of(ctx, task, said)
    if name is None:
        yield None
        return
    # asyncio, and much besides, which only a run in a sandbox has a use for
    from git_phc.git.exposure import mark_as_exposed
    from git_phc.proxy.server import filtering
    from git_phc.services.bounds import bounds
    from git_phc.services.permissions import allowance, trusted

    _must_be_the_owners(ctx, task, name)
    _must_work(ctx, name, task.agent)
    allowed = allowance(ctx, said, task.agent)
    _must_be_as_asked(allowed, name)
    mark_as_exposed(checkout)
    make_home_safe(ctx, task)
    scratch.mkdir(parents=True, exist_ok=True)

    def more() -> Network:
        return allowed.widened(trusted(ctx)[0])

    with filtering(allowed.network, hear, scratch, more=more if allowed.trusts else None) as socket:
        held = bounds(ctx, task, checkout, scratch, allowed, socket)
        if task.mode == CLOUD or name == CONTAINERS:
            held = replace(held, image=allowed.image)
        with closing(ctx.plugins.sandbox(name).open(held)) as cell:
            yield cell


def make_home_safe(ctx: Context, task: Task) -> Sequence[Path]:
    """Before anybody outside reads or writes in the task's home; says what had to go."""
    from git_phc.host.homes import disarm

    home = layout.home_folder(ctx.repo, task.id)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    return disarm(home, SYSTEM)


def variables_inside(ctx: Context, task: Task, said: Environment | None) -> Mapping[str, str]:
    """What the task's processes know in its place of the user's variables: in a sandbox those that
    everybody may know, and what `phc.sandboxEnv` names; there and on a worker the secrets that
    its environment asks for.
    """
    name = sandbox_of(ctx, task, said)
    if name is None and task.mode != CLOUD:
        return ctx.environ
    from git_phc.services.permissions import allowance
    from git_phc.services.secrets import values

    secrets = values(ctx, allowance(ctx, said, task.agent).secrets)
    if name is None:
        return {**ctx.environ, **secrets}
    named = set(ctx.values("sandboxEnv"))
    return {
        **{k: v for k, v in ctx.environ.items() if k in PUBLIC | named or k.startswith("LC_")},
        "HOME": str(layout.home_folder(ctx.repo, task.id)),
        "IS_SANDBOX": "1",  # by which claude knows, too
        "PHC_SANDBOX": name,
        **secrets,
    }
