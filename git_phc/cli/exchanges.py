"""What became of each task in a push, a pull or a sync, and how such a talk is shown under way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from git_phc.cli import render
from git_phc.cli.asking import agreed
from git_phc.cli.diagnostics import FAILED, say
from git_phc.cli.safe import one_line
from git_phc.cli.terminal import Terminal
from git_phc.errors import Conflict
from git_phc.store.tasks import read_titles

if TYPE_CHECKING:  # `start` asks here, too, and talks to no remote
    from git_phc.services.push import Sent
    from git_phc.store.sync import Received

    Outcome = Sent | Received

sure = click.option("-y", "--yes", is_flag=True, help="Send what would be asked for, too.")
remote = click.option("--remote", metavar="NAME", help="The remote; else phc.remote, or origin.")

WORDS = {"back": "held back", "gone": "held back", "newer": "left"}
STYLES = {"red": ("rejected", "quarantined"), "yellow": ("unknown", "back", "gone", "withheld")}
BAD = ("rejected", "unknown", "quarantined")
APART = ("back", "gone", "newer", "withheld")


class Agreeing:
    """Asks the user; where nobody can be asked the answer is no. See `services.outgoing.Agree`."""

    def __init__(self, terminal: Terminal, *, yes: bool) -> None:
        self._terminal, self._yes = terminal, yes

    def __call__(self, question: str, /) -> bool:
        asks = self._yes or self._terminal.is_interactive
        return asks and agreed(self._terminal, one_line(question), yes=self._yes)

    def say(self, words: str, /) -> None:
        say(self._terminal, one_line(words))


def show_outcomes(
    terminal: Terminal, name: str, outcomes: Sequence[Outcome], *, as_json: bool, nothing: str
) -> int:
    """A line a task, or one document; the exit code of the command."""
    outcomes = _with_deletions(terminal, outcomes)
    if as_json:
        listed = [
            {"id": o.name, "outcome": o.outcome} | ({"why": o.why} if o.why else {})
            for o in outcomes
        ]
        render.document(terminal, {"remote": name, "tasks": listed})
    elif outcomes:
        for line in _lines(terminal, outcomes):
            render.line(terminal, line)
    else:
        render.line(terminal, nothing)
    found = {one.outcome for one in outcomes}
    if found.intersection(BAD):
        return FAILED
    return Conflict.exit_code if found.intersection(APART) else 0


def _with_deletions(terminal: Terminal, outcomes: Sequence[Outcome]) -> Sequence[Outcome]:
    from git_phc.store.sync import Received, told_deleted

    received = [one for one in outcomes if isinstance(one, Received)]
    told = iter(told_deleted(terminal.context.repo, received))
    return [next(told) if isinstance(one, Received) else one for one in outcomes]


def _lines(terminal: Terminal, outcomes: Sequence[Outcome]) -> list[str]:
    titles = read_titles(terminal.context.repo, [one.name for one in outcomes])
    rows = []
    for one in outcomes:
        word = WORDS.get(one.outcome, one.outcome)
        style = next((colour for colour, words in STYLES.items() if one.outcome in words), None)
        shown = render.paint(terminal, word, fg=style) if style else word
        rows.append((one_line(one.name)[:8], shown, _words(one, titles.get(one.name, ""))))
    return render.table(rows)


def _words(one: Outcome, title: str) -> str:
    from git_phc.store.sync import Received

    if not one.why:
        return one_line(title)
    again = f"to have it there again: git phc push {one.name[:8]}"
    ends = {"back": again, "gone": again, "unknown": "the next git phc sync tells"}
    ends["deleted"] = f"to bring it back: git phc undo {one.name[:8]}"
    why = f"it {one.why}" if isinstance(one, Received) else one.why
    if one.outcome == "deleted":
        why = f"{title}: {why}"
    return one_line("; ".join(filter(None, (why, ends.get(one.outcome)))))
