"""One kept `git update-ref --stdin`: for whoever moves refs again and again.

Started for each move, git takes ten times as long to start as to move a ref. A move that cannot be
made (a lost race, a ref that is locked) ends the program, as it ends one that was started for it
alone; the next move starts another.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from threading import Lock
from typing import IO

from git_phc.git import run
from git_phc.git.packed import Stamp, stamp
from git_phc.git.refs import transaction
from git_phc.git.repo import Repo
from git_phc.git.run import Result
from git_phc.git.writers import Record

BEGUN, PREPARED, MADE = b"start: ok\n", b"prepare: ok\n", b"commit: ok\n"


class Mover:
    """The program, from its first move on; `close` ends it. Threads may share one.

    Whether refs are synced is a program's own setting: what need not be goes to another one, that
    of `unsynced`.
    """

    def __init__(self, repo: Repo, *, synced: bool = True) -> None:
        self._repo, self._synced = repo, synced
        self._unsynced: Mover | None = None
        self._turn = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._said: IO[bytes] | None = None  # what it writes to its standard error: a file
        self._record: Record | None = None
        self._packed: Stamp = ()  # of the packed refs, from before it was started

    def move(self, lines: bytes, refs: Sequence[str]) -> Result:
        """Makes one transaction of these lines, which are of these refs; how git ended, where it
        could not be made.
        """
        with self._turn:
            done = self._try(lines, refs)
            while done is None:
                done = self._try(lines, refs)
            return done

    @property
    def unsynced(self) -> Mover:
        """One that syncs nothing."""
        with self._turn:
            self._unsynced = self._unsynced or Mover(self._repo, synced=False)
            return self._unsynced

    def close(self) -> None:
        """Ends the program."""
        with self._turn:
            self._end()
            if self._unsynced:
                self._unsynced.close()

    def _try(self, lines: bytes, refs: Sequence[str]) -> Result | None:
        """How it ended, or that the move is made. None where another must try, and nothing has
        moved: it was killed while it had nothing to do, or has read packed refs that are no more.
        """
        process, record, is_new = self._running()
        record.name(refs)
        sys.audit("git_phc.move", refs)  # a pipe is none of the things that Python tells of
        begun, prepared = _ask(process, b"start\0" + lines + b"prepare\0", 2)
        # What is prepared is locked: the values that were compared are what they are now.
        if not is_new and self._packed != stamp(self._repo):
            self._end()
            return None
        if prepared == PREPARED and _ask(process, b"commit\0", 1) == [MADE]:
            record.name([])
            return Result(0, b"", b"")
        done = self._end()
        was_idle = done.status < 0 and begun != BEGUN and not is_new
        return None if was_idle else done

    def _running(self) -> tuple[subprocess.Popen[bytes], Record, bool]:
        if self._process and self._process.poll() is not None:
            self._end()
        is_new = self._process is None
        if self._process is None or self._record is None:
            self._packed = stamp(self._repo)
            self._record = Record(self._repo)
            self._said = tempfile.TemporaryFile()  # noqa: SIM115  (a pipe would fill)
            self._process = run.spawn(
                [f"--git-dir={self._repo.git_dir}", *transaction(synced=self._synced)],
                cwd=self._repo.git_dir,
                stderr=self._said,
                keep_open=self._record.fd,
            )
        return self._process, self._record, is_new

    def _end(self) -> Result:
        process, said, record = self._process, self._said, self._record
        self._process = self._said = self._record = None
        if process is None or said is None or record is None:
            return Result(0, b"", b"")
        for pipe in (process.stdin, process.stdout):
            if pipe:
                with suppress(OSError):
                    pipe.close()
        status = process.wait()
        record.end(was_killed=status < 0)
        with said:
            said.seek(0)
            return Result(status, b"", said.read())


def _ask(process: subprocess.Popen[bytes], words: bytes, count: int) -> list[bytes]:
    """So many lines that it answers with; b"" from where it has ended: how, it tells by its end."""
    if process.stdin is None or process.stdout is None:
        return [b""] * count
    try:
        process.stdin.write(words)
        process.stdin.flush()
    except OSError:
        return [b""] * count
    return [process.stdout.readline() for _ in range(count)]
