"""`git phc env`: the environments of this repository."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import click

from git_phc.cli import render
from git_phc.cli.allowed import allowed_data, allowed_lines
from git_phc.cli.command import Command, Group
from git_phc.cli.consent import visible
from git_phc.cli.diagnostics import say
from git_phc.cli.environments import facts, list_rows, listed_data, shown_data
from git_phc.cli.options import as_json, yes
from git_phc.cli.programs import edit
from git_phc.cli.terminal import Terminal, pass_terminal
from git_phc.errors import Refused, UsageError
from git_phc.services.environment_files import (
    File,
    change_file,
    files_here,
    new_file,
    place_of,
    template_file,
)  # fmt: skip
from git_phc.services.environments import clashes, default, judged, named

Act = Callable[..., Any]


@click.group("env", cls=Group, invoke_without_command=True, subcommand_metavar="[COMMAND]")
@click.pass_context
def command(ctx: click.Context) -> None:
    """Environments: what a new worktree needs before the agent starts, and actions in it.

    They are files of the repository, .phc/environments/*.toml and, as PostHog Code writes them,
    .posthog-code/environments/*.toml. Without a command: list them.
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_, as_json=False)


@command.command("list", cls=Command)
@as_json
@pass_terminal
def list_(terminal: Terminal, *, as_json: bool) -> None:
    """List them; a star is at the one that counts where none is named."""
    files = files_here(terminal.context)
    if as_json:
        render.document(terminal, {"environments": listed_data(terminal.context, files)})
        return
    for line in render.table(list_rows(terminal.context, files)):
        render.line(terminal, line)
    if not files:
        say(terminal, "There are no environments here. Make one: git phc env new NAME")


@command.command("show", cls=Command)
@click.argument("name", required=False)
@as_json
@pass_terminal
def show(terminal: Terminal, *, name: str | None, as_json: bool) -> None:
    """Show all that one says, and what a sandboxed run may do here.

    Without a NAME the one that counts where none is named; where there is none, what a run
    without one is allowed.
    """
    ctx = terminal.context
    files = files_here(ctx)
    file = judged(named(ctx, files, name)) if name else default(ctx, files)
    if as_json:
        data = shown_data(ctx, file) if file else {"allowed": allowed_data(ctx, None)}
        render.document(terminal, data)
        return
    for line in facts(terminal, file) if file else allowed_lines(ctx, None):
        render.line(terminal, line)


@command.command("check", cls=Command)
@click.argument("names", nargs=-1, metavar="[NAME…]")
@as_json
@pass_terminal
def check(terminal: Terminal, *, names: tuple[str, ...], as_json: bool) -> int:
    """List every mistake, by file, line and key. Exits with 1 when there is one."""
    known = files_here(terminal.context)
    files = [named(terminal.context, known, name) for name in names] if names else known
    found = [
        (file.path, mistake)
        for file in files
        for mistake in (file.read if isinstance(file.read, list) else clashes(file, known))
    ]
    if as_json:
        body = [
            {"path": path, "line": one.line, "key": one.key or None, "what": one.what}
            for path, one in found
        ]
        render.document(terminal, {"files": [file.path for file in files], "mistakes": body})
    else:
        for path, mistake in found:
            render.line(terminal, visible(mistake.told(path)))
        bad = {path for path, _ in found}
        for file in files:
            if file.path not in bad:
                render.line(terminal, f"{visible(file.path)}: good")
    return 1 if found else 0


def _words(act: Act) -> Act:
    """The options that say what stands in a file."""
    for option in (
        click.option("--setup", metavar="SCRIPT", help="Run this in a new worktree, once."),
        click.option("--teardown", metavar="SCRIPT", help="Run this before it is removed."),
        click.option("--var", "vars", multiple=True, metavar="NAME=VALUE", help="Set a variable."),
        click.option(
            "--action", "actions", multiple=True, metavar="NAME=COMMAND",
            help="Offer a command: git phc open TASK --action NAME",
        ),
    ):  # fmt: skip
        act = option(act)
    return act


@command.command("new", cls=Command)
@click.argument("name")
@_words
@yes
@pass_terminal
def new(terminal: Terminal, /, *, name: str, **given: Any) -> None:
    """Make one. Without options, at a terminal, your editor opens on it."""
    changes = _changes(given)
    if any(changes.values()) or not terminal.is_interactive:
        whole: dict[str, Any] = {}
        _apply(whole, changes)
        file = new_file(terminal.context, name, whole)
        render.line(terminal, visible(file.path))
        return
    _written(terminal, template_file(terminal.context, name))


@command.command("edit", cls=Command)
@click.argument("name")
@click.option("--name", "title", metavar="NEW", help="Call it NEW.")
@_words
@yes
@pass_terminal
def edit_(terminal: Terminal, /, *, name: str, title: str | None, **given: Any) -> None:
    """Change one, by options or in your editor.

    An empty value takes what was there away. Options keep keys that are not known here, and
    lose comments.
    """
    file = named(terminal.context, files_here(terminal.context), name)
    changes = _changes(given)
    if title is None and not any(value is not None for value in changes.values()):
        if not terminal.is_interactive:
            raise UsageError("env edit needs a terminal, or options", "See: git phc env edit -h")
        _written(terminal, file)
        return

    def change(whole: dict[str, Any]) -> None:
        whole.update({"name": title} if title else {})
        _apply(whole, changes)

    render.line(terminal, visible(change_file(terminal.context, file, change).path))


def _written(terminal: Terminal, file: File) -> None:
    """Opens the editor on a file; what is wrong in it then is told, and stays."""
    place = place_of(terminal.context, file)
    edit(terminal, place, terminal.cwd)
    again = next((one for one in files_here(terminal.context) if one.path == file.path), None)
    if again is None:
        raise Refused(f"{file.path} is not there any more", "See which are: git phc env list")
    render.line(terminal, visible(judged(again).name))


def _changes(given: Mapping[str, Any]) -> dict[str, Any]:
    """What the options say, by section; None where nothing."""
    pairs = {name: [_pair(one) for one in given[name]] or None for name in ("vars", "actions")}
    return {"setup": given["setup"], "teardown": given["teardown"], **pairs}


def _pair(words: str) -> tuple[str, str]:
    name, equals, value = words.partition("=")
    if not equals or not name.strip():
        raise UsageError(f"{words!r} is no NAME=VALUE", "Write it so: --var COLOUR=red")
    return name.strip(), value


def _apply(whole: dict[str, Any], changes: Mapping[str, Any]) -> None:
    for section in ("setup", "teardown"):
        if (text := changes[section]) is not None:
            _put(whole, section, {**whole.get(section, {}), "script": text}, keep=bool(text))
    if changes["vars"]:
        variables = {**whole.get("vars", {}), **dict(changes["vars"])}
        kept = {name: value for name, value in variables.items() if value}
        _put(whole, "vars", kept, keep=bool(kept))
    for name, text in changes["actions"] or ():
        others = list(whole.get("actions", []))
        same = next((one for one in others if one.get("name") == name), None)
        rest = [one for one in others if one is not same]
        actions = [*rest, {**(same or {"name": name}), "command": text}] if text else rest
        _put(whole, "actions", actions, keep=bool(actions))


def _put(whole: dict[str, Any], name: str, value: Any, *, keep: bool) -> None:
    if keep:
        whole[name] = value
    else:
        whole.pop(name, None)
