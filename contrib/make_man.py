"""Writes the man pages of `git phc`, one for it and one for each command, from their help.

    python contrib/make_man.py [FOLDER]    by default docs/man

The first page is contrib/man/head.roff, a list of the commands, contrib/man/tail.roff. Pages
have no date: the same commands give the same bytes, and a test asks whether those that are
committed are theirs. Owns no words about a command: what is wrong in a page is wrong in `-h` too.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "man"
WIDTH = 500  # columns that click may use for a usage line: man does the wrapping
MADE = (
    ".\\\" Made by contrib/make_man.py from the commands' own help; edit that, or contrib/man/.\n"
)

Groups = Mapping[str, Mapping[str, str]]


def pages(app: click.Group, groups: Groups, version: str) -> dict[str, str]:
    """The pages by their files' names, in roff. `groups` are the headings of the first page's
    list, and below each the commands with their one line.
    """
    context = click.Context(app, info_name="git phc", terminal_width=WIDTH)
    made = {"git-phc.1": _first(groups, version)}
    for name, line in (pair for group in groups.values() for pair in group.items()):
        command = app.get_command(context, name)
        if command is None:
            raise LookupError(name)
        below = click.Context(command, parent=context, info_name=name, terminal_width=WIDTH)
        made[f"git-phc-{name}.1"] = _page(command, below, line, version)
    return made


def _first(groups: Groups, version: str) -> str:
    head, tail = (
        (ROOT / "contrib" / "man" / name).read_text(encoding="utf-8")
        for name in ("head.roff", "tail.roff")
    )
    lines = [".SH COMMANDS"]
    for title, group in groups.items():
        lines.append(f".SS {roff(title)}")
        for name, line in group.items():
            lines += [".TP", f".BR {roff(f'git-phc-{name}')} (1)", inline(line)]
    return MADE + head.replace("@VERSION@", version) + "\n".join(lines) + "\n" + tail


def _page(command: click.Command, context: click.Context, line: str, version: str) -> str:
    """A command's page; commands below it are sections of it."""
    name = context.command_path.replace(" ", "-")
    lines = [
        f'.TH {roff(name.upper())} 1 "" "git phc {version}" "Git Phc Manual"',
        ".SH NAME",
        f"{roff(name)} \\- {inline(line)}",
        ".SH SYNOPSIS",
        *_synopsis(command, context),
        ".SH DESCRIPTION",
        *paragraphs(command.help or ""),
        *_options(".SH OPTIONS", command, context),
    ]
    if isinstance(command, click.Group):
        lines.append(".SH COMMANDS")
        for below, within in _commands(command, context):
            lines += [f".SS {roff(within.command_path)}", *_synopsis(below, within), ".PP"]
            lines += [*paragraphs(below.help or ""), *_options("", below, within)]
    lines += [
        ".SH SEE ALSO",
        ".BR git\\-phc (1),",
        "which says what a",
        ".I TASK",
        "may be, and has the settings and exit codes that all commands share.",
    ]
    return MADE + "\n".join(line for line in lines if line) + "\n"


def _commands(
    group: click.Group, context: click.Context
) -> Iterator[tuple[click.Command, click.Context]]:
    """Each command below a group that is not hidden."""
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is not None and not command.hidden:
            yield (
                command,
                click.Context(command, parent=context, info_name=name, terminal_width=WIDTH),
            )


def _synopsis(command: click.Command, context: click.Context) -> list[str]:
    usage = " ".join(command.collect_usage_pieces(context))
    return [f".B {roff(context.command_path)}", roff(usage)]


def _options(heading: str, command: click.Command, context: click.Context) -> list[str]:
    lines = []
    for parameter in command.get_params(context):
        # Only some versions of click have a record for an argument; the usage line names it.
        record = None if isinstance(parameter, click.Argument) else _record(parameter, context)
        if record is not None:
            lines += [".TP", f".B {roff(record[0])}", inline(record[1])]
    return [heading, *lines] if lines else []


def _record(parameter: click.Parameter, context: click.Context) -> tuple[str, str] | None:
    return None if "--help" in parameter.opts else parameter.get_help_record(context)


def paragraphs(text: str) -> list[str]:
    """A help text as roff lines; a paragraph that starts with a backspace keeps its lines."""
    lines: list[str] = []
    for number, part in enumerate(re.split(r"\n\s*\n", inspect.cleandoc(text).split("\f")[0])):
        if number:
            lines.append(".PP")
        if part.startswith("\b"):
            lines += [".nf", *(inline(line) for line in part.splitlines()[1:]), ".fi"]
        else:
            lines.append(inline(" ".join(part.split())))
    return lines


def inline(text: str) -> str:
    """One line of text in roff; what stands between backticks is set bold."""
    return re.sub(r"`([^`]+)`", r"\\fB\1\\fR", roff(text))


def roff(text: str) -> str:
    """Text in which no character has a meaning to roff; a hyphen is one to copy and paste."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    escaped = re.sub(r"[^\x00-\x7f]", lambda found: f"\\[u{ord(found[0]):04X}]", escaped)
    return "\\&" + escaped if escaped.startswith((".", "'")) else escaped


def main(argv: list[str]) -> int:
    """Writes the pages, and removes those of commands that there are no longer; the exit code."""
    from git_phc import __version__
    from git_phc.cli.app import GROUPS, app

    folder = Path(argv[0]) if argv else FOLDER
    made = pages(app, GROUPS, __version__)
    for stale in folder.glob("git-phc*.1"):
        if stale.name not in made:
            stale.unlink()
    for name, text in made.items():
        (folder / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))  # the commands of this checkout, not of an installed version
    sys.exit(main(sys.argv[1:]))
