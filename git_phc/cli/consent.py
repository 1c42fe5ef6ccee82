"""Consent at a terminal: what would run is shown as it is, and asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from git_phc.cli import render
from git_phc.cli.asking import agreed
from git_phc.cli.terminal import Terminal
from git_phc.errors import NotTrusted
from git_phc.model.environment import Environment
from git_phc.services.environment_files import File
from git_phc.services.trust import grant

T = TypeVar("T")


def consenting(terminal: Terminal, act: Callable[[], T]) -> T:
    """What `act` gives. Where it would run words that nobody here has consented to, they are
    shown and asked for at a terminal, then it is done.

    No `-y` answers: a yes that was given before the words were seen is no consent to them.
    """
    while True:
        try:
            return act()
        except NotTrusted as error:
            if not isinstance(error.asked, File) or not terminal.is_interactive:
                raise
            for line in consent_lines(terminal, error.asked):
                render.line(terminal, line)
            if not agreed(terminal, "Run this on this computer?", yes=False):
                raise
            grant(terminal.context, error.asked)


def consent_lines(terminal: Terminal, file: File) -> Iterator[str]:
    """The same, its first line painted."""
    first, *rest = words_that_run(file)
    yield render.paint(terminal, first, bold=True)
    yield from rest


def words_that_run(file: File) -> Iterator[str]:
    """All that the file would run, word by word."""
    name = visible(file.environment.name)
    yield f"{visible(file.path)} ({name}) would run:"
    for title, text in _parts(file.environment):
        yield f"  {visible(title)}"
        yield from (f"    | {line}".rstrip(" ") for line in visible(text).split("\n"))


def _parts(environment: Environment) -> Iterator[tuple[str, str]]:
    if environment.setup:
        yield "setup, when a worktree is made", environment.setup.text.strip("\n")
    if environment.teardown:
        yield "teardown, before it is removed", environment.teardown.text.strip("\n")
    for action in environment.actions:
        yield f"action {action.name}, when you ask for it", action.command.strip("\n")
    if opens := environment.opens:
        lines = [f"{key}: {_listed(value)}" for key, value in opens.items()]
        yield "what its runs may reach and are given, in a sandbox", "\n".join(lines)
    if environment.vars:
        lines = [f"{name}={value}" for name, value in sorted(environment.vars.items())]
        yield "variables, for these and for agents", "\n".join(lines)


def _listed(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def visible(text: str) -> str:
    r"""`text` with nothing hidden: what does not print is written out, as `\x1b`.

    A script whose letters are hidden runs all the same, so none is left out, as `safe` does.
    """
    shown = (
        letter if letter.isprintable() or letter in "\n\t" else ascii(letter)[1:-1]
        for letter in text
    )
    return "".join(shown)
