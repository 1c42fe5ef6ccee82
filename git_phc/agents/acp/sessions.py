"""An agent's conversations: found, moved to another machine and another folder, and paid for."""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct

from git_phc.plugins.protocols import Files, Turn


class Spent(Struct, frozen=True):
    """Tokens and US dollars; the cached ones are among the input."""

    input: int
    output: int
    cached: int
    usd: float | None

    def since(self, before: Spent | None) -> Spent:
        """What has come to it since then."""
        if before is None:
            return self
        usd = None if self.usd is None else self.usd - (before.usd or 0.0)
        given, out = self.input - before.input, self.output - before.output
        return Spent(given, out, self.cached - before.cached, usd)


class Sessions(Protocol):
    """See the methods of the same names in `Agent`; `program` is what speaks the protocol."""

    def has(self, program: str, session: str, turn: Turn) -> bool: ...
    def export(self, program: str, session: str, turn: Turn) -> Files: ...
    def take_in(self, program: str, session: str, files: Files, turn: Turn) -> str | None: ...
    def fork(self, program: str, session: str, files: Files, turn: Turn) -> str | None: ...


class NoSessions:
    """For an agent whose conversations nobody here knows how to move."""

    def has(self, program: str, session: str, turn: Turn) -> bool:
        """Not known."""
        return False

    def export(self, program: str, session: str, turn: Turn) -> Files:
        """Nothing."""
        return {}

    def take_in(self, program: str, session: str, files: Files, turn: Turn) -> str | None:
        """Cannot."""
        return None

    def fork(self, program: str, session: str, files: Files, turn: Turn) -> str | None:
        """Cannot."""
        return None
