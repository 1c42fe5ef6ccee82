"""Random histories of one task, made by several clones that hear of each other now and then.

A clone says what `decide` allows it (honest), or a body of its own making: claims that are
stale or doubled, statuses under claims of others, removals of labels that it never saw. All of
it goes through `make_event`, as a program of ours would write it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from hypothesis import strategies as st

from git_phc.errors import Conflict, Refused
from git_phc.model import decide
from git_phc.model.event import Event
from git_phc.model.events.answered import Answered
from git_phc.model.events.archived import Archived
from git_phc.model.events.asked import Asked
from git_phc.model.events.body import Body
from git_phc.model.events.checkpointed import Checkpointed
from git_phc.model.events.claimed import Claimed
from git_phc.model.events.created import Created
from git_phc.model.events.deleted import Deleted
from git_phc.model.events.denied import Denied
from git_phc.model.events.edited import Edited
from git_phc.model.events.finished import Finished
from git_phc.model.events.handed_off import HandedOff
from git_phc.model.events.labelled import Labelled
from git_phc.model.events.merged import Merged
from git_phc.model.events.messaged import Messaged
from git_phc.model.events.progressed import Progressed
from git_phc.model.events.released import Released
from git_phc.model.events.run_ended import OUTCOMES, RunEnded
from git_phc.model.events.stop_requested import StopRequested
from git_phc.model.events.turn_started import TurnStarted
from git_phc.model.events.used import Used
from git_phc.model.ids import EventId
from git_phc.model.runs import STATUSES
from git_phc.model.text import text_from_string
from tests.model.making import COMMIT, START, Clone

T = TypeVar("T")
Bodies = Sequence[Body]
LABELS = ("bug", "ui", "later")
CLONES = 4
YES = ({"id": "yes", "name": "Yes", "kind": "allow_once"},)


@dataclass(frozen=True)
class Dice:
    """The numbers of one step; whatever there is to choose is chosen by them."""

    a: int
    b: int
    c: int


def pick(items: Sequence[T], die: int) -> T:
    return items[die % len(items)]


# -- what is said: each answers with bodies, in sight of what the clone knows -------------------


def asks(clone: Clone) -> list[EventId]:
    return list(clone.state.logs.get("asks", {}))


def asked(claim: EventId, die: int) -> Asked:
    return Asked(claim, f"q{die % 3}", "permission", "Run it", "execute", "ls", ("a",), None, YES)


def honest(clone: Clone, dice: Dice) -> Bodies:
    """What the program would do for somebody: nothing where it is refused."""
    task, run = clone.task, clone.task.run
    held = EventId(run.id) if run else clone.root
    acts: list[Callable[[], Bodies]] = [
        lambda: [decide.claim(task, host="box", mode="local", holder_is_dead=dice.b % 5 == 0)],
        lambda: decide.progress(task, held, pick(STATUSES, dice.b)),
        lambda: decide.start_turn(task, held),
        lambda: decide.end_run(task, held, pick(OUTCOMES, dice.b), exit_code=dice.c),
        lambda: decide.stop(task),
        lambda: decide.finish(task),
        lambda: decide.delete(task),
        lambda: decide.merge(task, Merged("main", COMMIT, COMMIT, "ff", COMMIT)),
        lambda: decide.undo(task, pick(("done", "delete", "archive", "merge"), dice.b)),
        lambda: decide.ask(task, asked(held, dice.b)),
        lambda: decide.answer(task, pick([*asks(clone), clone.root], dice.b), "yes", "Yes", None),
        lambda: decide.go_on(task, held),
        lambda: decide.use(task, Used(held, dice.b, dice.c, 0, dice.c if dice.b % 2 else None)),
        lambda: decide.label(task, [pick(LABELS, dice.b)], [pick(LABELS, dice.c)]),
    ]
    try:
        return pick(acts, dice.a)()
    except (Refused, Conflict):
        return []


def spoken(clone: Clone, dice: Dice) -> Bodies:
    """What a person, or a run that writes down what it did, says at any time."""
    fields = pick(("title", "pinned", "assignee", "branch"), dice.b)
    value = dice.c % 2 == 0 if fields == "pinned" else f"x{dice.c % 3}"
    checkpoint = Checkpointed(dice.b, COMMIT, None, COMMIT, "turn", dice.c, {"files": 1})
    bodies: list[Body] = [
        Edited({fields: value}),
        Edited({"title": f"t{dice.b % 3}", "agent": "codex"}),
        Messaged(text_from_string(f"message {dice.c % 3}")[0]),
        Messaged(text_from_string("long " * 4000)[0]),
        Archived(dice.b % 2 == 0),
        checkpoint,
    ]
    return [pick(bodies, dice.a)]


def raw(clone: Clone, dice: Dice) -> Bodies:
    """What `decide` would refuse, or another program might write."""
    known = [EventId(id) for id in clone.events]
    claim, other = pick([*clone.state.runs, *known], dice.b), pick(known, dice.c)
    number = dice.c % 4
    bodies: list[Body] = [
        Claimed(number + 1, other if number else None, "far", "cloud"),
        Progressed(claim, pick(STATUSES, dice.c), session=f"s{dice.c % 2}"),
        RunEnded(claim, pick(OUTCOMES, dice.c), reason="raw"),
        asked(claim, dice.c),
        Answered(pick([*asks(clone), other], dice.c), text=text_from_string("so")[0]),
        Used(claim, dice.c, 1),
        Denied(claim, "a.example:443", "it is not", dice.c),
        Released(claim),
        StopRequested(claim),
        TurnStarted(claim, dice.c, (other,)),
        HandedOff(claim, pick((None, "cloud", "bob@example.com"), dice.c)),
        Finished(pick((None, 0, 1, 2), dice.c)),
        Deleted(dice.c % 2 == 0),
        pick((Merged(), Merged("main", COMMIT, COMMIT, "squash", COMMIT)), dice.b),
        Labelled((pick(LABELS, dice.b),), (pick(LABELS, dice.c),)),
        Labelled((), LABELS),
    ]
    return [pick(bodies, dice.a)]


@dataclass(frozen=True)
class Step:
    """One clone says something, or hears a part of what another knows."""

    who: int
    kind: int
    dice: Dice


dice = st.integers(0, 2**16)
steps = st.builds(Step, dice, dice, st.builds(Dice, dice, dice, dice))


def play(steps: Sequence[Step]) -> list[Clone]:
    """The clones, after these steps; what one of them knows holds all that led to it."""
    first = Clone("0")
    first.say(Created(), Edited(START))
    clones = [first, *(first.fork(str(n)) for n in range(1, CLONES))]
    for step in steps:
        clone = pick(clones, step.who)
        if step.kind % 4 == 3:
            clone.hear(part(pick(clones, step.dice.a), step.dice.b))
        else:
            for body in (honest, spoken, raw)[step.kind % 4](clone, step.dice):
                clone.say(body)
    return clones


def part(clone: Clone, die: int) -> list[Event]:
    """A beginning of what a clone has heard and said: every event after those it had seen."""
    events = list(clone.events.values())
    return events[: 1 + die % len(events)] if die % 3 == 0 else events


histories = st.lists(steps, min_size=3, max_size=40).map(play)
