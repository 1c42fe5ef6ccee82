"""Receives tasks from a remote: reads their histories, judges them, works out what to adopt.

The number of git programs is fixed, whatever there is to receive: one lists the commits, one
reads the roots (so that nobody can make us read one history under a thousand names), one the
events, each no longer than an event may be. Trees below a tip are never read; the tip's own is
worked out, and must be the one that is there.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Literal

from msgspec import Struct, field

from git_phc.errors import NewerVersion
from git_phc.git.encoding import BLOB, FILE, Entry
from git_phc.git.objects import Object, read_many
from git_phc.git.repo import Repo
from git_phc.model import event, snapshot, text
from git_phc.model.codec import NotCanonical
from git_phc.model.ids import TaskId
from git_phc.model.receive import (
    Graph,
    Link,
    Receipt,
    Unfit,
    ancestry,
    can_be_shown,
    check_root,
    roots,
)
from git_phc.model.state import State
from git_phc.store.drafts import put_folders
from git_phc.store.signatures import Signatures

Kind = Literal["new", "forward", "apart", "known", "back", "unfit"]


class Offer(Struct, frozen=True):
    """What a remote holds under a name, what it held when we looked last, and what we have.

    Attributes:
        clone: this clone's own name, in which nobody else may have written; "" to allow it.
        sent: what we have sent there, and may have arrived.
    """

    name: str
    theirs: str
    before: str | None
    ours: str | None
    clone: str = ""
    sent: str | None = None


class Judged(Struct, frozen=True):
    """What is to be thought of an offer.

    Attributes:
        kind: "new" here; "forward" from what we have; "apart" from it, both have news; "known",
            we have all of it; "back", it has lost what it had; "unfit", not to be adopted.
        why: for an unfit one, as the end of a sentence that begins with "it".
        is_newer: a later version wrote it, so that it could not be checked to the end.
        state: of their tip, where it was checked.
        tree: where each file of their tip is, then.
    """

    offer: Offer
    kind: Kind
    why: str = ""
    is_newer: bool = False
    state: State | None = None
    tree: Mapping[str, Entry] = field(default_factory=dict)


def judge(repo: Repo, offers: Sequence[Offer], *, signed: bool = False) -> Iterator[Judged]:
    """Judges each offer, in the order in which they are given but for the unfit, who come first.

    With `signed`, what is new in it must be signed by who is said to have made it.
    """
    tips = [oid for o in offers for oid in (o.theirs, o.before, o.ours, o.sent) if oid]
    graph = read_graph(repo, tips)
    kinds = {offer.name: _kind(graph, offer) for offer in offers}
    wanted = [offer for offer in offers if kinds[offer.name] in ("new", "forward", "apart")]
    whys = _misnamed(repo, graph, wanted)
    for offer in offers:
        if kinds[offer.name] == "unfit":
            yield Judged(offer, "unfit", "cannot be read here: objects are missing")
        elif offer.name in whys:
            yield Judged(offer, "unfit", whys[offer.name])
        elif kinds[offer.name] in ("known", "back"):
            yield Judged(offer, kinds[offer.name])
    read = _read(repo, graph, [o for o in wanted if o.name not in whys], kinds)
    yield from _signed(repo, graph, read) if signed else read


def _signed(repo: Repo, graph: Graph, judged: Iterator[Judged]) -> Iterator[Judged]:
    """The same, but for what is not signed as it must be. What we have already is not asked
    for: it may be from before somebody asked.
    """
    signatures = Signatures(repo)
    for one in judged:
        offer = one.offer
        new = ancestry(graph, offer.theirs)
        new -= ancestry(graph, offer.ours) if offer.ours else set()
        found = signatures.judge(sorted(new) if one.kind != "unfit" else ())
        bad = next((event for event in found if event.verdict.kind != "good"), None)
        why = bad and f"has an event that {bad.who} is said to have made, and {bad.verdict.why}"
        yield Judged(offer, "unfit", why) if why else one


# The graph


def read_graph(repo: Repo, tips: Sequence[str]) -> dict[str, Link]:
    """Every commit that the tips reach, parents first. What cannot be read is left out."""
    if not tips:
        return {}
    names = dict.fromkeys(tips)
    found = _rev_list(repo, list(names))
    if found is None:  # one of them is damaged: which?
        found = b"".join(_rev_list(repo, [name]) or b"" for name in names)
    lines = (line.split(" ") for line in found.decode().split("\n") if line)
    return {oid: Link(oid, tree, tuple(parents)) for oid, tree, *parents in map(_words, lines)}


def _words(line: list[str]) -> list[str]:
    return [word for word in line if word]


def _rev_list(repo: Repo, tips: Sequence[str]) -> bytes | None:
    words = ("rev-list", "--topo-order", "--reverse", "--no-commit-header", "--format=%H %T %P")
    done = repo.git(*words, "--stdin", input="".join(f"{t}\n" for t in tips).encode(), ok=())
    return done.out if done.ok else None


def _kind(graph: Graph, offer: Offer) -> Kind:
    if offer.theirs not in graph:
        return "unfit"
    theirs = ancestry(graph, offer.theirs)
    if offer.before and offer.before not in theirs:
        return "back"
    if offer.ours is None:
        return "new"
    if offer.theirs in ancestry(graph, offer.ours):
        return "known"
    return "forward" if offer.ours in theirs else "apart"


# The roots


def _misnamed(repo: Repo, graph: Graph, offers: Sequence[Offer]) -> dict[str, str]:
    """Why some offers are not the task of their name, by that name."""
    whys: dict[str, str] = {}
    begin = roots(graph)
    asked: list[tuple[TaskId, str]] = []
    for offer in offers:
        root = begin[offer.theirs]
        try:
            id = TaskId.parse(offer.name)
        except ValueError:
            whys[offer.name] = "has a name that no task has"
            continue
        if root is None:
            whys[offer.name] = "joins two tasks"
        else:
            asked.append((id, root))
    names = (f"{graph[root].tree}:{snapshot.EVENT}" for _, root in asked)
    found = read_many(repo, names, event.LONGEST)
    for (id, _), root_event in zip(asked, found, strict=True):
        try:
            check_root(id, _event(root_event) or b"")
        except Unfit as error:
            whys[id] = str(error)
    return whys


def _event(found: Object | None) -> bytes | None:
    if found is None:
        return None
    if found.is_cut:
        raise Unfit("holds an event that is too long")
    return found.data if found.kind == BLOB else b""


# The events


def _read(
    repo: Repo, graph: Graph, offers: Sequence[Offer], kinds: Mapping[str, Kind]
) -> Iterator[Judged]:
    """Reads the events of each offer, one task after the other, and judges it."""
    order = {oid: at for at, oid in enumerate(graph)}
    lists = [sorted(ancestry(graph, offer.theirs), key=order.__getitem__) for offer in offers]
    names = (f"{graph[oid].tree}:{snapshot.EVENT}" for oids in lists for oid in oids)
    found = read_many(repo, names, event.LONGEST)
    for offer, oids in zip(offers, lists, strict=True):
        blobs = [(graph[oid], next(found)) for oid in oids]
        known = [oid for oid in (offer.ours, offer.sent) if oid] if offer.clone else []
        ours = ancestry(graph, *known)
        yield _judged(repo, offer, kinds[offer.name], blobs, ours)


def judge_history(repo: Repo, offer: Offer, blobs: Sequence[tuple[Link, Object | None]]) -> Judged:
    """Judges what is new here by all of its commits, the root first, and their events."""
    found = blobs[0][1]
    try:
        check_root(TaskId(offer.name), _event(found) or b"")
    except Unfit as error:
        return Judged(offer, "unfit", str(error))
    return _judged(repo, offer, "new", blobs, ())


def _judged(
    repo: Repo,
    offer: Offer,
    kind: Kind,
    blobs: Sequence[tuple[Link, Object | None]],
    ours: Collection[str],
) -> Judged:
    receipt = Receipt(TaskId(offer.name), clone=offer.clone, ours=ours)
    try:
        for link, blob in blobs:
            receipt.take(link, _event(blob))
        tree = _check_tree(repo, receipt, *blobs[-1])
    except NewerVersion:
        return _carried(repo, offer, kind, blobs[-1][0])
    except Unfit as error:
        return Judged(offer, "unfit", str(error))
    except NotCanonical as error:  # each event is fit, and what they make together is not
        return Judged(offer, "unfit", f"holds what cannot be kept: {error}")
    return Judged(offer, kind, state=receipt.state, tree=tree)


def _carried(repo: Repo, offer: Offer, kind: Kind, tip: Link) -> Judged:
    """What a later version has written is carried, if its snapshot says so: then nobody here
    changes it; and if it can be shown.
    """
    found = next(read_many(repo, [f"{tip.tree}:{snapshot.TASK}"], event.LONGEST))
    data = found.data if found else b""
    if not snapshot.is_newer(data):
        why = "holds what a later version wrote, beside a snapshot of this one"
        return Judged(offer, "unfit", why)
    if not can_be_shown(TaskId(offer.name), data):
        return Judged(offer, "unfit", "was written by a later version, and cannot be shown")
    return Judged(offer, kind, is_newer=True)


# The tip's tree


class _Hasher:
    """Names objects, and stores nothing."""

    mover = None

    def __init__(self, repo: Repo) -> None:
        self._format = repo.object_format

    def put(self, kind: bytes, data: bytes) -> str:
        whole = b"%s %d\0%s" % (kind, len(data), data)
        return hashlib.new(self._format, whole, usedforsecurity=False).hexdigest()

    def secure(self) -> None: ...
    def forget(self) -> None: ...


def _check_tree(
    repo: Repo, receipt: Receipt, tip: Link, event_blob: Object | None
) -> dict[str, Entry]:
    """The files of the tip. Raises Unfit where its tree is not what the events make."""
    hasher = _Hasher(repo)
    files = snapshot.files_from_state(receipt.id, receipt.state)
    entries = {path: Entry(FILE, hasher.put(BLOB, data)) for path, data in files.items()}
    if event_blob is not None:
        entries[snapshot.EVENT] = Entry(FILE, event_blob.oid)
    if not receipt.texts and put_folders(hasher, entries) == tip.tree:
        return entries
    texts = _texts(repo, tip)
    if not receipt.texts <= {path.rpartition("/")[2] for path in texts}:
        raise Unfit("lacks a long text")
    entries |= texts
    if put_folders(hasher, entries) != tip.tree:
        _refuse_snapshot(repo, tip)
    return entries


def _refuse_snapshot(repo: Repo, tip: Link) -> None:
    """Raises NewerVersion for a snapshot of a later version, Unfit for any other."""
    found = next(read_many(repo, [f"{tip.tree}:{snapshot.TASK}"], event.LONGEST))
    if found and not found.is_cut and snapshot.is_newer(found.data):
        raise NewerVersion("its snapshot is of a later version")
    raise Unfit("has a snapshot that its events do not make")


def _texts(repo: Repo, tip: Link) -> dict[str, Entry]:
    """The long texts in a tip's tree, each of which is what its name says. Raises Unfit."""
    words = ("ls-tree", "-z", "-l", "--full-tree", tip.tree, f"{snapshot.TEXTS}/")
    listing = os.fsdecode(repo.git(*words).out)
    found = {}
    for line in filter(None, listing.split("\0")):
        head, _, path = line.partition("\t")
        mode, kind, oid, size = head.split()
        if kind != "blob" or int(mode, 8) != FILE or not size.isdigit():
            raise Unfit("has something among its long texts that is none")
        if int(size) > text.LONGEST:
            raise Unfit("holds a text that is too long")
        found[path] = Entry(FILE, oid)
    for path, blob in zip(found, read_many(repo, [e.oid for e in found.values()]), strict=True):
        name = path.rpartition("/")[2]
        if blob is None or hashlib.sha256(blob.data).hexdigest() != name:
            raise Unfit("holds a text under the name of another")
    return found
