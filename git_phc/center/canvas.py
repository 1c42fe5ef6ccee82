"""A widget that shows lines which somebody else has drawn; only those that changed go out."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from git_phc.center.text import Spans


@lru_cache(256)
def _style(words: str) -> Style:
    return Style.parse(words)


class Canvas(Widget):
    """Shows what `draw` was last handed."""

    _drawn: Sequence[Spans] = ()

    def draw(self, lines: Sequence[Spans]) -> None:
        """Shows these lines from now on; the same ones again cost nothing."""
        old, self._drawn = self._drawn, lines
        if len(old) != len(lines):
            self.refresh()
            return
        width = self.size.width
        changed = [y for y, line in enumerate(lines) if line != old[y]]
        if changed:
            self.refresh(*(Region(0, y, width, 1) for y in changed))

    def render_line(self, y: int) -> Strip:
        spans = self._drawn[y] if y < len(self._drawn) else ()
        strip = Strip([Segment(text, _style(style)) for text, style in spans])
        return strip.adjust_cell_length(self.size.width)
