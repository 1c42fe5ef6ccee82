"""The program that is an agent: found on the user's PATH, or where a setting says it is."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from git_phc.errors import PhcError
from git_phc.host.programs import found, version_of
from git_phc.plugins.protocols import Availability


class Program(Struct, frozen=True):
    """An agent's program.

    Attributes:
        name: what it is called on PATH; `phc.agents.NAME.command` takes its place.
        package: the package of npm that has it.
    """

    name: str
    package: str

    def argv(self, settings: Mapping[str, Any]) -> Sequence[str]:
        """The words that start it. Raises PhcError when what is set cannot be read."""
        given = settings.get("command")
        if not isinstance(given, str):  # a task's own command, which is for another agent
            return [self.name]
        try:
            return shlex.split(given) or [self.name]
        except ValueError as error:
            raise PhcError(f"phc.agents.{self.name}.command cannot be read: {error}") from error

    def check(self, settings: Mapping[str, Any]) -> Availability:
        """Whether it is here, in which version, and where it comes from if it is not."""
        try:
            first = self.argv(settings)[0]
        except PhcError as error:
            return Availability(missing=error.message, hint="Set it again")
        path = settings.get("path")
        place = found(first, path)
        if place is None:
            hint = f"Get it: npm install -g {self.package}"
            return Availability(missing=f"{first} is not a program on PATH", hint=hint)
        env = {**os.environ, "PATH": str(path)} if path else os.environ
        return Availability(version=version_of(place, self.package, env))
