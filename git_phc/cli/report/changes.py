"""A diff as git prints it, on a page: file by file, what was added green, what was removed red."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from git_phc.cli.report.markup import Markup, joined, tag
from git_phc.cli.safe import one_line

FILE = 2000  # lines of one file that are shown
ALL = 20_000  # and of all; a browser must still be able to open the page
NAMES = {"+": "added", "-": "removed", "@": "hunk"}
START = "diff --git "


def changes(diff: str) -> Iterator[Markup]:
    """A part for each file. What is too long is left out, and counted."""
    room = ALL
    for lines in _files(diff):
        head, body = _split(lines)
        shown = body[: min(FILE, room)]
        room -= len(shown)
        yield _file(_name(head), body, shown)


def _files(diff: str) -> Iterator[list[str]]:
    """The lines of each file. Within one every line has a sign before it, so that no content
    can pass for the beginning of the next.
    """
    lines: list[str] = []
    for line in diff.removesuffix("\n").split("\n"):
        if line.startswith(START) and lines:
            yield lines
            lines = []
        lines.append(line)
    if lines != [""]:
        yield lines


def _split(lines: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """What git says about a file, and what has changed in it."""
    at = next((n for n, line in enumerate(lines) if line.startswith("@@")), len(lines))
    return lines[:at], lines[at:]


def _name(head: Sequence[str]) -> str:
    """The file's name, as git writes it; the old one of a file that has gone."""
    said = {line[:4]: line[4:] for line in head if line.startswith(("--- ", "+++ "))}
    name = said.get("+++ ", "/dev/null")
    name = said.get("--- ", "/dev/null") if name == "/dev/null" else name
    known = head[0].removeprefix(START) if name == "/dev/null" else name.rstrip("\t")
    return one_line(known)


def _file(name: str, body: Sequence[str], shown: Sequence[str]) -> Markup:
    added = sum(line.startswith("+") for line in body)
    removed = sum(line.startswith("-") for line in body)
    counts = joined(
        tag("span", f" +{added}", class_="added"), tag("span", f" -{removed}", class_="removed")
    )
    head = tag("summary", tag("code", name), counts)
    over = len(body) - len(shown)
    left = tag("div", f"… {over} lines more are left out", class_="note") if over else None
    return tag("details", head, changed_lines(shown), left, class_="file", open="")


def changed_lines(lines: Iterable[str]) -> Markup:
    """Lines of a diff, each in the colour of its sign."""
    return tag("div", *(_line(line) for line in lines), class_="diff")


def _line(line: str) -> Markup:
    return tag("span", line + "\n", class_=NAMES.get(line[:1]))
