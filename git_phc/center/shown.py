"""What is shown of one task in view: its texts, and how far one has scrolled back in them."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct, field

from git_phc.center.messages import Said
from git_phc.center.state import View
from git_phc.center.text import Line, Text, wrapped


class Shown(Struct):
    """A task's conversation and its other sides, as lines.

    Attributes:
        asked: what it asks, below the conversation.
        back: how many lines one has scrolled up; 0 follows what comes.
    """

    text: Text = field(default_factory=Text)
    asked: Sequence[Line] = ()
    sides: dict[View, Text] = field(default_factory=dict)
    back: int = 0
    _count: int = 0

    def hear(self, said: Said) -> None:
        """More of the conversation has come."""
        if said.afresh:
            self.text = Text()
        self.text.add(said.records)

    def put(self, view: View, lines: Sequence[Line]) -> None:
        """A side was read anew."""
        self.sides[view] = Text(lines)

    def rows(self, view: View, columns: int) -> tuple[Sequence[Line], int | None]:
        """The lines of one side, and where in them what is asked begins.

        Who has scrolled back goes on to see what they see, while more comes.
        """
        if view is not View.CONVERSATION:
            side = self.sides.get(view)
            return (side.rows(columns) if side else [("…", "dim")]), None
        rows: Sequence[Line] = self.text.rows(columns)
        at = None
        if self.asked:
            asked = [row for line in self.asked for row in wrapped(line, columns)]
            known = sum(1 for _ in wrapped(self.asked[0], columns))
            if self.text.last == self.asked[0][0]:  # the transcript has the question, too
                rows = rows[:-known]
            at, rows = len(rows), [*rows, *asked]
        if self.back:
            self.back = max(0, self.back + len(rows) - self._count)
        self._count = len(rows)
        return rows, at
