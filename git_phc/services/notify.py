"""Who is told that a task is finished, failed or needs somebody (`phc.notify`), and when.

A run tells by a process of its own, so that nothing which is slow or broken out there can slow
or fail it. A screen that somebody watches is told by who draws it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from git_phc.errors import PhcError, UsageError
from git_phc.model.notices import NEEDS_YOU, WHAT, Notice, is_worth_telling, notice
from git_phc.model.task import Task
from git_phc.services.context import Context
from git_phc.store import layout

if TYPE_CHECKING:
    from git_phc.store.tasks import Tell


def notifier_names(ctx: Context) -> list[str]:
    """Those that `phc.notify` names, each once; it may be given more than once."""
    return ctx.words("notify")


def wanted(ctx: Context) -> Sequence[str]:
    """What is told of (`phc.notifyOn`); all of it by default. Raises UsageError."""
    if ctx.setting("notifyOn") is None:
        return WHAT
    words = ctx.nearest_words("notifyOn")
    for word in words or [""]:
        if word not in WHAT:
            raise UsageError(
                f"phc.notifyOn names {word!r}, which is none of {', '.join(WHAT)}",
                f"Set it: git config phc.notifyOn {NEEDS_YOU}",
            )
    return words


def teller(ctx: Context) -> Tell | None:
    """What is told of every event that this process has written; None where nobody is."""
    if not notifier_names(ctx):
        return None

    def tell(task: Mapping[str, Any], event: Mapping[str, Any]) -> None:
        if is_worth_telling(event):
            _tell_apart(ctx, str(task["id"]))

    return tell


def _tell_apart(ctx: Context, id: str) -> None:
    from git_phc.host.process import spawn_detached
    from git_phc.services.spawn import supervisor_environment

    argv = [sys.executable, "-P", "-m", "git_phc.run.notices", os.fspath(ctx.repo.common_dir), id]
    log = layout.notices_log(ctx.repo)
    try:
        spawn_detached(argv, env=supervisor_environment(ctx), log=log)
    except OSError as error:  # the run is worth more than the word of it
        print(f"nobody was told: {error.strerror}", file=sys.stderr, flush=True)  # noqa: T201


def notice_of(ctx: Context, task: Task, status: str) -> Notice | None:
    """What there is to tell of a task that has come to this status, to whoever it may be; None
    for nothing, and for what `phc.notifyOn` leaves out. Raises UsageError.
    """
    folder = ctx.repo.common_dir
    told = notice(task, status, folder.parent.name if folder.name == ".git" else folder.stem)
    return told if told and told.what in wanted(ctx) else None


def tell(ctx: Context, told: Notice) -> list[str]:
    """Tells it by all that are named, here and now; what went wrong, a line each."""
    trouble = []
    for name in notifier_names(ctx):
        try:
            notifier = ctx.plugins.notifier(name)
            notifier.tell(told, ctx.setting(f"notify.{name}"), ctx.environ)
        except PhcError as error:
            trouble.append(f"{name}: {error.message}")
        except Exception as error:  # noqa: BLE001  (a stranger's; its words may hold a secret)
            trouble.append(f"{name}: {type(error).__name__}")
    return trouble


def letters(ctx: Context, told: Notice) -> str:
    """What to write to the terminal that somebody watches. Raises PhcError for a name that is
    unknown, and for a notifier that fails.
    """
    return "".join(_letters_of(ctx, name, told) for name in notifier_names(ctx))


def _letters_of(ctx: Context, name: str, told: Notice) -> str:
    notifier = ctx.plugins.notifier(name)
    try:
        return f"{notifier.on_screen(told, ctx.environ)}"
    except Exception as error:  # noqa: BLE001  (a stranger's; it takes nothing else down)
        why = error.message if isinstance(error, PhcError) else type(error).__name__
        raise PhcError(f"{name}: {why}", "Mend it, or take it out of phc.notify") from None


def misnamed(ctx: Context) -> Iterator[PhcError]:
    """What is set so that nobody, or nobody by that name, is ever told."""
    if names := notifier_names(ctx):
        try:
            wanted(ctx)
        except PhcError as error:
            yield error
    for name in names:
        try:
            ctx.plugins.notifier(name)
        except PhcError as error:
            yield error
