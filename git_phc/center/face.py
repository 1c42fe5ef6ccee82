"""The face of the Command Center: it draws the state and what was read, and moves in it.

What is done to tasks is not its business: see `app`.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import ClassVar

from textual import events
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Horizontal, Vertical
from textual.filter import LineFilter
from textual.screen import Screen
from textual.widgets import Input

from git_phc.center import bar, drawing, pieces, side
from git_phc.center import state as states
from git_phc.center.canvas import Canvas
from git_phc.center.cell import Cell
from git_phc.center.courier import Courier
from git_phc.center.eye import Eye
from git_phc.center.grids import MOST, beside, known_grid, remember_grid
from git_phc.center.keys import bindings, hints
from git_phc.center.messages import News, Pane, Told
from git_phc.center.panes import Panes
from git_phc.center.plainness import filters
from git_phc.center.shown import Shown
from git_phc.center.state import State, View
from git_phc.center.tasklist import TaskList
from git_phc.center.text import Line
from git_phc.cli.safe import one_line
from git_phc.cli.terminal import Terminal
from git_phc.services.context import Context

TOLD = 10.0  # seconds that a message stays
TICK = 1.0  # seconds after which ages are drawn anew
PAGE = 10  # lines


class Board(Screen[None], inherit_bindings=False):
    """The screen of the grid: Tab and Ctrl-C are the app's there, not Textual's."""


class Face(App[None]):
    """The screen, and what moves on it."""

    CSS_PATH = "center.tcss"
    TITLE = "git phc center"
    ENABLE_COMMAND_PALETTE = False
    AUTO_FOCUS = ""  # keys are the app's own; only a search or a dialog takes them
    BINDINGS: ClassVar[list[BindingType]] = list(bindings())

    def __init__(self, terminal: Terminal) -> None:
        super().__init__(ansi_color=True)
        self.terminal = terminal
        self._repo = terminal.context.repo
        self._plain = filters(terminal.environ, colour=terminal.colour)
        self._home = terminal.context.state
        self.state = states.with_grid(State(), known_grid(self._home))
        self._shown: dict[str, Shown] = {}
        self._told: Line | None = None
        self._awaited = ""  # a task that was made here, and is to be looked at when it is seen
        self._says_focus = False  # whether the terminal tells if one looks at it
        self.eye = Eye(self.make_context, self.post_message)
        self.courier = Courier(self.make_context, self.post_message)
        self._panes = Panes(self.make_context, self.post_message)

    def make_context(self) -> Context:
        """A context of its own for whoever reads or acts now."""
        return Context(self._repo, self.terminal.cwd, self.terminal.environ)

    # The screen

    def get_default_screen(self) -> Screen[None]:
        return Board(id="_default")

    def compose(self) -> ComposeResult:
        with Horizontal(id="body"):
            with Vertical(id="side"):
                yield TaskList(id="list")
                yield Input(id="search", placeholder="words", compact=True)
            with Container(id="grid"):
                for number in range(MOST):
                    yield Cell(number)
        yield Canvas(id="bar")

    def get_line_filters(self) -> Sequence[LineFilter]:
        return [*super().get_line_filters(), *self._plain]

    def on_mount(self) -> None:
        self._lay_out()
        self.eye.start()
        self.courier.start()
        self.set_interval(TICK, self.redraw)

    def on_unmount(self) -> None:
        self.eye.close()
        self.courier.close()

    def on_app_focus(self) -> None:
        self._says_focus = True

    def on_app_blur(self) -> None:
        self._says_focus = True

    def ring(self, letters: str) -> None:
        """Sends the terminal what tells of tasks; nothing to a user who is known to look."""
        looks = self._says_focus and self.app_focus
        if letters and self._driver and not looks:
            self._driver.write(letters)

    def on_resize(self, event: events.Resize) -> None:
        wide = side.side_width(event.size.width)
        box = self.query_one("#side")
        box.display = bool(wide)
        box.styles.width = wide or 1
        self.call_after_refresh(self.redraw)

    def _lay_out(self) -> None:
        """Shows as many cells as the grid has."""
        grid = self.state.grid
        box = self.query_one("#grid")
        box.styles.grid_size_columns, box.styles.grid_size_rows = grid.columns, grid.rows
        for cell in self.query(Cell):
            cell.display = cell.number < grid.size
        self.call_after_refresh(self.redraw)

    def redraw(self) -> None:
        """Draws all anew; what is as it was costs nothing further on."""
        if not self.is_running or not self.query(Cell):
            return
        pen = pieces.Pen(self.terminal.context.clock.now())
        for cell in self.query(Cell):
            if cell.display:
                width, height = cell.size
                cell.draw(drawing.draw_cell(self._card(cell.number, width), width, height, pen))
        tasks = self.query_one(TaskList)
        tasks.show(side.draw_side(self.state, *tasks.size, pen.now))
        self.query_one("#bar", Canvas).draw(bar.draw_bar(self._told, hints(), self.size.width))

    def _card(self, number: int, width: int) -> drawing.Card:
        id = self.state.cells[number]
        row, focused = self.state.row(id), number == self.state.focus
        if row is None:
            return drawing.Card(number + 1, None, focused=focused)
        view, shown = self.state.view(id), self._shown.setdefault(id, Shown())
        if view is not View.CONVERSATION:
            self._panes.want(row.task, view)
        rows, asked = shown.rows(view, drawing.inner_width(width))
        answers = drawing.answer_hint(row.task) if row.task.waiting else ""
        return drawing.Card(number + 1, row, view, rows, asked, shown.back, focused, answers)

    def change(self, new: State) -> None:
        """The state is another one from now on; what came into view is read from its end."""
        old, self.state = self.state, new
        seen = {str(row.task.id) for row in new.in_view}
        for id in self._shown.keys() - seen:
            del self._shown[id]
            self._panes.forget(id)
        fresh = seen - self._shown.keys()
        self._shown |= {id: Shown() for id in fresh}
        self.eye.watch(new.in_view, fresh)
        self.courier.follow([row.task for row in new.rows], frozenset(seen))
        if old.grid != new.grid:
            self._lay_out()
        self.redraw()

    def tell(self, words: str, style: str = "") -> None:
        """Says something in the lowest line, for a while."""
        self._told = (one_line(words), style)
        self.set_timer(TOLD, partial(self._untell, self._told))
        self.redraw()

    def _untell(self, told: Line) -> None:
        if self._told is told:
            self._told = None
            self.redraw()

    # What threads have found

    def on_news(self, news: News) -> None:
        self.call_after_refresh(self.eye.taken)
        self.ring(news.rings)
        for id, said in news.said.items():
            if id in self._shown:
                self._shown[id].hear(said)
        for id, lines in news.asked.items():
            if id in self._shown:
                self._shown[id].asked = lines
        if news.rows is None:
            self.redraw()
            return
        state = states.with_rows(self.state, news.rows, news.away)
        if state.row(self._awaited):
            state, self._awaited = states.select(state, self._awaited), ""
        self.change(state)

    def on_pane(self, pane: Pane) -> None:
        if pane.id in self._shown:
            self._shown[pane.id].put(pane.view, pane.lines)
            self.redraw()

    def on_told(self, message: Told) -> None:
        self.tell(message.words, "red" if message.bad else "")

    # What keys and the mouse move

    def action_turn(self, by: int) -> None:
        self.change(states.turn(self.state, by))
        self._scroll_to(0)

    def action_jump(self, number: int) -> None:
        self.change(states.jump(self.state, number - 1))

    def action_step(self, by: int) -> None:
        self.change(states.step(self.state, by))

    def action_move(self, across: int, down: int) -> None:
        self.change(states.move(self.state, across, down))

    def action_grid(self, by: int) -> None:
        grid = beside(self.state.grid, by)
        with suppress(OSError):  # a home that cannot be written to: it is not remembered
            remember_grid(self._home, grid)
        self.change(states.with_grid(self.state, grid))
        self.tell(f"Grid {grid.name}")

    def action_scroll(self, pages: int) -> None:
        self._scroll(self.state.focus, pages * PAGE)

    def action_newest(self) -> None:
        self._scroll_to(0)

    def look_at_question(self) -> bool:
        """Whether what the task in the cell with the focus asks is seen; it is from now on."""
        number = self.state.focus
        cell = next(cell for cell in self.query(Cell) if cell.number == number)
        if drawing.shows_question(self._card(number, cell.size.width), *cell.size):
            return True
        self.change(states.turned_to(self.state, View.CONVERSATION))
        self._scroll_to(0)
        return False

    def _scroll_to(self, back: int) -> None:
        if shown := self._shown.get(self.state.cells[self.state.focus]):
            shown.back = back
            self.redraw()

    def _scroll(self, number: int, lines: int) -> None:
        if shown := self._shown.get(self.state.cells[number]):
            cell = next(cell for cell in self.query(Cell) if cell.number == number)
            most = drawing.most_back(self._card(number, cell.size.width), cell.size.height)
            shown.back = min(max(shown.back + lines, 0), most)
            self.redraw()

    def action_search(self) -> None:
        box = self.query_one("#search", Input)
        box.can_focus = True
        box.add_class("open")
        box.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        self.change(states.with_filter(self.state, event.value))

    def on_input_submitted(self) -> None:
        self._end_search()

    def _end_search(self) -> None:
        box = self.query_one("#search", Input)
        box.can_focus = False
        box.remove_class("open")
        self.set_focus(None)
        self.call_after_refresh(self.redraw)

    def action_leave(self) -> None:
        self._end_search()
        self.query_one("#search", Input).value = ""
        self._told = None
        self.change(states.with_filter(self.state, ""))

    def on_cell_picked(self, message: Cell.Picked) -> None:
        self.change(states.jump(self.state, message.number))

    def on_cell_wheeled(self, message: Cell.Wheeled) -> None:
        self._scroll(message.number, message.lines)

    def on_task_list_picked(self, message: TaskList.Picked) -> None:
        self.change(states.select(self.state, message.task))
