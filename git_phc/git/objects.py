"""Git objects: read through one `git cat-file`, one by one or in bulk; and who may write them.

Reading is git's, so that alternates, partial clones, packs and whatever comes next stay its
business. What is written here, `git.loose` writes.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from threading import Lock, Thread
from typing import IO, TYPE_CHECKING, Protocol

from msgspec import Struct

from git_phc.errors import DamagedTask
from git_phc.git import run
from git_phc.git.packed import Stamp, stamp
from git_phc.git.ref_file import oid_in_file
from git_phc.git.repo import Repo

if TYPE_CHECKING:
    from git_phc.git.encoding import Entry, Tree
    from git_phc.git.mover import Mover

LOOK = "See what can be done: git phc doctor"

# Reading


class Object(Struct, frozen=True):
    """An object as it is stored: its id, its kind (`b"blob"`, …) and its bytes.

    `is_cut`: it is longer than the reader wanted any to be, and its bytes are left out.
    """

    oid: str
    kind: bytes
    data: bytes
    is_cut: bool = False


class Reader:
    """One kept `git cat-file --batch`: objects by name, for as long as it is open.

    Asked for a ref by name it sees what the ref is now, so it also serves to watch one.
    A use as a context manager ends the process. Threads may share one.
    """

    def __init__(self, repo: Repo) -> None:
        self.repo = repo
        self._turn = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._packed: Stamp = ()  # of the packed refs, from before the process was

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            if pipe:
                with suppress(OSError):
                    pipe.close()
        process.wait()

    def find(self, name: str | bytes, limit: int | None = None) -> Object | None:
        """The object that `name` means now (an id, a ref, `ref:path`), or None. One of more than
        `limit` bytes is cut.
        """
        return self.find_each([name], limit)[0]

    def find_each(
        self, names: Sequence[str | bytes], limit: int | None = None
    ) -> list[Object | None]:
        """The same of a few names, asked in one go: git is waited for once, not for each."""
        given = [name if isinstance(name, bytes) else os.fsencode(name) for name in names]
        lines = [b"" if b"\n" in line else line for line in given]  # which no object is called
        with self._turn:
            with suppress(OSError, EOFError):  # the process has gone: once more, with a new one
                found = self._ask(lines, limit)
                if self._packed == stamp(self.repo):
                    return found
            self.close()
            try:
                return self._ask(lines, limit)
            except (OSError, EOFError) as error:
                self.close()
                words = ", ".join(os.fsdecode(line) for line in given)
                raise DamagedTask(f"git cannot read the object {words}", LOOK) from error

    def is_at(self, ref: str, oid: str) -> bool:
        """Whether `ref`, a whole name, holds this object now; at times False though it does.

        Where there is a ref of that very name, git means no other by it. Where there is none any
        more, a tag may be called so; who then moves the ref from there loses the race.
        """
        if oid_in_file(self.repo, ref) == oid:  # for a tenth of what an answer of git's costs
            return True
        found = self.find_or_none(ref)
        return found is not None and found.oid == oid

    def find_or_none(self, name: str | bytes) -> Object | None:
        """Like `find`, with None for what is damaged, too."""
        try:
            return self.find(name)
        except DamagedTask:
            return None

    def get(self, name: str | bytes) -> Object:
        """The object that `name` means; raises DamagedTask when there is none."""
        found = self.find(name)
        if found is None:
            raise DamagedTask(
                f"the object {os.fsdecode(name)} is missing from this repository",
                LOOK,
            )
        return found

    def tree(self, name: str | bytes) -> dict[bytes, Entry]:
        """The entries of the tree that `name` means; raises DamagedTask when it is none."""
        # A list of tasks reads no tree, and is the quicker without this module.
        from git_phc.git.encoding import TREE, decode_tree

        found = self.get(name)
        try:
            if found.kind == TREE:
                return decode_tree(found.data, len(found.oid) // 2)
        except ValueError:
            pass
        raise DamagedTask(f"the object {found.oid} is no readable tree", LOOK)

    def _ask(self, lines: Sequence[bytes], limit: int | None) -> list[Object | None]:
        if self._process is None:
            self._packed = stamp(self.repo)
            self._process = spawn_cat_file(self.repo)
        pipe_in, pipe_out = self._process.stdin, self._process.stdout
        if pipe_in is None or pipe_out is None:
            raise EOFError
        pipe_in.write(b"".join(line + b"\n" for line in lines))
        pipe_in.flush()
        return [_parse_one(pipe_out, limit) for _ in lines]


def read_many(
    repo: Repo, names: Iterable[str], limit: int | None = None
) -> Iterator[Object | None]:
    """The objects that `names` mean, in their order, None for each that cannot be read.

    One git process for all of them; its answer is read as it is asked for. Of an object of more
    than `limit` bytes no more than a piece is ever in memory.
    """
    # No object's name holds a newline, so one that does may be asked for as "".
    asked = [b"" if "\n" in name else os.fsencode(name) for name in names]
    read = 0
    with suppress(EOFError):
        for found in _in_bulk(repo, asked, limit):
            read += 1
            yield found
    if read == len(asked):
        return
    repo.git("rev-parse", "--git-dir")  # raises when it is the repository that is unreadable
    with Reader(repo) as reader:  # git stopped at a damaged object: past it, one by one
        for name in asked[read:]:
            yield reader.find_or_none(name)


def _in_bulk(
    repo: Repo, asked: Sequence[bytes], limit: int | None = None
) -> Iterator[Object | None]:
    """As many answers as git gives before it stops, then EOFError."""
    if not asked:
        return
    process = spawn_cat_file(repo, "--buffer")
    if process.stdin is None or process.stdout is None:
        raise EOFError
    # The questions are written from a thread: git does not read on while its answer is not.
    feeder = Thread(target=_feed, args=(process.stdin, asked), daemon=True)
    feeder.start()
    try:
        for _ in asked:
            yield _parse_one(process.stdout, limit)
    finally:
        process.stdout.close()
        process.terminate()  # a reader who wants no more does not wait for the rest
        feeder.join()
        process.wait()


def _feed(pipe: IO[bytes], asked: Sequence[bytes]) -> None:
    with suppress(OSError), pipe:
        pipe.write(b"".join(name + b"\n" for name in asked))


def spawn_cat_file(repo: Repo, *words: str) -> subprocess.Popen[bytes]:
    """A `git cat-file --batch`, to be asked for objects."""
    place = [f"--git-dir={repo.git_dir}", "-c", STREAMED]
    return run.spawn([*place, "cat-file", "--batch", *words], cwd=repo.git_dir)


STREAMED = "core.bigFileThreshold=4m"  # what is larger git passes on in pieces
PIECE = 1 << 16


def _parse_one(pipe: IO[bytes], limit: int | None = None) -> Object | None:
    head = pipe.readline()
    if not head.endswith(b"\n"):
        raise EOFError
    words = head.rstrip(b"\n").rsplit(b" ", 2)
    if len(words) != 3 or not words[2].isdigit():
        return None
    size = int(words[2])
    if limit is not None and size > limit:
        _pass_over(pipe, size + 1)
        return Object(words[0].decode(), words[1], b"", is_cut=True)
    data = pipe.read(size)
    if len(data) != size or not pipe.read(1):  # apart, for a large one is not copied
        raise EOFError
    return Object(words[0].decode(), words[1], data)


def _pass_over(pipe: IO[bytes], size: int) -> None:
    while size:
        read = len(pipe.read(min(size, PIECE)))
        if not read:
            raise EOFError
        size -= read


# Writing


class Writer(Protocol):
    """Stores objects. `put` answers with the id, when the object is safe to name.

    `secure`, `forget` and `mover` are for `git.housekeeping.publish`, which moves refs to what was
    stored.
    """

    def put(self, kind: bytes, data: bytes) -> str: ...
    @property
    def mover(self) -> Mover | None: ...
    def secure(self) -> None: ...
    def forget(self) -> None: ...


def put_tree(writer: Writer, entries: Tree) -> str:
    """Stores one tree."""
    from git_phc.git.encoding import TREE, encode_tree

    return writer.put(TREE, encode_tree(entries))
