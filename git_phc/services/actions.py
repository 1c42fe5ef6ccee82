"""Actions: commands that an environment offers, for a person to run in a task's workspace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from git_phc.errors import PhcError, Refused
from git_phc.host.script import shell
from git_phc.model.environment import Environment
from git_phc.model.task import Task
from git_phc.services.context import Context
from git_phc.services.environments import environment_of
from git_phc.services.trust import is_granted, require_consent
from git_phc.services.variables import environment


class Deed(Struct, frozen=True):
    """A command line that is ready to be run, and its environment."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]


def action(ctx: Context, task: Task, place: Path, name: str) -> Deed:
    """The action of that name, as the file says it now. Raises Refused where there is none,
    NotTrusted where nobody here has consented to what the file says.
    """
    file = environment_of(ctx, task)
    known = file.environment.actions if file else ()
    chosen = next((one for one in known if one.name.casefold() == name.casefold()), None)
    if file is None or chosen is None:
        names = ", ".join(one.name for one in known)
        hint = f"There are: {names}" if names else "See: git phc env list"
        raise Refused(f"this task has no action {name!r}", hint)
    require_consent(ctx, file)
    env = environment(ctx, task, place, file.environment)
    return Deed(chosen.name, [*shell(env.get("PATH")), "-c", chosen.command], env)


def surroundings(ctx: Context, task: Task, place: Path) -> Mapping[str, str]:
    """The environment for a shell in the workspace; with no word of the repository's in it that
    nobody here has consented to. A file that cannot be read keeps nobody out.
    """
    said = Environment(name="")
    with suppress(PhcError):
        file = environment_of(ctx, task)
        if file and is_granted(ctx, file):
            said = file.environment
    return environment(ctx, task, place, said)
