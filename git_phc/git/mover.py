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
from git_phc.git.refs import transaction
from git_phc.git.repo import Repo
from git_phc.git.run import Result
from git_phc.git.writers import Record

BEGUN, MADE = b"start: ok\n", b"commit: ok\n"


class Mover:
    """The program, from its first move on; `close` ends it. Threads may share one."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo
        self._turn = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._said: IO[bytes] | None = None  # what it writes to its standard error: a file
        self._record: Record | None = None

    def move(self, script: bytes, refs: Sequence[str]) -> Result:
        """Makes one transaction, from `start` to `commit`, of these refs; how git ended, where it
        could not be made.
        """
        with self._turn:
            done, has_begun = self._try(script, refs)
            if done.status < 0 and not has_begun:  # killed while it had nothing to do
                done, _ = self._try(script, refs)
            return done

    def close(self) -> None:
        """Ends the program."""
        with self._turn:
            self._end()

    def _try(self, script: bytes, refs: Sequence[str]) -> tuple[Result, bool]:
        """How it ended, or that the move is made; whether it had begun."""
        process, record = self._running()
        record.name(refs)
        sys.audit("git_phc.move", refs)  # a pipe is none of the things that Python tells of
        lines = [b""]
        with suppress(OSError):  # it has gone: how, it tells by its end
            lines = _ask(process, script)
        if lines[-1] == MADE:
            record.name([])
            return Result(0, b"", b""), True
        return self._end(), lines[0] == BEGUN

    def _running(self) -> tuple[subprocess.Popen[bytes], Record]:
        if self._process and self._process.poll() is not None:
            self._end()
        if self._process is None or self._record is None:
            self._record = Record(self._repo)
            self._said = tempfile.TemporaryFile()  # noqa: SIM115  (a pipe would fill)
            self._process = run.spawn(
                [f"--git-dir={self._repo.git_dir}", *transaction()],
                cwd=self._repo.git_dir,
                stderr=self._said,
                keep_open=self._record.fd,
            )
        return self._process, self._record

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


def _ask(process: subprocess.Popen[bytes], script: bytes) -> list[bytes]:
    """Its answers to `start`, `prepare` and `commit`: a line each, b"" from where it ended."""
    if process.stdin is None or process.stdout is None:
        raise OSError
    process.stdin.write(script)
    process.stdin.flush()
    return [process.stdout.readline() for _ in range(3)]
