"""Processes: started in a session of their own, and ended with all that they started.

An agent's descendants are found twice: by its process group, and by a variable in their
environment (`PHC_RUN`), which survives a double fork and a new session. Nothing is signalled
that is not in the group or does not carry the marker.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from typing import IO

from msgspec import Struct

MARKER = "PHC_RUN"
# What a task's setup has left running (a server, say) stays beyond the run, until the task ends:
# it carries this one, too, with the task's id, and is no part of the run.
SETUP_MARKER = "PHC_SETUP"
GRACE = 5.0  # seconds between asking a process to end and ending it
SETTLE = 2.0  # seconds in which a killed process must be gone


class Command(Struct, frozen=True):
    """What is to be started: words, whole environment, folder, and descriptors that it inherits."""

    argv: Sequence[str]
    env: Mapping[str, str]
    cwd: Path
    fds: Sequence[int] = ()


Within = Callable[[Command], AbstractContextManager[Command]]
"""Makes of a command the one that runs it within bounds; see `plugins.sandboxes`."""


def spawn_group(
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    stdin: int | IO[bytes],
    stdout: int | IO[bytes] = subprocess.PIPE,
    stderr: int | IO[bytes] = subprocess.PIPE,
    within: Within | None = None,
) -> subprocess.Popen[bytes]:
    """Starts `argv` in a session and group of its own, its output in pipes.

    An agent whose errors nobody reads as it runs is given a file for `stderr`: a pipe that is
    not read fills up, and the agent stands still. Raises OSError when it cannot be started.
    """
    with (within or nullcontext)(Command(argv, env, cwd)) as command:
        return subprocess.Popen(  # noqa: S603  (the user's own command, as a list)
            command.argv,
            cwd=command.cwd,
            env=command.env,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
            pass_fds=command.fds,
        )


def spawn_detached(
    argv: Sequence[str], *, env: Mapping[str, str], log: Path, stdin: int = subprocess.DEVNULL
) -> subprocess.Popen[bytes]:
    """Starts a process that outlives this one: no terminal, its talk in `log`."""
    # A handle that is dropped while its process lives would warn; it is reaped here, later.
    _detached[:] = [process for process in _detached if process.poll() is None]
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as out:
        process = subprocess.Popen(  # noqa: S603
            argv,
            cwd="/",  # so that it keeps no folder busy
            env=env,
            stdin=stdin,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    _detached.append(process)
    return process


_detached: list[subprocess.Popen[bytes]] = []


def drain(pipe: int, env: Mapping[str, str]) -> None:
    """Somebody still writes into a pipe of which we have read enough: their words go nowhere
    from now on, but do not fail for want of a reader. Ends when they do.
    """
    with suppress(OSError):
        process = subprocess.Popen(
            ["cat"], cwd="/", env=env, stdin=pipe, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        _detached.append(process)


def end_group(process: subprocess.Popen[bytes], grace: float = GRACE) -> None:
    """Asks the process's whole group to end, waits `grace` seconds, then ends it."""
    _signal_group(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(grace)
    _signal_group(process.pid, signal.SIGKILL)
    process.wait()


def end_within(process: subprocess.Popen[bytes], seconds: float) -> int | None:
    """The exit code of a process that ends in that time; None where it had to be ended."""
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return None


def end_tree(process: subprocess.Popen[bytes]) -> None:
    """Ends a process of our own group, and all that it has started."""
    import psutil

    with suppress(psutil.Error):
        tree = psutil.Process(process.pid)
        for one in [tree, *tree.children(recursive=True)]:
            with suppress(psutil.Error):
                one.kill()
    process.wait()


def _signal_group(group: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def sweep(mark: str, grace: float = GRACE, *, setup: bool = False) -> int:
    """Ends every process whose environment says `PHC_RUN=<mark>`; says how many there were.
    With `setup` those of a task's setup, whose id `mark` is then.

    Looks again until none is left, since a process may have forked while it was looked for.
    """
    ended: set[int] = set()
    deadline = time.monotonic() + grace + SETTLE
    while (found := marked(mark, setup=setup)) and time.monotonic() < deadline:
        gentle = time.monotonic() < deadline - SETTLE and not ended.issuperset(found)
        for pid in found:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGTERM if gentle else signal.SIGKILL)
        ended.update(found)
        _wait_while_marked(mark, min(grace, 0.5) if gentle else 0.05, setup=setup)
    return len(ended)


def _wait_while_marked(mark: str, seconds: float, *, setup: bool) -> None:
    until = time.monotonic() + seconds
    while marked(mark, setup=setup) and time.monotonic() < until:
        time.sleep(0.01)


class Standing(Struct, frozen=True):
    """A process whose working folder is in question, and the run that it carries the mark of."""

    pid: int
    command: str
    mark: str | None


def standing_in(folder: Path) -> list[Standing]:
    """The processes whose working folder is in `folder`, as far as the system tells us; without
    this one.
    """
    import psutil

    found = []
    root = str(folder.resolve())
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            place = process.cwd()
            if process.pid == os.getpid() or not (place == root or place.startswith(root + os.sep)):
                continue
            mark = None
            with suppress(psutil.Error, OSError):
                mark = process.environ().get(MARKER)
            command = " ".join(process.cmdline()) or process.name()
            found.append(Standing(process.pid, command, mark))
    return found


def marked(mark: str, *, setup: bool = False) -> list[int]:
    """The live processes that carry this mark, but for this one."""
    return marked_runs(setup=setup).get(mark, [])


def marked_runs(*, setup: bool = False) -> dict[str, list[int]]:
    """The live processes that carry a mark, by mark; this one is left out."""
    found: dict[str, list[int]] = {}
    for pid, carried in _in_proc() if (PROC / "self/environ").exists() else _by_psutil():
        task = carried.get(SETUP_MARKER)
        mark = task if setup else "" if task else carried.get(MARKER)
        if mark and pid != os.getpid():
            found.setdefault(mark, []).append(pid)
    return found


PROC = Path("/proc")  # as Linux has it: there a look at all processes needs no library
MARKERS = (MARKER, SETUP_MARKER)
EXEC = 1.0  # seconds in which a program must have been put in place of another
FILLED = 0.01  # seconds in which its environment must have been put there, if it has one
ARG_MAX = 6 << 20  # bytes of an environment; Linux takes no more, whatever the limits
PF_KTHREAD = 0x200000  # the kernel's flag of its own threads


def _in_proc() -> Iterator[tuple[int, Mapping[str, str]]]:
    wanted = tuple(f"{name}=".encode() for name in MARKERS)
    for folder in PROC.iterdir():
        if not folder.name.isdecimal():
            continue
        try:  # reading alone: `exists` or a glob would raise what it does not expect (ESRCH)
            variables = _variables(folder)
        except OSError:  # it has ended, or is another user's
            continue
        found = [os.fsdecode(v) for v in variables.split(b"\0") if v.startswith(wanted)]
        if found:
            yield int(folder.name), dict(v.split("=", 1) for v in reversed(found))


def _variables(folder: Path) -> bytes:
    """A process's environment as it was given it; none where it waits to be reaped. One that is
    just being made another program (exec) has none for a moment, and is looked at again.
    """
    began = time.monotonic()
    while not (found := _read_at_once(folder / "environ")):
        if time.monotonic() - began > _patience(folder):
            break
        time.sleep(0.001)
    return found


def _read_at_once(file: Path) -> bytes:
    """By one call: a second one may find that the process is another program by then."""
    with file.open("rb", buffering=0) as opened:
        return opened.read(ARG_MAX)


def _patience(folder: Path) -> float:
    """For how many seconds a process that shows no environment may yet show one."""
    state, *rest = (folder / "stat").read_bytes().rpartition(b")")[2].split()
    flags, start, end = int(rest[5]), int(rest[46]), int(rest[47])  # 9, 50 and 51 of proc(5)
    if flags & PF_KTHREAD or state in b"ZXx":
        return 0
    return EXEC if start != end or end == 0 else FILLED


def _by_psutil() -> Iterator[tuple[int, Mapping[str, str]]]:
    import psutil

    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.status() != psutil.STATUS_ZOMBIE:
                environ = process.environ()
                yield process.pid, {n: environ[n] for n in MARKERS if n in environ}
