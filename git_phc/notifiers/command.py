"""A command of the user's own: `phc.notify.command`, run by the shell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from git_phc.errors import PhcError
from git_phc.host.script import run_script
from git_phc.model.notices import Notice
from git_phc.plugins import hook
from git_phc.plugins.notifiers import Notifier

PATIENCE = 30.0  # seconds that it may take


class Command(Notifier):
    """Runs it with what there is to tell in variables, so that no quoting is needed."""

    name = "command"

    def tell(self, notice: Notice, setting: str | None, environ: Mapping[str, str]) -> None:
        if not setting:
            raise PhcError(
                "phc.notify names a command, and there is none",
                "Set it: git config phc.notify.command 'notify-send \"$PHC_TEXT\"'",
            )
        said: list[bytes] = []
        ended = run_script(
            ["/bin/sh", "-c", setting], cwd=Path("/"), env={**environ, **variables(notice)},
            timeout=PATIENCE, hear=said.append,
        )  # fmt: skip
        if ended.code != 0:
            words = b"".join(said)[-500:].decode(errors="replace")
            raise PhcError(f"the command of phc.notify.command {ended.how}: {words}")


def variables(notice: Notice) -> dict[str, str]:
    """The notice as variables of a process: none of them can hold a NUL."""
    task = notice.task
    named = {
        "EVENT": notice.what,
        "TEXT": notice.text,
        "DETAIL": notice.detail,
        "REPOSITORY": notice.repository,
        "TASK": task.id,
        "TITLE": task.title,
        "STATUS": notice.status,
    }
    return {f"PHC_{name}": value.replace("\0", "") for name, value in named.items()}


@hook
def phc_notifiers() -> Sequence[Notifier]:
    """The command."""
    return [Command()]
