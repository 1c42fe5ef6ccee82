"""The notes of refs/notes/phc: on a code commit, one sorted line for each task and run.

The tree is laid out as git lays it out: `ab/cdef…`, or `abcdef…` where git wrote a small one;
what git writes, this reads, and what this writes, git reads. Never `git notes add`, which
loses what others add at the same time: the tree is built here, and the ref is moved by
compare-and-swap.

Lines are sorted and unique, so that git's `cat_sort_uniq` merges two notes without a conflict.
"""

from __future__ import annotations

import os
import random
import re
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cache

from git_phc.errors import DamagedTask, LostRace
from git_phc.git import run
from git_phc.git.encoding import BLOB, COMMIT, FILE, FOLDER, Entry, Signature, encode_commit
from git_phc.git.housekeeping import publish
from git_phc.git.objects import Reader, Writer, put_tree, read_many
from git_phc.git.refs import Move, read_ref
from git_phc.git.repo import Repo

REF = "refs/notes/phc"
Folder = Mapping[bytes, Entry]
RACES = 500  # lost races in a row before somebody must look


def add_lines(
    repo: Repo, writer: Writer, new: Mapping[str, Collection[bytes]], *, who: Signature
) -> None:
    """Adds lines to the notes of commits, all in one step; what is there already changes nothing.

    Raises LostRace when others change the notes without a pause.
    """
    for line in (line for lines in new.values() for line in lines):
        if b"\n" in line or not line:
            raise ValueError(f"{line!r} is not one line")
    if not new:
        return
    with Reader(repo) as reader:
        for race in range(1, RACES + 1):
            tip = read_ref(repo, REF)
            try:
                made = with_lines(reader, writer, tip, new, who)
                if made != tip:
                    publish(repo, writer, [Move(REF, tip, made)])
                return
            except LostRace:
                if race == RACES:
                    raise
                time.sleep(random.uniform(0, 0.02))  # noqa: S311  (spreads writers, no secret)


def read(repo: Repo, commits: Sequence[str]) -> dict[str, bytes]:
    """The notes of those of `commits` that have one."""
    tip = read_ref(repo, REF) if commits else None
    if tip is None:
        return {}
    with Reader(repo) as reader:
        folder = cache(reader.tree)
        places = [
            (commit, entry.oid)
            for commit in dict.fromkeys(commits)
            for entry in _entries(folder, f"{tip}^{{tree}}", commit.encode())
        ]
    notes: dict[str, set[bytes]] = {}
    blobs = read_many(repo, (oid for _, oid in places))
    for (commit, _), blob in zip(places, blobs, strict=True):
        notes.setdefault(commit, set()).update(_lines(blob.data if blob else b""))
    return {commit: _note(lines) for commit, lines in notes.items() if lines}


def missing(repo: Repo, tip: str, other: str | None) -> dict[str, set[bytes]]:
    """The lines that the notes of `tip` have and those of `other` have not, by commit.

    Either may come from a remote: a note that is too long is passed over, on both sides. Raises
    DamagedTask for what is no notes, or more than anybody has.
    """
    theirs = _places(repo, other) if other else set()
    places = sorted(_places(repo, tip) - theirs)
    size = len(repo.zero) // 2
    commits = {place[:size] for place in places}
    there = dict(_read_places(repo, sorted(one for one in theirs if one[:size] in commits)))
    found: dict[str, set[bytes]] = {}
    for commit, lines in _read_places(repo, places):
        known = there.get(commit, set())
        if lines is not None and known is not None and (new := lines - known):
            found.setdefault(commit, set()).update(new)
    return found


LONGEST = 256 * 1024  # bytes of one note
LISTING = 12 << 20  # bytes of a list of all notes: a hundred thousand, in 100 MB of memory
CHUNK = 1 << 16


def _places(repo: Repo, tip: str) -> set[bytes]:
    """Each note of a tip: the id of the commit that it is on, and that of its blob, as one word:
    there may be very many.
    """
    found = set()
    for line in map(os.fsdecode, _listing(repo, tip)):
        head, _, path = line.partition("\t")
        commit = path.replace("/", "")
        if len(commit) == len(repo.zero) and _HEX.fullmatch(commit) and head[:7] == "100644 ":
            found.add(bytes.fromhex(commit + head.split(" ")[2]))
    return found


_HEX = re.compile("[0-9a-f]+")


def _listing(repo: Repo, tip: str) -> Iterator[bytes]:
    """What `ls-tree` says of all notes. A few small trees that hold each other can stand for
    more files than there is memory, so no more is read than there can be notes.
    """
    words = [f"--git-dir={repo.git_dir}", "ls-tree", "-r", "-z", "--full-tree", tip]
    process = run.spawn(words, cwd=repo.git_dir)
    left, line, status = LISTING, b"", None
    try:
        while left > 0 and process.stdout and (chunk := process.stdout.read(CHUNK)):
            left -= len(chunk)
            *lines, line = (line + chunk).split(b"\0")
            yield from lines
        if left > 0:
            status = process.wait()
    finally:
        for pipe in filter(None, (process.stdin, process.stdout)):
            pipe.close()
        process.terminate()
        process.wait()
    if status != 0:
        raise DamagedTask(f"{tip[:12]} holds no notes, or more than can be read", "Look: git fsck")


def _read_places(repo: Repo, places: Sequence[bytes]) -> Iterator[tuple[str, set[bytes] | None]]:
    """The lines of each note, None for one that cannot be read or is too long."""
    size = len(repo.zero) // 2
    blobs = read_many(repo, (place[size:].hex() for place in places), LONGEST)
    for place, blob in zip(places, blobs, strict=True):
        lines = None if blob is None or blob.is_cut else _lines(blob.data)
        yield place[:size].hex(), lines


def _entries(folder: Callable[[str], Folder], top: str, commit: bytes) -> Iterator[Entry]:
    """Where the note of `commit` is: one place, or, after a merge by hand, several."""
    tree, rest = folder(top), commit
    while True:
        if rest in tree and not tree[rest].is_folder:
            yield tree[rest]
        below = _below(tree, rest)
        if below is None:
            return
        tree, rest = folder(below.oid), rest[2:]


def with_lines(
    reader: Reader,
    writer: Writer,
    tip: str | None,
    new: Mapping[str, Collection[bytes]],
    who: Signature,
) -> str | None:
    """Stores the commit after `tip` in which the notes have these lines; `tip` where they do."""
    missing = {
        name: rest
        for commit, lines in new.items()
        for name in [commit.encode()]
        if (rest := set(lines) - _known(reader, tip, name))
    }
    if not missing:
        return tip
    top = reader.tree(f"{tip}^{{tree}}") if tip else {}
    tree = _placed(reader, writer, top, missing, is_top=True)
    first = next(iter(missing))[:12].decode()
    more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
    message = f"note on {first}{more}"
    return writer.put(COMMIT, encode_commit(tree, [tip] if tip else [], who, who, message))


def _known(reader: Reader, tip: str | None, commit: bytes) -> set[bytes]:
    entries = _entries(reader.tree, f"{tip}^{{tree}}", commit) if tip else ()
    return {line for entry in entries for line in _lines(reader.get(entry.oid).data)}


def _placed(
    reader: Reader,
    writer: Writer,
    tree: dict[bytes, Entry],
    notes: Mapping[bytes, set[bytes]],
    *,
    is_top: bool = False,
) -> str:
    """Stores `tree` with these lines in the notes, each in the deepest folder that there is.

    At the top a folder is made where none is: 256 of them keep each one small.
    """
    deeper: dict[bytes, dict[bytes, set[bytes]]] = {}
    for rest, new in notes.items():
        old = tree.get(rest)
        lines = new
        if old and not old.is_folder:
            lines = new | _lines(reader.get(old.oid).data)
            del tree[rest]
        if _below(tree, rest) or (is_top and rest[:2] not in tree):
            deeper.setdefault(rest[:2], {})[rest[2:]] = lines
        else:
            tree[rest] = Entry(FILE, writer.put(BLOB, _note(lines)))
    for name, inner in deeper.items():
        below = reader.tree(tree[name].oid) if name in tree else {}
        tree[name] = Entry(FOLDER, _placed(reader, writer, below, inner))
    return put_tree(writer, tree)


def _below(tree: Folder, rest: bytes) -> Entry | None:
    """The folder in `tree` that leads on to the note `rest`."""
    entry = tree.get(rest[:2]) if len(rest) > 2 else None
    return entry if entry and entry.is_folder else None


def _lines(note: bytes) -> set[bytes]:
    return {line for line in note.split(b"\n") if line}


def _note(lines: set[bytes]) -> bytes:
    return b"".join(line + b"\n" for line in sorted(lines))
