"""A whole checkout as entries of a tree: taking stores them, comparing looks at their ids."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from git_phc.errors import PhcError
from git_phc.git.checkpoint.chunks import PIECE, cut
from git_phc.git.checkpoint.conversion import Rules, filtered, read_rules
from git_phc.git.checkpoint.exact import Blobs, odd_files, stored
from git_phc.git.checkpoint.flags import read_flags, sparse_settings
from git_phc.git.checkpoint.folders import git_mode, modes_seen
from git_phc.git.checkpoint.index_form import raw_index, special_of
from git_phc.git.checkpoint.keep import Kept, kept_objects
from git_phc.git.checkpoint.layers import Layers, read_layers, trees_of
from git_phc.git.checkpoint.nested import uncarried_of
from git_phc.git.checkpoint.observe import Bystanders, Seen, observe
from git_phc.git.checkpoint.shelf import Shelf
from git_phc.git.checkpoint.stashform import Trees
from git_phc.git.checkpoint.state import State, read_state
from git_phc.git.checkpoint.witness import renew, save
from git_phc.git.desk import Desk
from git_phc.git.encoding import FILE, FOLDER, Entry
from git_phc.git.names import bytes_from_names
from git_phc.git.objects import Reader, Writer
from git_phc.host.beside import Beside

LONG = 1000
"""So many files looked at once more make it worth while to remember anew."""

MAX_BLOB = 45 << 20
"""The biggest blob that is stored in one piece, in bytes."""

MOST = 1 << 40
"""Bytes of all files that are bigger. Holes make a file as long as anybody likes for nothing."""


class Scene(Struct, frozen=True):
    """What was found, stored or waiting on the shelf.

    Attributes:
        entries: the state, as the entries of a link's tree; the same state has the same ids.
        raw: the raw index where a tree cannot say what it holds.
        stashable: whether git's own form can say where HEAD and index stand.
    """

    head: str | None
    branch: str | None
    trees: Trees
    entries: dict[bytes, Entry]
    raw: Path | None
    kept: Kept
    has_untracked: bool
    stashable: bool
    uncarried: tuple[str, ...]
    left_out: tuple[str, ...]
    rules: Rules


class Scanner:
    """Turns a checkout into objects; blobs of files are stored, the rest waits on the shelf."""

    def __init__(
        self,
        desk: Desk,
        reader: Reader,
        writer: Writer,
        shelf: Shelf,
        max_blob: int,
        *,
        trusting: bool = True,
        also: Collection[str] = (),
        company: Bystanders | None = None,
    ) -> None:
        self._desk = desk
        self._company = company
        self._also = also
        self._reader = reader
        self._writer = writer
        self._shelf = shelf
        self._max_blob = max_blob
        self._trusting = trusting

    def scan(self) -> Scene:
        desk, shelf = self._desk, self._shelf
        with Beside() as beside:  # small questions, while the big one is asked
            operations = beside.submit(read_state, desk)
            beside.submit(self._reader.find, "HEAD")  # starts it; it is needed soon
            seen, rules = self._look()
        state, sparse = operations.result(), sparse_settings(desk.repo) if rules.sparse else None
        if self._company:
            state = State(state.files, self._company.without_refs(state.refs))
        head, branch = seen.status.head, seen.status.branch or branch_of(desk)
        layers = read_layers(desk, seen, rules, shelf, self._max_blob)
        trees = trees_of(shelf, self._reader, head, layers)
        special = special_of(desk, seen)
        stashable = head is not None and not seen.listing.conflicts
        words = special.oids | state.words() | {*self._also}
        kept = kept_objects(desk, shelf, words, head, with_head=not stashable)
        blobs = {
            b"head": f"{head or ''}\n{branch or ''}\n".encode(errors="surrogateescape"),
            b"index.special": special.encode(),
            b"modes": modes_seen(seen).encode(),
            b"folders": bytes_from_names(seen.bare),
            b"kept": kept.encode(),
        }
        entries = {name: Entry(FILE, shelf.blob(data)) for name, data in blobs.items()}
        parts = {
            b"work": trees.work,
            b"index": trees.index,
            b"untracked": trees.untracked,
            b"flags": self._folder(read_flags(desk, seen.listing, sparse).encode()),
            b"state": self._state(state),
        }
        entries |= {name: Entry(FOLDER, oid) for name, oid in parts.items()}
        entries |= self._exact(seen, rules, layers)
        raw = raw_index(desk) if special.lines else None
        outside = uncarried_of(desk, seen)
        any_new = bool(layers.untracked)
        left = tuple(sorted(layers.left_out))
        return Scene(
            head, branch, trees, entries, raw, kept, any_new, stashable, outside, left, rules
        )

    def _look(self) -> tuple[Seen, Rules]:
        """Looks, and once more at everything if the rules have changed since the last time."""
        seen = observe(self._desk, trusting=self._trusting, company=self._company)
        rules = read_rules(self._desk, seen)
        if seen.witness and seen.witness.rules != rules.digest:
            seen = observe(self._desk, trusting=False, company=self._company)
        return seen, rules

    def _remember(self, seen: Seen, rules: Rules, odd: set[str]) -> None:
        """Keeps what was found for the next look, where that has less to do then."""
        sweep, listing, known = seen.sweep, seen.listing, seen.witness
        if not self._trusting or not listing.is_plain or not self._desk.index.exists():
            return
        if known is None or len(seen.looked_at) > LONG or listing.text != known.listing:
            save(self._desk, listing, sweep.modes, sweep.young, odd, rules.digest)
        elif not known.is_of(self._desk.index):
            renew(self._desk, seen.looked_at)

    def _folder(self, files: Mapping[bytes, bytes]) -> str:
        return self._shelf.tree({n: Entry(FILE, self._shelf.blob(d)) for n, d in files.items()})

    def _state(self, state: State) -> str:
        shelf = self._shelf
        files = {f"files/{n}": Entry(FILE, shelf.blob(d)) for n, d in state.files.items()}
        refs = bytes_from_names(f"{oid} {ref}" for ref, oid in sorted(state.refs.items()))
        return shelf.overlay(None, {**files, "refs": Entry(FILE, shelf.blob(refs))})

    def _exact(self, seen: Seen, rules: Rules, layers: Layers) -> dict[bytes, Entry]:
        changed = {
            path: entry.oid
            for path, entry in (*layers.unstaged.items(), *layers.untracked.items())
            if entry
        }
        measured = () if rules.is_none() else changed.keys() - layers.shelved
        blobs = Blobs(self._desk, seen, changed, measured)
        must = {*seen.present_though_skipped, *layers.left_out}
        # git-lfs keeps what it takes out of a file in a store of its own, and drops there what
        # no branch names; another filter may do the same
        must.update(filtered(self._desk, rules, {*changed, *layers.staged}))
        odd = odd_files(self._desk, seen, rules, blobs, must)
        self._remember(seen, rules, odd)
        big = {path for path in odd if seen.sweep.sizes.get(path, 0) > self._max_blob}
        found = stored(self._desk, seen, odd - big, blobs)
        exact = Entry(FOLDER, self._shelf.overlay(None, found))
        return {b"exact": exact, **self._big(seen, sorted(big))}

    def _big(self, seen: Seen, paths: Sequence[str]) -> dict[bytes, Entry]:
        _refuse_endless(seen, paths)
        lines = (f"{git_mode(seen.sweep.modes[path]):o} {path}" for path in paths)
        piece = min(PIECE, self._max_blob)
        trees = {path: cut(self._writer, self._desk.root / path, piece) for path in paths}
        edits = {path: Entry(FOLDER, oid) for path, oid in trees.items()}
        return {
            b"big": Entry(FILE, self._shelf.blob(bytes_from_names(lines))),
            b"chunks": Entry(FOLDER, self._shelf.overlay(None, edits)),
        }


def _refuse_endless(seen: Seen, big: Sequence[str]) -> None:
    sizes = {path: seen.sweep.sizes[path] for path in big}
    if sum(sizes.values()) > MOST:
        largest = max(sizes, key=sizes.__getitem__)
        raise PhcError(
            f"{largest} has {sizes[largest]} bytes, and no checkpoint carries more than {MOST} of"
            " large files",
            "Let git ignore it, or put it elsewhere",
        )


def branch_of(desk: Desk) -> str | None:
    """The branch that HEAD stands on, as a full ref; None when it is detached."""
    found = desk.git("symbolic-ref", "--quiet", "HEAD", ok=(0, 1)).out
    return found.decode(errors="surrogateescape").removesuffix("\n") or None
