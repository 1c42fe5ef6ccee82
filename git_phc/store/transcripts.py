"""Transcripts: what agents said and did, whole, in immutable segments.

A run writes a journal, one JSON record a line, already redacted. Whole lines of it move to
`refs/phc/runs/<task>` as files `<run>/000001.jsonl`, … of about 256 KiB; a segment never
changes. In `<run>/session/<turn>/` are the agent's own files of the conversation, as they were
after that turn. The bytes of a run's segments, one after the other, are the beginning of its
journal, so that how much has been moved is known from the ref alone.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from git_phc.errors import DamagedTask
from git_phc.git.encoding import BLOB, COMMIT, FILE, FOLDER, Entry, Signature, encode_commit
from git_phc.git.names import stays_inside
from git_phc.git.objects import Writer, put_tree, read_many
from git_phc.git.refs import Move, read_ref
from git_phc.git.repo import Repo
from git_phc.model.ids import TaskId
from git_phc.store import layout

SEGMENT = 256 * 1024  # bytes, about
JOURNAL = "journal.jsonl"
SESSION = "session"  # the folder, beside the segments, of the agent's own files by turn


class Segment(Struct, frozen=True):
    """One stored piece of a run's transcript."""

    run: str
    name: str
    oid: str
    size: int


def journal_file(repo: Repo, run: str) -> Path:
    """Where a run that works here writes its journal."""
    return layout.run_folder(repo, run) / JOURNAL


def segments(repo: Repo, task: TaskId, run: str = "") -> list[Segment]:
    """The stored segments of one run, or of all, in the order of their names."""
    tip = read_ref(repo, layout.runs_ref(task))
    return _segments(repo, tip, run) if tip else []


def has_run(repo: Repo, task: TaskId, run: str) -> bool:
    """Whether anything is stored of a run."""
    return repo.git("cat-file", "-e", f"{layout.runs_ref(task)}:{run}", ok=()).ok


def _segments(repo: Repo, tip: str, run: str = "") -> list[Segment]:
    listing = repo.git("ls-tree", "-r", "-l", "-z", "--full-tree", tip, *filter(None, [run]), ok=())
    if not listing.ok:
        raise _damaged()
    found = []
    for line in listing.out.split(b"\0"):
        head, tab, path = line.partition(b"\t")
        if tab and not _is_session(path):
            _, _, oid, size = head.split()
            if not size.isdigit():  # git says BAD of a blob that is missing
                raise _damaged()
            folder, _, name = os.fsdecode(path).partition("/")
            found.append(Segment(folder, name, oid.decode(), int(size)))
    return found


def _is_session(path: bytes) -> bool:
    return path.split(b"/")[1:2] == [SESSION.encode()]


def session_files(repo: Repo, task: TaskId, run: str, turn: int | None = None) -> dict[str, bytes]:
    """The agent's own files of its conversation, as they were after a turn of a run; without
    `turn`, after the last one that they were kept of. None at all where one of them has a name
    that leads elsewhere: an agent would be given what nobody's run has kept.
    """
    tip = read_ref(repo, layout.runs_ref(task))
    if tip is None:
        return {}
    kept = _entries(repo, tip, f"{run}/{SESSION}/")
    last = max((int(name) for name in kept if name.isdigit()), default=0)
    prefix = f"{run}/{SESSION}/{last if turn is None else turn}/"
    listing = repo.git("ls-tree", "-r", "-z", "--full-tree", tip, prefix, ok=())
    found = [line.partition(b"\t") for line in listing.out.split(b"\0") if line]
    blobs = read_many(repo, (head.split()[2].decode() for head, _, _ in found))
    names = [os.fsdecode(path)[len(prefix) :] for _, _, path in found]
    if not all(name.isprintable() and stays_inside(name) for name in names):
        return {}
    return {name: blob.data for name, blob in zip(names, blobs, strict=True) if blob}


def _entries(repo: Repo, tip: str, folder: str = "") -> dict[bytes, Entry]:
    """What is in one folder (its name ends with `/`), by name."""
    listing = repo.git("ls-tree", "-z", "--full-tree", tip, *filter(None, [folder]), ok=()).out
    found = {}
    for line in filter(None, listing.split(b"\0")):
        head, _, path = line.partition(b"\t")
        words = head.split()
        found[path.rpartition(b"/")[2]] = Entry(int(words[0], 8), words[2].decode())
    return found


def _damaged() -> DamagedTask:
    return DamagedTask(
        "a part of the transcript is missing from this repository",
        "See what can be done: git phc doctor",
    )


def lines(repo: Repo, task: TaskId, run: str, start: int = 0) -> Iterator[bytes]:
    """Every whole record of a run from byte `start` on (where a line begins), without its
    newline: stored ones first, then those still in the journal here.
    """
    end = 0
    for segment in segments(repo, task, run):
        begin, end = end, end + segment.size
        if end > start:
            for blob in read_many(repo, [segment.oid]):
                if blob is None:
                    raise _damaged()
                yield from blob.data[max(0, start - begin) :].split(b"\n")[:-1]
    yield from journal_lines(journal_file(repo, run), max(start, end))


def journal_lines(journal: Path, start: int) -> Iterator[bytes]:
    try:
        with journal.open("rb") as file:
            file.seek(start)
            for line in file:
                if line.endswith(b"\n"):  # a torn last line is not finished yet, or never
                    yield line[:-1]
    except FileNotFoundError:
        return


def end_torn_record(journal: Path) -> None:
    """Mends what a writer left that was killed in the middle of a record: what there is of it
    is made a whole record, so that it is not lost.
    """
    with journal.open("r+b") as file:
        begin = file.read().rfind(b"\n") + 1
        file.seek(begin)
        torn = file.read()
        if torn:
            file.seek(begin)
            file.truncate()
            file.write(_mended(torn) + b"\n")


def _mended(torn: bytes) -> bytes:
    # The cut may go through a character or an escape of it; the longest is twelve bytes.
    for end in range(len(torn), max(0, len(torn) - 13), -1):
        for close in (b'"}', b"}"):
            whole = torn[:end] + close
            try:
                json.loads(whole)
            except ValueError:
                continue
            return whole
    return torn


class Transcript:
    """Moves one run's journal into the ref. Only the claim's holder has one."""

    def __init__(self, repo: Repo, writer: Writer, task: TaskId, run: str) -> None:
        self._repo, self._writer, self._task, self._run = repo, writer, task, run
        self._ref = layout.runs_ref(task)
        self._tip = read_ref(repo, self._ref)
        self._top: Mapping[bytes, Entry] | None = None  # what the tip holds, once it is our own
        known = _segments(repo, self._tip, run) if self._tip else []
        self._entries = {s.name.encode(): Entry(FILE, s.oid) for s in known}
        self._moved = sum(s.size for s in known)
        self._sessions = _entries(repo, self._tip, f"{run}/{SESSION}/") if self._tip else {}

    def put_full(self, who: Signature) -> None:
        """Brings into the ref what fills whole segments already."""
        self._store(at_least=SEGMENT)
        self._name(who, "transcript")

    def keep_session(self, turn: int, files: Mapping[str, bytes]) -> None:
        """Puts the agent's own files of its conversation, as they are after that turn, beside
        the segments, when those are next named. Names are relative, with `/`.
        """
        if files:
            self._sessions[b"%d" % turn] = Entry(FOLDER, _folder(self._writer, files))

    def flush(self, who: Signature, message: str) -> bool:
        """Brings every whole line of the journal into the ref; says whether there were any."""
        self._store(at_least=1)
        return self._name(who, message)

    def _name(self, who: Signature, message: str) -> bool:
        from git_phc.git.housekeeping import publish

        top = dict(self._top if self._top is not None else self._read_top())
        entries = dict(self._entries)
        if self._sessions:
            kept = put_tree(self._writer, self._sessions)
            entries[SESSION.encode()] = Entry(FOLDER, kept)
        folder = put_tree(self._writer, entries) if entries else None
        if folder is None or top.get(self._run.encode()) == Entry(FOLDER, folder):
            return False
        top[self._run.encode()] = Entry(FOLDER, folder)
        parents = [self._tip] if self._tip else []
        tree = put_tree(self._writer, top)
        new = self._writer.put(COMMIT, encode_commit(tree, parents, who, who, message))
        publish(self._repo, self._writer, [Move(self._ref, self._tip, new)])
        self._tip, self._top = new, top
        return True

    def _read_top(self) -> Mapping[bytes, Entry]:
        return _entries(self._repo, self._tip) if self._tip else {}

    def _store(self, at_least: int) -> None:
        journal = journal_file(self._repo, self._run)
        try:
            with journal.open("rb") as file:
                os.fsync(file.fileno())
                file.seek(self._moved)
                while piece := _whole_lines(file.read(SEGMENT), file.readline, at_least):
                    name = b"%06d.jsonl" % (len(self._entries) + 1)
                    self._entries[name] = Entry(FILE, self._writer.put(BLOB, piece))
                    self._moved += len(piece)
        except FileNotFoundError:
            return


def _folder(writer: Writer, files: Mapping[str, bytes]) -> str:
    """A tree of these files, with their folders."""
    here: dict[bytes, Entry] = {}
    below: dict[str, dict[str, bytes]] = {}
    for name, data in files.items():
        head, slash, rest = name.partition("/")
        if slash:
            below.setdefault(head, {})[rest] = data
        else:
            here[name.encode()] = Entry(FILE, writer.put(BLOB, data))
    for head, inner in below.items():
        here[head.encode()] = Entry(FOLDER, _folder(writer, inner))
    return put_tree(writer, here)


def _whole_lines(piece: bytes, more: Callable[[], bytes], at_least: int) -> bytes:
    """`piece` up to the end of a line; the line that it cuts is read to its end by `more`."""
    if len(piece) < at_least:
        return b""
    if piece and not piece.endswith(b"\n"):
        piece += more()
    return piece[: piece.rfind(b"\n") + 1]
