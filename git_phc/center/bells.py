"""What rings for whoever has only the center open: tasks that are finished, failed or need them.

The eye asks, in its thread, so that no key waits for settings or a plugin; the app writes the
letters through its driver, unless the user looks.
"""

from __future__ import annotations

from collections.abc import Iterable

from git_phc.cli.ringing import Changes, rings
from git_phc.errors import PhcError
from git_phc.services.context import Context
from git_phc.services.overview import Row

MOST = 5  # tasks that ring at one time; where more have changed, many were brought at once


class Bells:
    """Knows what was told."""

    def __init__(self) -> None:
        self._changes = Changes()

    def look(self, ctx: Context, rows: Iterable[Row], heard: str) -> tuple[str, str]:
        """What to write to the terminal for what is news in these rows, and why that cannot be
        known, in words. Of the task `heard` the user knows already.
        """
        found, trouble = [], ""
        news = self._changes.look((row.task, row.status) for row in rows)
        for task, status in [one for one in news if one[0].id != heard][:MOST]:
            try:
                found.append(rings(ctx, task, status))
            except PhcError as error:
                trouble = f"Nobody was told: {error.message}"
        return "".join(dict.fromkeys(found)), trouble  # one bell is as good as five
