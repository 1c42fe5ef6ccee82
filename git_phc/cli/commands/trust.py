"""`git phc trust`: what would run here, and the user's consent to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from shlex import quote
from typing import Any

import click

from git_phc.cli import render
from git_phc.cli.command import Command
from git_phc.cli.consent import consent_lines, visible
from git_phc.cli.diagnostics import say
from git_phc.cli.options import as_json, yes
from git_phc.cli.summary import whole_seconds
from git_phc.cli.terminal import Terminal, pass_terminal
from git_phc.errors import Refused, UsageError
from git_phc.model.environment import Environment
from git_phc.services.actors import checked_address, distrust_actor, trust_actor, trusted
from git_phc.services.environment_files import File, files_here
from git_phc.services.environments import judged, named
from git_phc.services.trust import Grant, grant, grants, is_granted, revoke


@click.command("trust", cls=Command)
@click.argument("files", nargs=-1, metavar="[FILE…]")
@click.option("-e", "--env", "names", multiple=True, metavar="NAME", help="An environment.")
@click.option(
    "-a", "--actor", "actors", multiple=True, metavar="EMAIL",
    help="A person, whose messages, answers and stops count for runs on this computer.",
)  # fmt: skip
@click.option("--revoke", "takes_back", is_flag=True, help="Take the consent back.")
@as_json
@yes
@pass_terminal
def command(
    terminal: Terminal,
    *,
    files: tuple[str, ...],
    names: tuple[str, ...],
    actors: tuple[str, ...],
    takes_back: bool,
    as_json: bool,
) -> None:
    """Consent to what the environments that are named would run on this computer: scripts,
    actions and variables. Without any: show what asks for consent, and what was granted.

    It holds for these words in this repository; when they change, it is asked for again.

    What a person (--actor) says in another clone counts for the runs here from then on, also what
    a task's command is and what its agent may do unasked. Without
    phc.sign = required, whoever may push to the remote can write in their name.
    """
    words = [*files, *names]
    if takes_back:
        _take_back(terminal, words, actors)
    else:
        for email in actors:
            trust_actor(terminal.context, checked_address(email))
            _say_given(terminal, f"What {visible(email)} says counts", f"--actor {quote(email)}")
        known = files_here(terminal.context)
        for file in [judged(named(terminal.context, known, word)) for word in words]:
            for line in consent_lines(terminal, file):
                say(terminal, line)
            grant(terminal.context, file)
            _say_given(terminal, f"{visible(file.path)} may run", quote(file.path))
    if (words or actors) and not as_json:
        return
    if as_json:
        found = [_data(terminal, one) for one in _all(terminal)]
        render.document(terminal, {"files": found, "actors": trusted(terminal.context)})
    else:
        _show(terminal)


def _say_given(terminal: Terminal, what: str, words: str) -> None:
    back = f"git phc trust --revoke {visible(words)}"
    say(terminal, f"{what} in this repository from now on. To take that back: {back}")


def _take_back(terminal: Terminal, words: list[str], actors: Sequence[str]) -> None:
    """Takes consents back; also those to a file that is not here any more, by its path."""
    if not words and not actors:
        raise UsageError(
            "--revoke needs to know what", "Name a file, or: --env NAME, or: --actor EMAIL"
        )
    for email in actors:
        if not distrust_actor(terminal.context, email):
            raise Refused(f"{email} is not trusted here", "See who is: git phc trust")
        render.line(terminal, f"{visible(email)}: trust taken back")
    paths = {grant.path for grant in grants(terminal.context)}
    for word in words:
        known = files_here(terminal.context)
        path = word if word in paths else named(terminal.context, known, word).path
        if not revoke(terminal.context, path):
            raise Refused(f"there is no consent to {path}", "See which there are: git phc trust")
        render.line(terminal, f"{visible(path)}: consent taken back")


def _all(terminal: Terminal) -> Iterator[tuple[str, File | None, list[Grant]]]:
    """Every file that acts, and every one that was consented to: its path and its consents."""
    given: dict[str, list[Grant]] = {}
    for one in grants(terminal.context):
        given.setdefault(one.path, []).append(one)
    for file in files_here(terminal.context):
        if isinstance(file.read, Environment) and file.read.acts:
            yield file.path, file, given.pop(file.path, [])
    yield from ((path, None, found) for path, found in given.items())


def _data(terminal: Terminal, one: tuple[str, File | None, list[Grant]]) -> dict[str, Any]:
    path, file, given = one
    return {
        "path": path,
        "here": file is not None,
        "trusted": file is not None and is_granted(terminal.context, file),
        "granted": [grant.at for grant in given],
    }


def _show(terminal: Terminal) -> None:
    actors = trusted(terminal.context)
    for email in actors:
        render.line(terminal, f"{visible(email)}: what they say counts for runs here")
    nothing = not actors
    for path, file, given in _all(terminal):
        nothing = False
        if file is None:
            render.line(terminal, f"{visible(path)}: trusted, and not in this checkout")
        elif is_granted(terminal.context, file):
            times = [one.at for one in given if one.digest == file.environment.digest]
            since = f" since {whole_seconds(times[0])}" if times else ""
            render.line(terminal, f"{visible(path)}: trusted{since}")
        else:
            for line in consent_lines(terminal, file):
                render.line(terminal, line)
            changed = "  has changed since you consented to it; " if given else "  "
            render.line(terminal, f"{changed}consent to it: git phc trust {quote(visible(path))}")
    if nothing:
        say(terminal, "Nothing here asks for consent.")
