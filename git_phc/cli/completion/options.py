"""Commands, their options, and the values of these, by what click knows of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import click

from git_phc.cli.app import ALIASES, COMMANDS, GROUPS, app
from git_phc.cli.completion.answer import FILES, Candidates
from git_phc.git.repo import open_repo
from git_phc.services.context import Context, open_context


def offered(cwd: Path, environ: Mapping[str, str], words: Sequence[str]) -> Candidates:
    """What may stand in the place of the last of `words`."""
    if len(words) < 2:
        return _commands(words[-1] if words else "")
    name = ALIASES.get(words[0], words[0])
    if name not in COMMANDS:
        return ()
    command = app.get_command(click.Context(app), name)
    if command is None:
        return ()
    place = Place(cwd, environ, name)
    return _in_command(place, command, words[1:-1], words[-1])


def _commands(typed: str) -> Candidates:
    if typed.startswith("-"):
        return (("--help", "Show the manual"), ("--version", "Show the version"))
    return (pair for group in GROUPS.values() for pair in group.items())


class Place:
    """Where the words are typed, and for which command."""

    def __init__(self, cwd: Path, environ: Mapping[str, str], command: str) -> None:
        self.cwd, self.environ, self.command = cwd, environ, command

    @property
    def context(self) -> Context:
        return open_context(self.cwd, self.environ)


def _in_command(
    place: Place, command: click.Command, before: Sequence[str], typed: str
) -> Candidates:
    """What comes behind the words `before` of a command."""
    ctx = click.Context(command, info_name=place.command)
    options = {
        name: parameter
        for parameter in command.get_params(ctx)
        if isinstance(parameter, click.Option)
        for name in (*parameter.opts, *parameter.secondary_opts)
    }
    if "--" in before:  # what follows is a command line of its own
        return FILES
    waiting, plain = _read(options, before)
    if waiting is not None:
        return _values(place, waiting, typed)
    if isinstance(command, click.Group):
        return _in_group(place, ctx, command, plain, before, typed)
    if typed.startswith("-"):
        return _flags(command, ctx)
    arguments = [p for p in command.params if isinstance(p, click.Argument)]
    for argument in arguments:
        if argument.nargs == -1 or plain < argument.nargs:
            return _values(place, argument, typed)
        plain -= argument.nargs
    return ()


def _read(
    options: Mapping[str, click.Option], before: Sequence[str]
) -> tuple[click.Option | None, int]:
    """The option whose value comes next, if one does; and how many plain words there are."""
    waiting, plain = None, 0
    for word in before:
        if waiting is not None:
            waiting = None
        elif word.startswith("-") and word != "-":
            option = options.get(word)
            waiting = option if option and not option.is_flag and not option.count else None
        else:
            plain += 1
    return waiting, plain


def _in_group(
    place: Place,
    ctx: click.Context,
    group: click.Group,
    plain: int,
    before: Sequence[str],
    typed: str,
) -> Candidates:
    names = group.list_commands(ctx)
    at = next((n for n, word in enumerate(before) if word in names), None)
    if at is not None and (command := group.get_command(ctx, before[at])):
        return _in_command(place, command, before[at + 1 :], typed)
    if typed.startswith("-"):
        return _flags(group, ctx)
    known = ((name, group.get_command(ctx, name)) for name in names if not plain)
    return ((name, command.get_short_help_str(90) if command else "") for name, command in known)


def _flags(command: click.Command, ctx: click.Context) -> Iterator[tuple[str, str]]:
    for parameter in command.get_params(ctx):
        if isinstance(parameter, click.Option) and not parameter.hidden:
            for name in (*parameter.opts, *parameter.secondary_opts):
                yield name, parameter.help or ""


def _values(place: Place, parameter: click.Parameter, typed: str) -> Candidates:
    """The values of an option, or what an argument may be."""
    if isinstance(parameter.type, click.Choice):
        return [(str(choice), "") for choice in parameter.type.choices]
    word = str(getattr(parameter, "metavar", None) or parameter.name)
    if "TASK" in word:
        from git_phc.cli.completion.tasks import tasks

        return tasks(place.cwd, place.environ, place.command, typed)
    if "FILE" in word:
        return FILES
    known = next((_KNOWN[name] for name in parameter.opts if name in _KNOWN), None)
    if known is None and place.command == "env":
        known = _environments
    return known(place) if known else ()


def _agents(place: Place) -> Candidates:
    plugins = place.context.plugins
    return [(agent.name, agent.about) for agent in plugins.agents() if agent.name != "command"]


def _environments(place: Place) -> Candidates:
    from git_phc.services.environment_files import files_here

    return [(file.name, "") for file in files_here(place.context)]


def _labels(place: Place) -> Candidates:
    from git_phc.store.survey import survey

    tasks = survey(open_repo(place.cwd, place.environ)).tasks
    return [(label, "") for label in sorted({label for task in tasks for label in task.labels})]


def _refs(*below: str) -> Callable[[Place], Candidates]:
    def ask(place: Place) -> Candidates:
        repo = open_repo(place.cwd, place.environ)
        names = repo.text("for-each-ref", "--format=%(refname:short)", *below)
        return [(name, "") for name in names.split("\n")]

    return ask


def _remotes(place: Place) -> Candidates:
    return [(name, "") for name in open_repo(place.cwd, place.environ).text("remote").split("\n")]


_KNOWN: Mapping[str, Callable[[Place], Candidates]] = {
    "--agent": _agents,
    "--env": _environments,
    "--label": _labels,
    "--unlabel": _labels,
    "--base": _refs("refs/heads", "refs/tags", "refs/remotes"),
    "--branch": _refs("refs/heads"),
    "--remote": _remotes,
    "--to": lambda _: [("worktree", ""), ("local", ""), ("cloud", "")],
}
