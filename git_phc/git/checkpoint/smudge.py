"""Whether git would write a file back as it stands: asked of git, compared as it answers."""

from __future__ import annotations

import io
import os
import re
import subprocess
from collections.abc import Iterable, Iterator
from typing import IO

from git_phc.git import run
from git_phc.git.desk import Desk

PIECE = 1 << 20
_HEAD = re.compile(rb" blob \d+\n\Z")


def not_reproduced(desk: Desk, pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    """The paths of `pairs` (path, blob) whose bytes on disk git would not write back.

    A filter that fails counts as one that gives something else.
    """
    process: subprocess.Popen[bytes] | None = None
    for path, oid in pairs:
        process = process or _started(desk)
        same = _is_same(process, desk, path, oid)
        if same is None:
            _end(process)
            process = None
        if not same:
            yield path
    if process:
        _end(process)


def _started(desk: Desk) -> subprocess.Popen[bytes]:
    words = ("cat-file", "--batch", "--filters", "-z")
    settings = [word for key, value in desk.conversion.items() for word in ("-c", f"{key}={value}")]
    return run.spawn([*settings, *desk.repo.place, *words], cwd=desk.root, env=desk.repo.bounds)


def _end(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe:
            try:
                pipe.close()
            except OSError:
                continue
    process.wait()


def _is_same(process: subprocess.Popen[bytes], desk: Desk, path: str, oid: str) -> bool | None:
    """Compares one file; None when the process died over it, as it does when a filter fails."""
    try:
        with (desk.root / path).open("rb") as file:
            return _compare(process, f"{oid} {path}", file)
    except (EOFError, BrokenPipeError):
        return None


def _compare(process: subprocess.Popen[bytes], asked: str, file: IO[bytes]) -> bool:
    """Whether the answer is what the file holds; the answer is read to its end.

    git tells how long a blob is, and not how long what the filters make of it. So it is asked
    for something that there is not, too: that it says so is the end of the answer.
    """
    nonce = os.urandom(16).hex().encode()
    end = nonce + b" missing\n"
    pipe = process.stdout
    if process.stdin is None or not isinstance(pipe, io.BufferedReader):
        raise EOFError
    process.stdin.write(os.fsencode(asked) + b"\0" + nonce + b" -\0")
    process.stdin.flush()
    if not _HEAD.search(pipe.readline()):
        while not _line(pipe).endswith(end):
            pass
        return False
    return _alike(pipe, b"\n" + end, file)


def _line(pipe: IO[bytes]) -> bytes:
    line = pipe.readline()
    if not line:
        raise EOFError
    return line


def _alike(pipe: io.BufferedReader, end: bytes, file: IO[bytes]) -> bool:
    same, tail = True, b""
    while True:
        piece = pipe.read1(PIECE)
        if not piece:
            raise EOFError
        tail += piece
        if tail.endswith(end):
            rest = tail.removesuffix(end)
            return same and file.read(len(rest)) == rest and not file.read(1)
        cut = max(0, len(tail) - len(end))
        known, tail = tail[:cut], tail[cut:]
        same = same and file.read(len(known)) == known
