"""Environments as they are listed and shown, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from git_phc.cli.allowed import allowed_data, allowed_lines
from git_phc.cli.consent import consent_lines, visible
from git_phc.cli.summary import amount_of_time, counted
from git_phc.cli.terminal import Terminal
from git_phc.errors import UsageError
from git_phc.model.environment import Environment, Script
from git_phc.services.context import Context
from git_phc.services.environment_files import File
from git_phc.services.environments import default
from git_phc.services.trust import is_granted


def listed_data(ctx: Context, files: Sequence[File]) -> list[dict[str, Any]]:
    """Each file: what it is called, whether it is the default one, what is wrong with it."""
    first = _default(ctx, files)
    return [
        {
            "name": file.name,
            "path": file.path,
            "default": file.path == first,
            "trusted": _is_trusted(ctx, file),
            "mistakes": len(file.read) if isinstance(file.read, list) else 0,
        }
        for file in files
    ]


def list_rows(ctx: Context, files: Sequence[File]) -> list[list[str]]:
    """A star for the default one, its name, its file, and how it stands."""
    first = _default(ctx, files)
    return [
        [
            "*" if file.path == first else "",
            visible(file.name),
            visible(file.path),
            _state(ctx, file),
        ]
        for file in files
    ]


def _default(ctx: Context, files: Sequence[File]) -> str | None:
    """The path of the one that counts where none is named, None where there is none."""
    readable = [file for file in files if isinstance(file.read, Environment)]
    try:
        found = default(ctx, files) if len(readable) == len(files) else None
    except UsageError:
        return None
    return found.path if found else None


def _is_trusted(ctx: Context, file: File) -> bool:
    return isinstance(file.read, Environment) and is_granted(ctx, file)


def _state(ctx: Context, file: File) -> str:
    if isinstance(file.read, list):
        return f"{counted(len(file.read), 'mistake')}: git phc env check"
    if not file.read.acts:
        return "runs nothing"
    return "trusted" if is_granted(ctx, file) else "not trusted: git phc trust"


def facts(terminal: Terminal, file: File) -> Iterator[str]:
    """All that one says."""
    environment = file.environment
    yield from consent_lines(terminal, file)
    for name in ("setup", "teardown"):
        script: Script | None = getattr(environment, name)
        if script:
            yield f"  {name} may take {amount_of_time(script.timeout)}"
    yield f"  {_state(terminal.context, file)}"
    yield from allowed_lines(terminal.context, environment)


def shown_data(ctx: Context, file: File) -> dict[str, Any]:
    """The same, for programs; keys that do not apply are absent."""
    said = file.environment
    body = {
        "name": said.name,
        "path": file.path,
        "id": said.id,
        "trusted": is_granted(ctx, file),
        "setup": _script(said.setup),
        "teardown": _script(said.teardown),
        "actions": [
            {"name": action.name, "command": action.command}
            | ({"icon": action.icon} if action.icon else {})
            for action in said.actions
        ],
        "vars": dict(said.vars),
        "cloud": dict(said.cloud) or None,
        "allowed": allowed_data(ctx, said),
    }
    return {key: value for key, value in body.items() if value is not None}


def _script(script: Script | None) -> dict[str, Any] | None:
    return {"script": script.text, "timeout": script.timeout} if script else None
