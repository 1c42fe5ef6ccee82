"""Which environment a task has, and where its words come from.

A task names a file. What the file says is looked for where the user stands, then in what the
run before has worked with, then in the commit that the task began from. Each run works with
the words that it was started with, kept beside its other private files.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from git_phc.errors import Refused, UsageError
from git_phc.host.paths import read_text, replace_file
from git_phc.model.environment import Mistake
from git_phc.model.environment_keys import NO_NAME
from git_phc.model.task import Task
from git_phc.services.context import Context
from git_phc.services.environment_files import File, file_from_bytes, files_at, files_here
from git_phc.store import layout

DEFAULT = "default"  # the name of the one that counts where there are several


def choose(ctx: Context, word: str | None, mode: str) -> File | None:
    """The environment for a new task: the one that is named, else the default one.

    A local task works in the user's own checkout, so it has one only where it is named.
    """
    if word is None and mode != "local":
        return default(ctx, files_here(ctx))
    if word is None or word == NO_NAME:
        return None
    return judged(named(ctx, files_here(ctx), word))


def judged(file: File) -> File:
    """The file, which can be read. Raises Refused with what is wrong in it."""
    _ = file.environment
    return file


def default(ctx: Context, files: Sequence[File]) -> File | None:
    """The one that `phc.environment` names, the only one, or the one that is called default.

    Raises UsageError where there are several and none of this tells which: an agent must not
    begin in a workspace that is half ready.
    """
    said = ctx.setting("environment")
    if said == NO_NAME:
        return None
    if said:
        return judged(named(ctx, files, said))
    if len(files) == 1:
        return judged(files[0])
    called = [file for file in files if _answers(file, DEFAULT)]
    if not files or len(called) == 1:
        return judged(called[0]) if called else None
    raise UsageError(
        f"this repository has several environments: {_names(files)}",
        f"Choose: --env NAME (or {NO_NAME}); for good: git config phc.environment NAME",
    )


def named(ctx: Context, files: Sequence[File], word: str) -> File:
    """The file that `word` means: its path, from the root of the checkout or from where one
    stands; its name without .toml; or what it calls itself.
    """
    paths = (word, _from_root(ctx, word))
    found = [file for file in files if file.path in paths]
    found = found or [file for file in files if _answers(file, word)]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(
            f"{len(found)} environments are called {word!r}",
            f"Name the file: {', '.join(file.path for file in found)}",
        )
    known = f"There are: {_names(files)}" if files else "Make one: git phc env new NAME"
    raise UsageError(f"there is no environment {word!r}", known)


def _from_root(ctx: Context, word: str) -> str | None:
    """The path that is typed, as it is from the root of the checkout; None for one elsewhere."""
    place = ctx.cwd / word
    try:
        path = place.parent.resolve() / place.name  # the file itself may be a link
        return str(path.relative_to(ctx.repo.worktree or path).as_posix())
    except (OSError, ValueError, RuntimeError):
        return None


def _answers(file: File, word: str) -> bool:
    return word.casefold() in (file.stem.casefold(), file.name.casefold())


def _names(files: Sequence[File]) -> str:
    return ", ".join(file.name for file in files)


def clashes(file: File, files: Sequence[File]) -> list[Mistake]:
    """What is wrong with a file beside others: that it answers to the name of one of them."""
    others = [
        other.path
        for other in files
        if other.path != file.path and (_answers(other, file.name) or _answers(other, file.stem))
    ]
    what = f"it is called like {others[0]}" if others else ""
    return [Mistake(None, "name", what)] if others else []


# Of a task


def environment_of(ctx: Context, task: Task) -> File | None:
    """What the task's environment says now, None where it has none. Raises Refused where it
    names one that is nowhere to be found, or that cannot be read.
    """
    path = task.cell("environment")
    if path is None:
        return None
    here = next((file for file in files_here(ctx) if file.path == path), None)
    found = here or kept(ctx, task)
    if found is None and task.base:
        found = next((file for file in files_at(ctx.repo, task.base) if file.path == path), None)
    if found is None:
        raise Refused(
            f"the environment of this task, {path}, is not in this checkout",
            "Stand in a checkout that has the file, then try again",
        )
    return judged(found)


def keep(ctx: Context, task: Task, file: File | None) -> None:
    """Keeps the words that the next run works with."""
    place = layout.environment_file(ctx.repo, task.id)
    if file is None:
        place.unlink(missing_ok=True)
        return
    body = {"path": file.path, "text": file.data.decode()}
    replace_file(place, json.dumps(body).encode())


def kept(ctx: Context, task: Task) -> File | None:
    """The words that the latest run here was started with."""
    text = read_text(layout.environment_file(ctx.repo, task.id))
    try:
        body = json.loads(text or "")
        return file_from_bytes(str(body["path"]), str(body["text"]).encode())
    except (ValueError, KeyError, TypeError):
        return None
