"""Says whose words are looked past here, and how they come to count."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from git_phc.cli.diagnostics import say
from git_phc.cli.safe import one_line
from git_phc.cli.terminal import Terminal
from git_phc.model.task import Task
from git_phc.services.unheard import unheard

KINDS = {
    "message": "a message",
    "answer": "an answer",
    "stop": "a stop",
    "command": "the command",
    "autonomy": "the autonomy",
}


def unheard_lines(terminal: Terminal, task: Task) -> Iterator[str]:
    """A line for each person who is not trusted here, and what they have said."""
    for what, who in unheard(terminal.context, task):
        from git_phc.services.actors import address

        # An address is its writer's own choice, and this line is made to be pasted into a shell.
        trust = f"git phc trust --actor {shlex.quote(one_line(address(who)))}"
        yield f"{KINDS[what]} of {one_line(who)}, who is not trusted here; to hear them: {trust}"


def tell_unheard(terminal: Terminal, task: Task) -> None:
    """The same, beside a command's answer."""
    for line in unheard_lines(terminal, task):
        say(terminal, f"Not heard: {line}")
