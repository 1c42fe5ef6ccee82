"""An agent that speaks the protocol, as an agent of ours."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from git_phc.agents.acp.presets import Preset
from git_phc.errors import PhcError
from git_phc.host.programs import found, version_of
from git_phc.plugins.protocols import Agent, Availability, Files, Run, Turn


class AcpAgent(Agent):
    """The agent of one preset."""

    confined = True

    def __init__(self, preset: Preset) -> None:
        self._preset = preset
        self.name = preset.name
        line = preset.command if preset.command is not None else shlex.join(preset.argv)
        self.about = f"By the Agent Client Protocol: {line}"
        self.tried = preset.tried
        self.asks = preset.asks
        self.project_settings = preset.project_settings

    def check(self, settings: Mapping[str, Any]) -> Availability:
        try:
            program = self._argv(settings)[0]
        except PhcError as error:
            return Availability(missing=error.message, hint=error.hint)
        path = settings.get("path")
        place = found(program, path)
        if place is None:
            hint = f"Get it: {self._preset.get}" if self._preset.get else "Check its name"
            return Availability(missing=f"{program} is not a program on PATH", hint=hint)
        if not self._preset.argv:  # the user's own: who knows what it does when it is asked
            return Availability()
        env = {**os.environ, "PATH": str(path)} if path else os.environ
        return Availability(version=version_of(place, self._preset.package, env))

    def start(self, turn: Turn) -> Run:
        from git_phc.agents.acp.run import AcpRun

        program, *words = self._argv(turn.settings)
        return AcpRun(self._preset, [self._place(program, turn), *words], turn)

    def has_session(self, session: str, turn: Turn) -> bool:
        return self._preset.sessions.has(self._program(turn), session, turn)

    def export_session(self, session: str, turn: Turn) -> Files:
        return self._preset.sessions.export(self._program(turn), session, turn)

    def import_session(self, session: str, files: Files, turn: Turn) -> str | None:
        return self._preset.sessions.take_in(self._program(turn), session, files, turn)

    def fork_session(self, session: str, files: Files, turn: Turn) -> str | None:
        return self._preset.sessions.fork(self._program(turn), session, files, turn)

    def _argv(self, settings: Mapping[str, Any]) -> Sequence[str]:
        """The command line: as the user has it (`acp`), or as the preset has it, where
        `command` may take the place of the program. Raises PhcError when it cannot be read.
        """
        own, program = self._preset.command, settings.get("command")
        if own is None and not isinstance(program, str):
            return self._preset.argv
        key = "command" if own is None else "acp"
        try:
            words = shlex.split(str(program) if own is None else own)
        except ValueError as error:
            words, why = [], f"cannot be read: {error}"
        else:
            why = "is empty"
        if not words:
            hint = f"Set it again: git config phc.agents.{self.name}.{key} PROGRAM"
            raise PhcError(f"phc.agents.{self.name}.{key} {why}", hint)
        return [*words, *self._preset.argv[1:]] if own is None else words

    def _program(self, turn: Turn) -> str:
        return self._place(self._argv(turn.settings)[0], turn)

    def _place(self, program: str, turn: Turn) -> str:
        return str(found(program, turn.env.get("PATH")) or program)
