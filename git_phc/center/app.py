"""The Command Center's app: keys ask threads to do things, and what came of it comes in here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from textual.app import SuspendNotSupported

from git_phc.center.attaching import attached, interrupts_unheard
from git_phc.center.choices import choices
from git_phc.center.deeds import (
    Deed,
    answered,
    finished,
    merged,
    resumed,
    started,
    stopped,
    trusted,
    undone,
    written,
)
from git_phc.center.dialogs import Help, Sure
from git_phc.center.face import Face
from git_phc.center.messages import Chosen, Done
from git_phc.center.threads import Threads
from git_phc.center.writing import Writing, Written
from git_phc.cli.consent import words_that_run
from git_phc.cli.safe import one_line
from git_phc.cli.terminal import Terminal
from git_phc.errors import NotTrusted
from git_phc.model.task import Task
from git_phc.services.environment_files import File
from git_phc.services.start import Order


class Center(Face):
    """The screen, with hands."""

    def __init__(self, terminal: Terminal) -> None:
        super().__init__(terminal)
        self._choices: Mapping[str, Sequence[str]] = {}
        self._draft = ""  # what the user has written, and could not be sent
        self._leaving = False
        self.failure: Exception | None = None
        self._threads = Threads(self.make_context, self.post_message)

    def on_mount(self) -> None:
        self._threads.find(lambda ctx: Chosen(choices(ctx)))

    # What threads have done

    def on_chosen(self, message: Chosen) -> None:
        self._choices = message.choices

    def on_done(self, done: Done) -> None:
        self.eye.look_now()
        error, again = done.error, done.again
        if isinstance(error, NotTrusted) and isinstance(error.asked, File) and again:
            self._ask_consent(error.asked, again)
        elif error:
            self._draft = again.draft if again else ""
            self.tell(f"{error.message}. {error.hint}", "bold red")
        else:
            self._awaited = done.made
            self.tell(done.words, "green")
        if self._leaving and not self._threads.names:
            self.exit()

    def _ask_consent(self, file: File, again: Deed) -> None:
        def decide(yes: object) -> None:
            if yes:
                self.do(trusted(file, again))
            else:
                self._draft = again.draft
                self.tell("Nothing was run")

        question = "Run this on this computer?"
        self.push_screen(Sure(question, list(words_that_run(file))), decide)

    def do(self, deed: Deed) -> None:
        """Has it done in a thread."""
        self.tell(f"{deed.name} …", "dim")
        self._threads.do(deed)

    # What keys and the mouse do

    def _with_task(self, act: Callable[[Task], object]) -> None:
        row = self.state.selected
        if row is None:
            self.tell("There is no task in this cell")
        else:
            act(row.task)

    def _write(self, title: str, act: Callable[[Written], object], *, new: bool = False) -> None:
        """Opens the dialog to write in; what could not be sent before stands in it again."""
        draft, self._draft = self._draft, ""

        def take(written: Written | None) -> None:
            if written:
                act(written)

        self.push_screen(Writing(title, self._choices if new else {}, draft), take)

    def action_new(self) -> None:
        def act(given: Written) -> None:
            agent, mode, autonomy = map(given.choices.get, ("agent", "mode", "autonomy"))
            self.do(started(Order(given.text, agent=agent, mode=mode, autonomy=autonomy)))

        self._write("A new task: what is to be done?", act, new=True)

    def action_write(self) -> None:
        self._with_task(self._write_to)

    def _write_to(self, task: Task) -> None:
        title = f"To {task.id.short}, {one_line(task.title)}"
        if task.waiting:
            title = f"{task.id.short} asks: {one_line(str(task.waiting[0]['title']))}"
        self._write(title, lambda given: self.do(written(task, given.text)))

    def action_write_all(self) -> None:
        tasks = [row.task for row in self.state.in_view]
        if not tasks:
            self.tell("There is no task in view")
            return

        def act(given: Written) -> None:
            deeds = [written(task, given.text) for task in tasks]
            self._threads.do_all("Written to all in view", deeds)

        self._write(f"To all {len(tasks)} in view", act)

    def action_answer(self, verb: str) -> None:
        def act(task: Task) -> None:
            if task.waiting and not self.look_at_question():
                self.tell("Nothing was answered: first look at what it asks")
            else:
                self.do(answered(task, verb))

        self._with_task(act)

    def action_stop(self) -> None:
        self._with_task(lambda task: self.do(stopped(task)))

    def action_stop_all(self) -> None:
        tasks = [row.task for row in self.state.rows if row.task.is_open]
        deeds = [stopped(task) for task in tasks]
        if not tasks:
            self.tell("None runs")
            return

        def decide(yes: object) -> None:
            if yes:
                self._threads.do_all("Stopped", deeds)

        self.push_screen(Sure(f"Stop all {len(tasks)} that run? Their work is kept."), decide)

    def action_resume(self) -> None:
        self._with_task(lambda task: self.do(resumed(task)))

    def action_merge(self) -> None:
        def ask(task: Task) -> None:
            question = f"Merge {task.id.short}, {one_line(task.title)}, into the branch here?"
            self.push_screen(Sure(question), lambda yes: self.do(merged(task)) if yes else None)

        self._with_task(ask)

    def action_finish(self) -> None:
        self._with_task(lambda task: self.do(finished(task)))

    def action_undo(self) -> None:
        self.do(undone())

    def action_attach(self) -> None:
        self._with_task(self._lend_to)

    def _lend_to(self, task: Task) -> None:
        self.eye.rest()
        try:
            with self.suspend():
                attached(self.terminal, task)
        except SuspendNotSupported:
            self.tell(f"This screen cannot be lent; elsewhere: git phc attach {task.id.short}")
        finally:
            self.eye.wake(heard=task.id)

    def action_help(self) -> None:
        self.push_screen(Help())

    def action_leave_center(self) -> None:
        names = self._threads.names
        if self._leaving or not names:
            self.exit()
            return
        self._leaving = True
        self.tell(f"Leaves after {', '.join(names)}; q again leaves at once")

    def _handle_exception(self, error: Exception) -> None:
        """Keeps what Textual would show as a traceback: `run` raises it when the screen is back."""
        self.failure = self.failure or error
        super()._handle_exception(error)

    def _fatal_error(self) -> None:
        self._close_messages_no_wait()


def run(terminal: Terminal) -> None:
    """Shows the center until the user leaves it. Raises what it has ended by."""
    center = Center(terminal)
    with interrupts_unheard():
        center.run()
    if center.failure:
        raise center.failure
