"""What a notifier is to us: a way to tell a person that a task is finished, failed or needs them.

A notifier is a class of a plugin, made from `Notifier`; it has one or both of two ways. On a
screen that somebody watches (`attach`, `status --watch`, the center) it gives letters to write.
From a run, which has no screen, it is called in a process of its own: what it takes, and whether
it fails, is nothing to the run.
"""

from __future__ import annotations

from collections.abc import Mapping

from git_phc.model.notices import Notice


class Notifier:
    """A way to tell.

    Attributes:
        name: what users write into `phc.notify`. Its own setting is `phc.notify.NAME`.
    """

    name: str

    def on_screen(self, notice: Notice, environ: Mapping[str, str]) -> str:
        """What to write to a terminal, control sequences and all; "" for nothing.

        The notice's words come from a task: nothing in them may end a sequence.
        """
        return ""

    def tell(self, notice: Notice, setting: str | None, environ: Mapping[str, str]) -> None:
        """Tells it elsewhere. Bounded in time by itself. Raises PhcError, whose words hold
        nothing of a setting that is secret.
        """
