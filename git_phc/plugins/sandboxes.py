"""What a sandbox is to us: it keeps an agent's processes within bounds that it is told.

A sandbox is a class of a plugin, made from `Sandbox`. For each run it opens a `Cell`; whoever
starts a process of the run (the agents' adapters, the setup) starts what the cell makes of its
command. The supervisor, which writes the task's refs, stays outside.

It never steps down in silence: what it cannot hold, it refuses by `check`, or when it is opened.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from msgspec import Struct, field

from git_phc.host.process import Command
from git_phc.plugins.protocols import Availability

PROCESSES = 4096  # that a run may have at once, threads too, where nobody says otherwise
WAY_OUT = Path("/run/git-phc/proxy")
SCRATCH = 4 << 30  # bytes that its /tmp may hold, where nobody says otherwise


class Limits(Struct, frozen=True):
    """What a run may take of the machine. One that cannot be set refuses the run.

    Attributes:
        processes: at once, threads too.
        scratch: bytes in its /tmp.
        memory: bytes, of all processes together; None for no limit.
        cpus: processors, 0.5 for half of one; None for no limit.
    """

    processes: int = PROCESSES
    scratch: int = SCRATCH
    memory: int | None = None
    cpus: float | None = None


class Bounds(Struct, frozen=True):
    """What the processes of a run may see and touch. Each path is inside what it is outside.

    Attributes:
        mark: the run's; a name for what the sandbox makes on this machine.
        cwd: the workspace's root.
        home: a folder of the task's own, writable, which is HOME inside.
        writable: folders and files that it may change, the workspace among them.
        readable: folders and files that it may read, also such as lie in a writable one, and
            what is called the same there is then safe from it. Beside them it may read the
            system (/usr and the like).
        hidden: folders below one of the former whose content is not to be seen.
        instead: for a path, the file or folder that is shown in its place, for reading.
        socket: the only way to the network, a unix socket that is seen inside as `WAY_OUT`,
            since a socket's path must be short; None for no way.
        open_network: whether it has the machine's own network. Never by default.
        via: words before each command, run inside: what gives it the way to the socket.
        image: the image of a container that is its system, for a sandbox that has such.
        limits: see there.
    """

    mark: str
    cwd: Path
    home: Path
    writable: Sequence[Path] = ()
    readable: Sequence[Path] = ()
    hidden: Sequence[Path] = ()
    instead: Mapping[Path, Path] = field(default_factory=dict)
    socket: Path | None = None
    open_network: bool = False
    via: Sequence[str] = ()
    image: str | None = None
    limits: Limits = Limits()


class Cell(ABC):
    """A sandbox that was made for one run."""

    @abstractmethod
    def command(self, command: Command) -> AbstractContextManager[Command]:
        """The command that runs `command` inside. What it needs (descriptors, say) is there
        until the context is left; it is started before.

        `command.env` is the whole environment inside, HOME and PATH too. None of it may come
        into an argument, where others could read it.
        """

    def look(self) -> None:  # noqa: B027  (most have nothing to look at)
        """Called some times a second while something runs inside: sees what is gone afterwards."""

    def troubles(self) -> Sequence[str]:
        """What it has stopped since it was last asked, as far as it is told; a sentence each."""
        return ()

    @abstractmethod
    def close(self) -> None:
        """Ends what is left inside, and takes away what was made for it."""


class Sandbox(ABC):
    """A way to keep a run within bounds.

    Attributes:
        name: the name that users type.
        about: one line for users.
    """

    name: str
    about: str = ""

    @abstractmethod
    def check(self, path: str | None) -> Availability:
        """Whether it works on this machine; quick. It tries, rather than looks for a program.

        `path` is the user's PATH. Where something is missing, the hint names the package.
        """

    @abstractmethod
    def open(self, bounds: Bounds) -> Cell:
        """Makes a cell. Raises PhcError when the bounds cannot be held."""
