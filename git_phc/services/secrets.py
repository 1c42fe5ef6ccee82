"""Secrets by name: an environment asks for names, the owner of the machine says where values are.

    git config --global phc.secrets.API_TOKEN.file ~/.api-token      # or
    git config --global phc.secrets.API_TOKEN.command "pass show api"
    git config --global phc.secrets.API_TOKEN.env API_TOKEN

A value is read when a run needs it, goes into the run's environment and nowhere else, and is
taken out of all that is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from git_phc.errors import PhcError, UsageError
from git_phc.host.redact import SHORTEST
from git_phc.host.stored import Unread, from_command, from_file, from_variable
from git_phc.services.context import Context

KINDS = {"env": "variable", "file": "file", "command": "command"}
PREFIX = "phc.secrets."


class Source(Struct, frozen=True):
    """Where a value is: a variable of this process, a file, or what a command says."""

    kind: str
    place: str


def sources(ctx: Context) -> dict[str, Source]:
    """Every secret that the owner has told of. Raises UsageError for a setting that is none."""
    found = {}
    for setting in ctx.settings:
        name, _, kind = setting.key.removeprefix(PREFIX).rpartition(".")
        if not setting.key.startswith(PREFIX) or not name:
            continue
        if kind not in KINDS:
            raise UsageError(
                f"{setting.key} says nothing that is known about a secret",
                f"Set one of: {', '.join(f'{PREFIX}{name}.{kind}' for kind in KINDS)}",
            )
        found[name] = Source(kind, setting.value)
    return found


def values(ctx: Context, names: Mapping[str, str]) -> dict[str, str]:
    """The values of these names, which are redacted from now on. Raises PhcError.

    Each is read once in the life of a context.
    """
    known = sources(ctx)
    for name in names:
        if name not in ctx.secrets:
            value = _value(ctx, name, known[name])
            ctx.redact.learn([value])
            ctx.secrets[name] = value
    return {name: ctx.secrets[name] for name in names}


def _value(ctx: Context, name: str, source: Source) -> str:
    try:
        if source.kind == "env":
            value = from_variable(source.place, ctx.environ)
        elif source.kind == "file":
            value = from_file(Path(source.place).expanduser())
        else:
            value = from_command(source.place, ctx.environ)
    except Unread as error:
        raise PhcError(
            f"the secret {name} cannot be had: its {KINDS[source.kind]} {error}",
            f"See where it is said to be: git config --get-regexp '{PREFIX}'",
        ) from error
    if len(value.strip()) < SHORTEST:
        raise PhcError(
            f"the secret {name} is shorter than {SHORTEST} characters: it could not be kept out "
            "of the task's log",
            "Make it longer; what is no secret can stand in [vars]",
        )
    return value
