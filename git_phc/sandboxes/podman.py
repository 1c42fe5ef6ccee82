"""The sandbox `podman`: a container, whose system is the image that the environment names.

The image has to be on the machine: nothing is fetched here. Where the run may use the network,
the image must have python3, by which the way to the proxy is given. Started by an ordinary user it
needs no root; inside, the user is the same as outside.
"""

from __future__ import annotations

import itertools
import os
import resource
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from git_phc.errors import Refused
from git_phc.host.process import Command
from git_phc.host.programs import answer
from git_phc.plugins import hook
from git_phc.plugins.protocols import Availability
from git_phc.plugins.sandboxes import WAY_OUT, Bounds, Cell, Limits, Sandbox

PROGRAM = "podman"
PATIENCE = 60.0  # seconds in which podman must have answered; the first time it makes its store
MOST = 1 << 20  # open files
ONE_TREE = Path("/sys/fs/cgroup/cgroup.controllers")
# What podman itself goes by: such a variable of a run's would change what happens outside.
ITS_OWN = (
    *("CONTAINERS_", "CONTAINER_", "_CONTAINERS_", "PODMAN_", "XDG_", "DBUS_", "LD_", "TMPDIR"),
    *("GODEBUG", "GOGC", "GOMAXPROCS", "GOMEMLIMIT", "GOTRACEBACK"),
)
CLOSED = (
    *("--rm", "--interactive", "--pull", "never", "--init"),
    *("--cap-drop", "all", "--security-opt", "no-new-privileges", "--http-proxy=false"),
    *("--read-only", "--read-only-tmpfs=false", "--tmpfs", "/run", "--hostname", "sandbox"),
)


class Podman(Sandbox):
    """The sandbox `podman`."""

    name = "podman"
    about = "A container of the image that the environment names, by podman"

    def check(self, path: str | None) -> Availability:
        program = shutil.which(PROGRAM, path=path)
        if program is None:
            return Availability(missing="podman is not on PATH", hint="Install the package podman")
        works, said = answer([program, "info", "--format", "{{.Version.Version}}"], PATIENCE)
        if not works:
            return Availability(
                missing=f"podman can make no container here: {said}",
                hint="See what it says: podman info",
            )
        return Availability(version=said)

    def open(self, bounds: Bounds) -> Container:
        if not bounds.image:
            raise Refused(
                "podman needs an image, and none is named",
                "Name one in the environment: [cloud] image; or use bubblewrap",
            )
        program = str(shutil.which(PROGRAM))
        if not answer([program, "image", "exists", bounds.image], PATIENCE)[0]:
            raise Refused(
                f"the image {bounds.image} is not on this machine",
                f"Get it first: podman pull {bounds.image}",
            )
        _refuse_what_is_ignored(bounds.limits)
        return Container(program, bounds)


def _refuse_what_is_ignored(limits: Limits) -> None:
    """These limits are passed over by podman where an ordinary user has no groups of processes."""
    if (limits.memory or limits.cpus) and os.geteuid() and not ONE_TREE.exists():
        raise Refused(
            "memory and processors cannot be limited here: an ordinary user has no cgroup",
            "Ask for no such limit, or use a system with cgroups of version 2",
        )


class Container(Cell):
    """One run's containers, one for each of its commands."""

    def __init__(self, program: str, bounds: Bounds) -> None:
        self._program, self._bounds = program, bounds
        self._numbers = itertools.count()
        self._names: list[str] = []

    @contextmanager
    def command(self, command: Command) -> Iterator[Command]:
        name = f"git-phc-{self._bounds.mark}-{os.getpid()}-{next(self._numbers)}"
        self._names.append(name)
        given = {key: value for key, value in command.env.items() if key not in ("PATH", "HOME")}
        _refuse_its_own(given)
        words = [self._program, "run", *CLOSED, "--name", name, *_limits(self._bounds.limits)]
        words += [*_view(self._bounds), "--workdir", str(command.cwd)]
        words += ["--env", f"HOME={self._bounds.home}"]
        # By name alone: podman takes the value from its own environment, and none is an argument
        words += itertools.chain.from_iterable(("--env", key) for key in given)
        via = ["python3", *self._bounds.via[1:]] if self._bounds.via else []
        argv = [*words, "--", str(self._bounds.image), *via, *command.argv]
        yield Command(argv, {**_own(os.environ), **given}, command.cwd, command.fds)

    def close(self) -> None:
        if self._names:
            answer([self._program, "rm", "--force", "--ignore", *self._names], PATIENCE)


def _refuse_its_own(given: Mapping[str, str]) -> None:
    for name in given:
        if name.startswith(ITS_OWN):
            raise Refused(
                f"the variable {name} cannot be given to a container: podman goes by it itself",
                "Set it in a script, where it is needed",
            )


def _own(environ: Mapping[str, str]) -> dict[str, str]:
    """What podman needs to know to find its store and its parts."""
    names = ("PATH", "HOME", *(name for name in environ if name.startswith(ITS_OWN)))
    return {name: environ[name] for name in names if name in environ}


def _limits(limits: Limits) -> Iterator[str]:
    yield from ("--pids-limit", str(limits.processes))
    yield from ("--tmpfs", f"/tmp:size={limits.scratch},mode=1777")  # noqa: S108  (its own)
    if limits.memory is not None:
        yield from ("--memory", str(limits.memory), "--memory-swap", str(limits.memory))
    if limits.cpus is not None:
        yield from ("--cpus", str(limits.cpus))
    # Of these podman would ask for more than we may give. Where it has no group of processes, the
    # second holds: for anybody but root.
    for name, kind, wanted in (
        ("nofile", resource.RLIMIT_NOFILE, MOST),
        ("nproc", resource.RLIMIT_NPROC, limits.processes),
    ):
        hard = resource.getrlimit(kind)[1]
        most = wanted if hard == resource.RLIM_INFINITY else min(hard, wanted)
        yield from ("--ulimit", f"{name}={most}:{most}")
    if os.geteuid():
        yield from ("--userns", "keep-id")


def _view(bounds: Bounds) -> Iterator[str]:
    """The deeper path is mounted later here, too; of equals the strictest way is the one given."""
    yield from ("--network", "host" if bounds.open_network else "none")
    ways: dict[Path, tuple[Path, str]] = {
        **{path: (path, "rw") for path in (*bounds.writable, bounds.home)},
        **{path: (path, "ro") for path in bounds.readable if path.exists()},
        **{path: (source, "ro") for path, source in bounds.instead.items()},
        **({WAY_OUT: (bounds.socket, "rw")} if bounds.socket else {}),
    }
    for path in bounds.hidden:
        yield from ("--tmpfs", f"{path}:notmpcopyup")  # else it is filled with what it hides
    for path, (source, way) in ways.items():
        if path in bounds.hidden:
            continue
        if set(f"{path}{source}") & {":", ","}:
            raise Refused(
                f"podman cannot show {path} in a container: its name has a colon or a comma",
                "Use bubblewrap, or another folder",
            )
        yield from ("--volume", f"{source}:{path}:{way}")


@hook
def phc_sandboxes() -> Sequence[Sandbox]:
    """The sandbox `podman`."""
    return [Podman()]
