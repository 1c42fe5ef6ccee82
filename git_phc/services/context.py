"""What every use case is given: the repository, the user's settings, time, and who acts.

Heavy parts (plugins, the writer) are made when they are first asked for, so that a command
which only reads pays for none of them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from git_phc.errors import UsageError
from git_phc.git.config import Setting, settings
from git_phc.git.repo import Repo, open_repo
from git_phc.host.clock import Clock
from git_phc.store.identity import known_clone_id

if TYPE_CHECKING:
    from git_phc.git.encoding import Signature
    from git_phc.git.loose import LooseWriter
    from git_phc.git.mover import Mover
    from git_phc.git.objects import Reader
    from git_phc.git.wire import Wire
    from git_phc.host.redact import Redactor
    from git_phc.plugins.manager import Listeners, Plugins
    from git_phc.store.arbiters import Sharings
    from git_phc.store.tasks import Tasks, Tell


SIGN = ("off", "if-key", "required")  # phc.sign
WAIT_LIMIT = "15m"  # phc.waitLimit: how long a run stays for an answer
MAX_BLOB = "45m"  # phc.maxBlob: files above it are kept in pieces
LEAST_BLOB = 1 << 20  # bytes; smaller pieces would be more objects than a remote likes
REMOTE_TIMEOUT = "5m"  # phc.remoteTimeout: how long a remote may be silent


class Context(Struct, dict=True, weakref=True):
    """One invocation of the program.

    Attributes:
        cwd: the folder that the user stands in.
        environ: the user's environment.
        asks: whether a person sits there, who can be asked for a password.
        progress: is told, line by line, how a talk with a remote goes.
        secrets: the values that were read for a run, by name.
        reader: of one that lives long; whoever gives it closes it. See `Tasks.reader`.
        mover: so, too: refs are moved by it.
    """

    repo: Repo
    cwd: Path
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    clock: Clock = field(default_factory=Clock)
    asks: bool = False
    progress: Callable[[str], object] | None = None
    secrets: dict[str, str] = field(default_factory=dict)
    reader: Reader | None = None
    mover: Mover | None = None

    @cached_property
    def host(self) -> str:
        """This computer's name, for people."""
        return os.uname().nodename

    @cached_property
    def clone(self) -> str:
        """This clone's own name, "" before it has one."""
        return known_clone_id(self.repo)

    @cached_property
    def state(self) -> Path:
        """The user's folder for what they have decided on this computer; no repository can
        bring anything into it.
        """
        from platformdirs import user_state_path

        return user_state_path("git-phc")

    @cached_property
    def settings(self) -> list[Setting]:
        """What git's configuration says below `phc.`."""
        return settings(self.repo)

    def setting(self, name: str) -> str | None:
        """The value of `phc.NAME` that counts, None where there is none."""
        key = f"phc.{name}".lower()
        return next((s.value for s in reversed(self.settings) if s.key.lower() == key), None)

    def values(self, name: str) -> list[str]:
        """Every value of `phc.NAME`, for settings that may be given often."""
        key = f"phc.{name}".lower()
        return [s.value for s in self.settings if s.key.lower() == key]

    def words(self, name: str) -> list[str]:
        """The words of every value of `phc.NAME`, each once: of lists with commas or blanks."""
        return _words(self.values(name))

    def nearest_words(self, name: str) -> list[str]:
        """The same of the last file alone that says it: a repository narrows what the user set."""
        said = [s for s in self.settings if s.key.lower() == f"phc.{name}".lower()]
        return _words([s.value for s in said if s.origin == said[-1].origin])

    def number(self, name: str, default: int, least: int = 1) -> int:
        """A setting that is a number of at least `least`. Raises UsageError for anything else."""
        value = self.setting(name)
        if value is None:
            return default
        if not value.isdecimal() or int(value) < least:
            raise UsageError(
                f"phc.{name} is {value!r}, which is no whole number of at least {least}",
                f"Set it: git config phc.{name} {default}",
            )
        return int(value)

    def seconds(self, name: str, default: str) -> float:
        """A setting that is a time, such as 90s, 15m, 2h; 0 for none. Raises UsageError."""
        value = self.setting(name) or default
        unit = {"s": 1, "m": 60, "h": 3600, "d": 86400}.get(value[-1:])
        number = value[:-1] if unit else value
        if not number.isdecimal() or (unit is None and int(number)):
            raise UsageError(
                f"phc.{name} is {value!r}, which is no time",
                f"Set it: git config phc.{name} {default}",
            )
        return float(int(number) * (unit or 1))

    def size(self, name: str, default: str, least: int) -> int:
        """A setting that is a number of bytes, such as 512k, 45m, 1g. Raises UsageError."""
        value = self.setting(name) or default
        unit = {"k": 10, "m": 20, "g": 30}.get(value[-1:].lower())
        number = value[:-1] if unit else value
        if not number.isdecimal() or (found := int(number) << (unit or 0)) < least:
            raise UsageError(
                f"phc.{name} is {value!r}, which is no size of at least {least} bytes",
                f"Set it: git config phc.{name} {default}",
            )
        return found

    def switch(self, name: str, *, default: bool) -> bool:
        """A setting that is on or off."""
        value = self.setting(name)
        return default if value is None else value.lower() in ("true", "yes", "on", "1", "")

    @cached_property
    def agents(self) -> dict[str, dict[str, str]]:
        """What is set for agents, by their names: `phc.agents.NAME.KEY`."""
        found: dict[str, dict[str, str]] = {}
        for setting in self.settings:
            prefix, _, rest = setting.key.partition("phc.agents.")
            name, _, key = rest.rpartition(".")
            if name and not prefix:
                found.setdefault(name, {})[key] = setting.value
        return found

    @cached_property
    def redact(self) -> Redactor:
        """Takes out of a text what is secret here."""
        from git_phc.host.redact import redactor

        return redactor(self.environ, self.listeners.rules() if self.listeners else ())

    @cached_property
    def listeners(self) -> Listeners | None:
        """The plugins of `phc.plugins`; None where it names none, so that nobody pays."""
        names = self.words("plugins")
        if not names:
            return None
        from git_phc.plugins.manager import Listeners

        return Listeners(self.plugins, names)

    @cached_property
    def plugins(self) -> Plugins:
        from git_phc.plugins.manager import Plugins

        return Plugins(self.agents)

    @cached_property
    def writer(self) -> LooseWriter:
        from git_phc.git.loose import LooseWriter

        return LooseWriter(self.repo, self.mover)

    @cached_property
    def sharings(self) -> Sharings:
        """How tasks stand to remotes, as it was when this was first asked for."""
        from git_phc.store.arbiters import Sharings

        return Sharings(self.repo)

    @cached_property
    def wire(self) -> Wire:
        """The way to remotes."""
        from git_phc.git.wire import Wire

        patience = self.seconds("remoteTimeout", REMOTE_TIMEOUT)
        return Wire(patience or float("inf"), self.asks, self.progress)

    @cached_property
    def tasks(self) -> Tasks:
        """Writes tasks in the user's name. Raises Refused when git does not know them."""
        from git_phc.services.notify import teller
        from git_phc.store.identity import actor_here
        from git_phc.store.tasks import Tasks

        tell = _all(self.listeners.tell if self.listeners else None, teller(self))
        who, signs = actor_here(self.repo), self.signs
        return Tasks(self.repo, self.writer, who, self.clock, self.redact, tell, signs, self.reader)

    @cached_property
    def signs(self) -> bool:
        """Whether events are signed (`phc.sign`): not at all; where git has been told of a key;
        always. One that is to be signed and cannot be is not made. Raises UsageError.
        """
        how = self.setting("sign") or "off"
        if how not in SIGN:
            raise UsageError(
                f"phc.sign is {how!r}, which is none of {', '.join(SIGN)}",
                "Set it: git config phc.sign off",
            )
        if how == "if-key":
            from git_phc.git.signing import has_key

            return has_key(self.repo)
        return how == "required"


def _words(values: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(" ".join(values).replace(",", " ").split()))


def _all(*hear: Tell | None) -> Tell | None:
    """Tells all of them; None for none, so that nobody pays."""
    there = [one for one in hear if one]

    def tell(task: Mapping[str, Any], event: Mapping[str, Any]) -> None:
        for one in there:
            one(task, event)

    return tell if there else None


def open_context(cwd: Path, environ: Mapping[str, str]) -> Context:
    """The context of a command that was typed in `cwd`. Raises NotARepository."""
    return Context(open_repo(cwd, environ), cwd, environ)


def signature(ctx: Context) -> Signature:
    """The user, now, as the author of a commit of ours."""
    from git_phc.git.encoding import Signature
    from git_phc.host.clock import seconds_from_rfc3339

    actor = ctx.tasks.actor
    return Signature(actor.name, actor.email, seconds_from_rfc3339(ctx.clock.now()))
