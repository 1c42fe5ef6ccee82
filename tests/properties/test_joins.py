"""The one join, over random histories: see `histories`."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from functools import reduce

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from git_phc.model.event import Event, parse_event
from git_phc.model.events.labelled import Labelled
from git_phc.model.fold import fold
from git_phc.model.runs import Mark
from git_phc.model.snapshot import Files, files_from_state, files_of_change, state_from_files
from git_phc.model.state import Cell, State, join
from tests.model.making import Clone
from tests.properties.histories import histories

# A failing history is made smaller before it is shown, which may take its time.
pytestmark = pytest.mark.timeout(600)

Check = Callable[[list[Clone], int], None]


def files(clone: Clone, state: State) -> Files:
    return files_from_state(clone.id, state)


def union(clones: Iterable[Clone]) -> list[Event]:
    return list({id: event for clone in clones for id, event in clone.events.items()}.values())


def check_joins(clones: list[Clone], seed: int) -> None:
    """Commutes, associates, is idempotent, equals the fold of the union in any order."""
    one, two, three = clones[0].state, clones[1].state, clones[2].state
    both = join(one, two)
    assert both == join(two, one)
    assert join(both, three) == join(one, join(two, three))
    assert join(both, one) == join(both, both) == both
    assert join(State(), one) == join(one, State()) == one
    events = union(clones)
    whole = fold(events)
    random.Random(seed).shuffle(events)
    assert fold(events) == whole == reduce(join, (clone.state for clone in clones))
    # and byte for byte, what `==` of two stamps does not look at included
    first = clones[0]
    assert files(first, fold(events)) == files(first, whole)
    assert files(first, both) == files(first, join(two, one))
    assert files(first, join(both, three)) == files(first, fold(union(clones[:3])))


def check_snapshots(clones: list[Clone], seed: int) -> None:
    """A snapshot goes both ways, and joining two of them is joining what they stand for."""
    one, two = clones[0], clones[seed % len(clones)]
    back = [state_from_files(files(one, clone.state)) for clone in (one, two)]
    assert back == [one.state, two.state]
    assert files(one, back[0]) == files(one, one.state)
    assert files(one, join(*back)) == files(one, fold(union([one, two])))


def check_changes(clones: list[Clone], seed: int) -> None:
    """`files_of_change` is what an event, or all that another knows, changes in the snapshot."""
    one, two = clones[seed % len(clones)], clones[seed // 7 % len(clones)]
    heard = [event for id, event in two.events.items() if id not in one.events]
    known = one.state.copy()
    before = files(one, known)
    for change in [*(event.says() for event in heard), two.state]:
        known.absorb(change)
        after = files(one, known)
        assert {**before, **files_of_change(one.id, known, change)} == after
        before = after
    assert known == join(one.state, two.state)


def check_views(clones: list[Clone], seed: int) -> None:
    """What is shown is of the same opinion everywhere, and nothing of it crashes."""
    whole = fold(union(clones))
    viewers = [clone.fork(clone.actor.clone) for clone in clones]
    for viewer in viewers:
        viewer.hear(union(clones))
    tasks = [viewer.task for viewer in viewers]
    assert all(task == tasks[0] for task in tasks)
    task = tasks[0]
    titles = whole.cells["title"]
    assert titles.newest
    assert task.title == titles.newest.value
    assert task.contested("title") == [write.value for write in titles.contested]
    assert task.labels == sorted(name for name, cell in whole.labels.items() if cell.live)
    numbers = [run.n for run in whole.runs.values()]
    assert (task.run.n if task.run else 0) == max(numbers, default=0)
    assert task.updated
    assert task.since
    assert (task.status, task.mode, task.reason, task.turn) is not None


def check_meaning(clones: list[Clone], seed: int) -> None:
    """What the union says, worked out anew from the events alone, without any join."""
    events = union(clones)
    state = fold(events)
    for name in ("title", "pinned", "done", "deleted", "handoff"):
        cell = state.cells.get(name, Cell())
        written = [event for event in events if name in event.says().cells]
        replaced = {id for event in written for id in event.over}
        assert set(cell.live) == {event.id for event in written if event.id not in replaced}
    labelled = [(event, event.body) for event in events if isinstance(event.body, Labelled)]
    on = {(event.id, name) for event, body in labelled for name in body.add}
    off = {
        (id, name)
        for event, body in labelled
        for name in set(body.remove) - set(body.add)
        for id in event.over
    }
    live = {(id, name) for name, cell in state.labels.items() for id in cell.live}
    assert live == on - off
    for claim, run in state.runs.items():
        said = [event.says().runs[claim] for event in events if claim in event.says().runs]
        marks = [part.parts["status"] for part in said if "status" in part.parts]
        assert run.parts.get("status") == max(marks, key=strength, default=None)
        assert run.delivered == frozenset().union(*(part.delivered for part in said))


def strength(mark: Mark) -> tuple[bool, int, str]:
    final = mark["status"] in ("done", "failed", "cancelled") or "to" in mark
    return final, int(str(mark["clock"])), str(mark["id"])


def check_growth(clones: list[Clone], seed: int) -> None:
    """A join loses nothing: what a clone knew is in all that is joined from it."""
    one, two = clones[0].state, clones[seed % len(clones)].state
    both = join(one, two)
    for name, log in one.logs.items():
        assert log.items() <= both.logs[name].items()
    assert set(one.runs) <= set(both.runs)
    for mine, theirs in ((one.cells, both.cells), (one.labels, both.labels)):
        for name, cell in mine.items():
            assert ids(cell) <= ids(theirs[name])
            assert cell.gone <= theirs[name].gone
    assert both.clock == max(one.clock, two.clock)


def ids(cell: Cell) -> frozenset[str]:
    return frozenset(cell.live) | cell.gone


def check_events(clones: list[Clone], seed: int) -> None:
    """Every event is read back as it was made, and its clock is above all that it replaces."""
    events = {event.id: event for event in union(clones)}
    for event in events.values():
        assert parse_event(event.bytes) == event
        assert all(events[id].clock < event.clock for id in event.over)


CHECKS: list[Check] = [
    check_joins,
    check_snapshots,
    check_changes,
    check_views,
    check_meaning,
    check_growth,
    check_events,
]


def check_all(clones: list[Clone], seed: int) -> None:
    for check in CHECKS:  # a history takes longer to make than to check in all ways
        check(clones, seed)


@settings(max_examples=300)
@given(clones=histories, seed=st.integers(0, 2**16))
def test_a_random_history(clones: list[Clone], seed: int) -> None:
    check_all(clones, seed)


@pytest.mark.slow
@settings(max_examples=4000)
@given(clones=histories, seed=st.integers(0, 2**16))
def test_many_random_histories(clones: list[Clone], seed: int) -> None:
    check_all(clones, seed)
