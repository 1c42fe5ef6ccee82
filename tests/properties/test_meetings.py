"""Clones that change one task apart and meet at a hub in any order: the pure part of a sync.

All end on one tip, no event is lost, and whoever meets once more changes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from git_phc.model.events.created import Created
from git_phc.model.events.edited import Edited
from git_phc.model.fold import fold
from git_phc.model.receive import Link, Receipt, ancestry
from git_phc.model.state import State
from tests.model.making import START, Clone
from tests.properties.histories import Dice, honest, raw, spoken

CLONES = 3


@dataclass
class World:
    """Every commit that was ever made, parents first, and what the hub's ref holds."""

    graph: dict[str, Link] = field(default_factory=dict)
    events: dict[str, bytes | None] = field(default_factory=dict)
    hub: str = ""

    def commit(self, parents: Sequence[str], event: bytes | None) -> str:
        words = "\0".join(parents).encode() + b"\0" + (event or b"")
        oid = hashlib.sha1(words, usedforsecurity=False).hexdigest()
        self.graph.setdefault(oid, Link(oid, "", tuple(parents)))
        self.events[oid] = event
        return oid

    def received(self, clone: Clone, tip: str) -> State:
        """What the history of `tip` says, judged as on receipt. Raises Unfit."""
        receipt = Receipt(clone.id)
        reached = ancestry(self.graph, tip)
        for oid, link in self.graph.items():
            if oid in reached:
                receipt.take(link, self.events[oid])
        return receipt.state


@dataclass
class Mate:
    """A clone, and its ref of the task."""

    clone: Clone
    tip: str

    def say(self, world: World, die: int) -> None:
        kind = (honest, spoken, raw)[die % 3]
        for body in kind(self.clone, Dice(die, die // 7, die // 49)):
            event = self.clone.say(body)
            self.tip = world.commit([self.tip], event.bytes)

    def meet(self, world: World) -> None:
        """A sync: what is there is joined, and what comes of it is there."""
        theirs, ours = world.hub, self.tip
        if theirs not in ancestry(world.graph, ours):
            is_forward = ours in ancestry(world.graph, theirs)
            self.clone.state.absorb(world.received(self.clone, theirs))
            self.tip = theirs if is_forward else world.commit(sorted((ours, theirs)), None)
        world.hub = self.tip


def play(steps: Sequence[int]) -> None:
    first = Clone("0")
    first.say(Created(), Edited(START))
    world, tip = World(), ""
    for event in first.events.values():
        tip = world.commit([tip] if tip else [], event.bytes)
    world.hub = tip
    mates = [Mate(first, tip), *(Mate(first.fork(str(n)), tip) for n in range(1, CLONES))]
    for step in steps:
        mate = mates[step % CLONES]
        if step // CLONES % 3:
            mate.say(world, step // (3 * CLONES))
        else:
            mate.meet(world)
    for mate in (*mates, *mates):
        mate.meet(world)
    assert {mate.tip for mate in mates} == {world.hub}
    said = {event.id: event for mate in mates for event in mate.clone.events.values()}
    reached = ancestry(world.graph, world.hub)
    carried = [world.events[oid] for oid in reached if world.events[oid] is not None]
    assert sorted(event.bytes for event in said.values()) == sorted(filter(None, carried))
    assert [mate.clone.state for mate in mates] == [fold(said.values())] * CLONES
    assert world.received(mates[0].clone, world.hub) == fold(said.values())
    commits = len(world.graph)
    for mate in mates:
        mate.meet(world)
    assert ({mate.tip for mate in mates}, len(world.graph)) == ({world.hub}, commits)


steps = st.lists(st.integers(0, 2**16), max_size=12)


@settings(max_examples=60)
@given(steps)
def test_all_end_on_one_tip_and_nothing_is_lost(steps: list[int]) -> None:
    play(steps)


@pytest.mark.slow
@settings(max_examples=10_000)
@given(steps)
def test_ten_thousand_times(steps: list[int]) -> None:
    play(steps)
