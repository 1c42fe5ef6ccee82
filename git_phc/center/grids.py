"""The grids that there are, and the one that was chosen last."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from git_phc.host.paths import read_text, replace_file

FILE = "center-grid"


class Grid(Struct, frozen=True):
    """So many cells beside each other, and below each other."""

    columns: int
    rows: int

    @property
    def size(self) -> int:
        return self.columns * self.rows

    @property
    def name(self) -> str:
        return f"{self.columns}x{self.rows}"


GRIDS = (Grid(1, 1), Grid(2, 1), Grid(1, 2), Grid(2, 2), Grid(3, 2), Grid(3, 3))
USUAL = Grid(2, 2)
MOST = max(grid.size for grid in GRIDS)


def beside(grid: Grid, by: int) -> Grid:
    """The grid that comes so many after this one; after the last comes the first."""
    return GRIDS[(GRIDS.index(grid) + by) % len(GRIDS)]


def known_grid(state: Path) -> Grid:
    """The one that was chosen last; `state` is the user's own folder."""
    try:
        name = read_text(state / FILE)
    except OSError:
        name = None
    return next((grid for grid in GRIDS if grid.name == name), USUAL)


def remember_grid(state: Path, grid: Grid) -> None:
    """Keeps the choice for the next time. Raises OSError."""
    replace_file(state / FILE, grid.name.encode())
