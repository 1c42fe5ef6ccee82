"""What remotes hold, as this clone has seen it, and how it takes over what is good of that.

A remote's refs come to `refs/phc/remotes/<remote>/…` and are judged there. What is fit moves
the task's own ref; what is not is kept under `refs/phc/quarantine/`. What a remote has taken
back, by a force-push or by deleting it, is kept under `refs/phc/withdrawn/` until somebody who
names the task says what is to be: it is neither followed nor pushed again by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from git_phc.errors import LostRace
from git_phc.git.housekeeping import publish
from git_phc.git.objects import Writer
from git_phc.git.refs import Move, list_refs, move_refs, set_refs
from git_phc.git.repo import Repo
from git_phc.git.sizes import pack_refs
from git_phc.model.ids import TaskId
from git_phc.model.state import join
from git_phc.model.task import Task
from git_phc.store import layout
from git_phc.store.joining import put_join
from git_phc.store.pending import all_noted
from git_phc.store.receipt import Judged, Offer, judge
from git_phc.store.tasks import load, parse_task, read_bodies

KINDS = ("tasks", "runs", "work")
MANY = 200  # refs that are moved at once: more are packed, and not synced one by one
AT_ONCE = 5000
ROUNDS = 20  # lost races in a row with those who write here

Outcome = Literal[
    "new", "updated", "joined", "deleted", "known", "newer", "quarantined", "back", "gone"
]  # "deleted": what has come is that somebody has deleted the task; see `told_deleted`


class Seen(Struct, frozen=True):
    """The refs of ours that matter to one remote: values by the task's name."""

    ours: Mapping[str, Mapping[str, str]]  # by kind
    theirs: Mapping[str, Mapping[str, str]]  # by kind
    withdrawn: Mapping[str, str]
    quarantine: Mapping[str, str]

    def only(self, beginnings: tuple[str, ...]) -> Seen:
        """What it says of the tasks whose names begin so."""

        def part(refs: Mapping[str, str]) -> dict[str, str]:
            return {name: oid for name, oid in refs.items() if name.startswith(beginnings)}

        return Seen(
            {kind: part(refs) for kind, refs in self.ours.items()},
            {kind: part(refs) for kind, refs in self.theirs.items()},
            part(self.withdrawn),
            part(self.quarantine),
        )


class Received(Struct, frozen=True):
    """What became of one task that a remote offers, or no longer does."""

    name: str
    outcome: Outcome
    why: str = ""
    moves: Sequence[Move] = ()


def look(repo: Repo, remote: str, names: Iterable[str] | None = None) -> Seen:
    """Reads them all, or those of some tasks, by one git program."""
    homes = {
        **{("ours", kind): f"{layout.ROOT}{kind}/" for kind in KINDS},
        **{("theirs", kind): layout.tracking(remote, kind) for kind in KINDS},
        ("withdrawn", ""): layout.withdrawn(remote),
        ("quarantine", ""): layout.quarantine(remote),
    }
    found: dict[tuple[str, str], dict[str, str]] = {home: {} for home in homes}
    wanted = None if names is None else list(names)
    asked = [f"{p}{name}" for p in homes.values() for name in (wanted or [""])]
    if wanted != []:
        by_prefix = {prefix: found[home] for home, prefix in homes.items()}
        for ref, oid in list_refs(repo, *asked):
            head, _, name = ref.rpartition("/")
            if (into := by_prefix.get(f"{head}/")) is not None:
                into[name] = oid
            else:  # a name with a slash: nobody's task, and shown as what it is
                prefix = next(p for p in by_prefix if ref.startswith(p))
                by_prefix[prefix][ref.removeprefix(prefix)] = oid
    return Seen(
        {kind: found["ours", kind] for kind in KINDS},
        {kind: found["theirs", kind] for kind in KINDS},
        found["withdrawn", ""],
        found["quarantine", ""],
    )


def receive(
    repo: Repo,
    writer: Writer,
    remote: str,
    before: Mapping[str, str],
    now: Seen,
    *,
    signed: bool = False,
    clone: str = "",
) -> list[Received]:
    """Takes over what is fit of what was fetched; `before` is what the remote held until then.
    With `signed`, only what is signed is fit. Of a task that is here, nothing is fit that others
    have written in this `clone`'s name.

    Every task that the remote offers and that is not the same here is answered for, also those
    of which we know all ("known").
    """
    results = [_gone(remote, name, oid, now) for name, oid in _vanished(before, now)]
    marked, mine = now.withdrawn.keys() | now.quarantine.keys(), now.ours["tasks"]
    sent = all_noted(repo)
    pending = [
        Offer(
            name,
            theirs,
            _held(name, before, now),
            mine.get(name),
            clone if name in mine else "",
            sent.get(name),
        )
        for name, theirs in now.theirs["tasks"].items()
        if theirs != mine.get(name) or name in marked
    ]
    _move(repo, [move for one in results for move in one.moves])
    for _ in range(ROUNDS):
        judged = judge(repo, pending, signed=signed)
        received = [_received(repo, writer, remote, one, now) for one in judged]
        lost = _adopt(repo, writer, received)
        results += [one for one in received if one.name not in lost]
        if not lost:
            break
        mine = look(repo, remote, lost).ours["tasks"]
        pending = [replace(o, ours=mine.get(o.name)) for o in pending if o.name in lost]
    return results


def _held(name: str, before: Mapping[str, str], now: Seen) -> str | None:
    """What of the remote's it must still hold, not to have been moved back: not what was unfit."""
    held = now.withdrawn.get(name) or before.get(name)
    return None if held == now.quarantine.get(name) else held


def _vanished(before: Mapping[str, str], now: Seen) -> Iterator[tuple[str, str]]:
    """What the remote held and holds no more, of what is a task here."""
    known = {**before, **now.withdrawn}
    theirs, ours = now.theirs["tasks"], now.ours["tasks"]
    return ((name, oid) for name, oid in known.items() if name not in theirs and name in ours)


def _gone(remote: str, name: str, oid: str, now: Seen) -> Received:
    ref = layout.withdrawn(remote) + name
    moves = [] if name in now.withdrawn else [Move(ref, None, oid)]
    return Received(name, "gone", "was deleted there", moves)


def _received(repo: Repo, writer: Writer, remote: str, judged: Judged, now: Seen) -> Received:
    """What is to be done with an offer: the moves."""
    offer = judged.offer
    ref = layout.TASKS + offer.name
    released = [
        Move(prefix + offer.name, refs[offer.name], None)
        for prefix, refs in (
            (layout.quarantine(remote), now.quarantine),
            (layout.withdrawn(remote), now.withdrawn),
        )
        if offer.name in refs
    ]
    match judged.kind:
        case "unfit":
            place = layout.quarantine(remote) + offer.name
            move = Move(place, now.quarantine.get(offer.name), offer.theirs)
            return Received(offer.name, "quarantined", judged.why, [move])
        case "back":
            move = Move(layout.withdrawn(remote) + offer.name, None, offer.before)
            moves = [] if offer.name in now.withdrawn else [move]
            return Received(offer.name, "back", "was moved back there", moves)
        case "known":
            return Received(offer.name, "known", moves=released)
        case "apart":
            return _join(repo, writer, judged, released)
        case kind:
            outcome: Outcome = "new" if kind == "new" else "updated"
            move = Move(ref, offer.ours, offer.theirs)
            return Received(offer.name, outcome, moves=[move, *released])


def _join(repo: Repo, writer: Writer, judged: Judged, released: Sequence[Move]) -> Received:
    """Both have news: the join of both."""
    offer = judged.offer
    id, ours = TaskId(offer.name), str(offer.ours)
    mine = load(repo, id, ours)
    if judged.is_newer or judged.state is None or mine.task.is_newer:
        why = "has changes of a later version, and others here: only that version can join them"
        return Received(offer.name, "newer", why)
    both = (*mine.tree.items(), *judged.tree.items())
    texts = {path: entry for path, entry in both if path.startswith("texts/")}
    state = join(mine.state, judged.state)
    tip = put_join(repo, writer, id, (ours, offer.theirs), state, texts)
    return Received(offer.name, "joined", moves=[Move(layout.TASKS + id, ours, tip), *released])


def told_deleted(repo: Repo, received: Sequence[Received]) -> list[Received]:
    """The same, where those by which a task was deleted say so, and by whom."""
    news = [one for one in received if one.outcome in ("updated", "joined")]
    moves = [one.moves[0] for one in news]
    now = _read(repo, [(move.ref, str(move.new)) for move in moves])
    gone = {name for name, task in now.items() if task.deleted}
    before = [(m.ref, str(m.old)) for m in moves if m.ref.removeprefix(layout.TASKS) in gone]
    gone -= {name for name, task in _read(repo, before).items() if task.deleted}
    return [_as_deleted(one, now[one.name]) if one.name in gone else one for one in received]


def _as_deleted(one: Received, task: Task) -> Received:
    who = (task.written("deleted") or {}).get("who")
    return replace(one, outcome="deleted", why=f"was deleted by {who}")


def _read(repo: Repo, refs: Sequence[tuple[str, str]]) -> dict[str, Task]:
    """What these tasks were at these commits, of those that can be read."""
    found = (parse_task(*each) for each in read_bodies(repo, refs)) if refs else ()
    return {task.id: task for task in found if isinstance(task, Task)}


# Moving


def _adopt(repo: Repo, writer: Writer, received: Sequence[Received]) -> set[str]:
    """Makes the moves; the names of those that lost a race with somebody here."""
    try:
        _move(repo, [move for one in received for move in one.moves], writer)
    except LostRace:
        return {one.name for one in received if not _moved(repo, writer, one)}
    return set()


def _moved(repo: Repo, writer: Writer, one: Received) -> bool:
    try:
        _move(repo, one.moves, writer)
    except LostRace:
        return False
    return True


def _move(repo: Repo, moves: Sequence[Move], writer: Writer | None = None) -> None:
    if len(moves) <= MANY:
        if moves and writer:
            publish(repo, writer, moves)
        elif moves:
            move_refs(repo, moves)
        return
    if writer:
        writer.secure()
    for at in range(0, len(moves), AT_ONCE):
        move_refs(repo, moves[at : at + AT_ONCE], synced=False)
    pack_refs(repo)


def saw(repo: Repo, remote: str, values: Mapping[tuple[str, str], str | None]) -> None:
    """Remembers what the remote holds, by (kind, name); None for nothing."""
    set_refs(
        repo, {layout.tracking(remote, kind) + name: oid for (kind, name), oid in values.items()}
    )
