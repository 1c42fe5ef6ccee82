"""The sandbox `bubblewrap`: namespaces of the run's own, by the program bwrap; it needs no root.

Inside there are a /tmp, /proc, processes, users and a network of the run's own, no capabilities,
the system for reading, and what the bounds name. The kernel is the machine's.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from git_phc.errors import Refused
from git_phc.host.process import MARKERS, Command
from git_phc.host.programs import answer
from git_phc.plugins import hook
from git_phc.plugins.protocols import Availability
from git_phc.plugins.sandboxes import WAY_OUT, Bounds, Cell, Limits, Sandbox
from git_phc.sandboxes.cgroups import Group, make_group
from git_phc.sandboxes.inside import children, full_inside
from git_phc.sandboxes.system import installed, parts, shown

PROGRAM = "bwrap"
OLDEST = (0, 8)  # --disable-userns

SCRATCH = "/tmp"  # noqa: S108  (the sandbox's own)
# What its files set is the machine's, and root may, who has no capability at all; bwrap covers
# them only where the folder itself looks writable, which /proc/sys never does.
KERNEL = ("sys", "sysrq-trigger", "irq", "bus", "fs", "acpi", "scsi", "asound", "mtrr")
APART = (
    *("--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"),
    *("--disable-userns",),  # what is inside may not make more of the kernel reachable
    *("--cap-drop", "ALL"),
    *("--die-with-parent", "--new-session"),
    # And no host name of its own: a container refuses that, and every task tells where it runs.
)


class Bubblewrap(Sandbox):
    """The sandbox `bubblewrap`."""

    name = "bubblewrap"
    about = "Namespaces of the run's own, by bwrap; needs no root"

    def check(self, path: str | None) -> Availability:
        program = shutil.which(PROGRAM, path=path)
        if program is None:
            return Availability(
                missing="bwrap is not on PATH", hint="Install the package bubblewrap"
            )
        version = answer([program, "--version"])[1]
        found = re.search(r"(\d+)\.(\d+)", version)
        if found is None or (int(found[1]), int(found[2])) < OLDEST:
            wanted = ".".join(map(str, OLDEST))
            return Availability(
                missing=f"{version or 'bwrap'} is too old",
                hint=f"Install bubblewrap {wanted} or later",
            )
        ended, said = answer([program, *APART, "--unshare-net", "--ro-bind", "/", "/", "true"])
        if not ended:
            return Availability(
                missing=f"bwrap can make no sandbox here: {said}",
                hint="Let users make namespaces: see sysctl kernel.unprivileged_userns_clone, "
                "user.max_user_namespaces, and where there is AppArmor its profile for bwrap",
            )
        return Availability(version=found[0])

    def open(self, bounds: Bounds) -> Bubble:
        if bounds.image:
            raise Refused(
                f"bubblewrap has no images, and {bounds.image} is asked for", "Use podman"
            )
        group = make_group(f"git-phc-{bounds.mark}", bounds.limits)
        if group is None:
            _must_do_without(bounds.limits)
        return Bubble(bounds, group)


def _must_do_without(limits: Limits) -> None:
    """Raises Refused where a limit can be held by nothing but a group of processes."""
    asked = {"memory": limits.memory, "processors": limits.cpus}
    names = [name for name, value in asked.items() if value is not None]
    if os.geteuid() == 0:  # whom the kernel lets have as many processes as they like
        names.append("the number of processes")
    if names:
        raise Refused(
            f"{' and '.join(names)} cannot be limited here: no cgroup can be made",
            "Run it as an ordinary user to whom the system gives one (systemd-run --user --scope "
            "-p Delegate=yes), or ask for no such limit",
        )


class Bubble(Cell):
    """One run's namespaces, made anew for each of its commands."""

    def __init__(self, bounds: Bounds, group: Group | None) -> None:
        self._bounds, self._group = bounds, group
        self._told = dict(group.stopped()) if group else {}
        self._full = False

    @contextmanager
    def command(self, command: Command) -> Iterator[Command]:
        words = [*namespaces(self._bounds), *view(self._bounds, self._programs(command.argv[0]))]
        words += [*_environment(command), "--chdir", str(command.cwd)]
        with tempfile.TemporaryFile() as told:  # arguments can be read by everybody, this cannot
            told.write(b"".join(os.fsencode(word) + b"\0" for word in words))
            told.seek(0)
            argv = [*self._around(told.fileno()), *self._bounds.via, *command.argv]
            marks = {name: command.env[name] for name in MARKERS if name in command.env}
            env = {"PATH": os.environ.get("PATH", os.defpath), **marks}
            yield Command(argv, env, command.cwd, [*command.fds, told.fileno()])

    def _programs(self, first: str) -> Iterator[Path]:
        """Programs of the user's own, outside the system; and what is needed of this one."""
        path, home = os.environ.get("PATH", os.defpath), Path(os.environ.get("HOME") or "/")
        yield from installed(path, home)
        for word in (first, *self._bounds.via[:1]):
            if program := shutil.which(word, path=path):
                yield from parts(Path(program), home)

    def _around(self, told: int) -> Sequence[str]:
        # Never looked for on the command's own PATH: that one may be a repository's word
        bwrap = [str(shutil.which(PROGRAM)), "--args", str(told), "--"]
        if self._group:
            return [*self._group.enter, *bwrap]
        # Inside, where the kernel counts what is in this sandbox and nothing else of the user's
        most = self._bounds.limits.processes
        return [*bwrap, "prlimit", f"--nproc={most}:{most}", "--"]

    def look(self) -> None:
        self._full |= any(full_inside(pid, SCRATCH) for pid in children())

    def troubles(self) -> Sequence[str]:
        limits, said = self._bounds.limits, []
        if self._full:
            said.append(f"{SCRATCH} was full: the sandbox lets it hold {limits.scratch} bytes")
            self._full = False
        return [*said, *self._stopped()]

    def _stopped(self) -> Sequence[str]:
        if self._group is None:
            return ()
        before, self._told = self._told, dict(self._group.stopped())
        limits, said = self._bounds.limits, []
        if (times := self._told["pids"] - before["pids"]) > 0:
            said.append(
                f"the sandbox let it have no more than {limits.processes} processes at once, "
                f"and refused {times}"
            )
        if (times := self._told["memory"] - before["memory"]) > 0:
            said.append(
                f"the sandbox ended {times} of its processes: all took {limits.memory} bytes"
            )
        return said

    def close(self) -> None:
        if self._group:
            self._group.close()


def namespaces(bounds: Bounds) -> Iterator[str]:
    """What the run has for itself."""
    yield from APART
    if not bounds.open_network:
        yield "--unshare-net"
    yield from ("--proc", "/proc", "--dev", "/dev")
    for name in KERNEL:
        yield from ("--ro-bind-try", f"/proc/{name}", f"/proc/{name}")
    for place in (SCRATCH, f"/var{SCRATCH}"):
        yield from ("--size", str(bounds.limits.scratch), "--tmpfs", place)
    yield from ("--tmpfs", "/run")


def view(bounds: Bounds, own: Iterable[Path]) -> Iterator[str]:
    """What it sees of the machine: the deeper path decides, and of equals the stricter way."""
    if bounds.open_network:
        yield from ("--ro-bind-try", "/etc/resolv.conf", "/etc/resolv.conf")
    for path in shown():
        if path.is_symlink() and path.parent == Path("/"):  # /bin, where it is one with /usr/bin
            yield from ("--symlink", os.fspath(path.readlink()), str(path))
        else:
            yield from ("--ro-bind-try", str(path), str(path))
    ways: list[tuple[Path, int, str, Path | None]] = [
        *((path, 0, "--ro-bind-try", path) for path in own if not _is_in(path, bounds)),
        *((path, 1, "--bind", path) for path in (*bounds.writable, bounds.home)),
        *((path, 2, "--ro-bind-try", path) for path in bounds.readable),
        *((path, 3, "--ro-bind", source) for path, source in bounds.instead.items()),
        *((path, 3, "--tmpfs", None) for path in bounds.hidden),
        *((WAY_OUT, 3, "--bind", socket) for socket in filter(None, [bounds.socket])),
    ]
    for path, _, way, source in sorted(ways, key=lambda one: (len(one[0].parts), one[1])):
        yield from (way, *([str(source)] if source else []), str(path))


def _is_in(path: Path, bounds: Bounds) -> bool:
    """Whether it is part of what the run may change: a virtual environment in the workspace."""
    return any(path.is_relative_to(folder) for folder in bounds.writable)


def _environment(command: Command) -> Iterator[str]:
    """By bwrap itself, once it is inside: a variable may change what a program outside does."""
    yield "--clearenv"
    for name, value in command.env.items():
        yield from ("--setenv", name, value)


@hook
def phc_sandboxes() -> Sequence[Sandbox]:
    """The sandbox `bubblewrap`."""
    return [Bubblewrap()]
