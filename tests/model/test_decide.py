from __future__ import annotations

from collections.abc import Sequence

import pytest

from git_phc.errors import ClaimLost, Refused
from git_phc.model import decide
from git_phc.model.events.archived import Archived
from git_phc.model.events.body import Body
from git_phc.model.events.claimed import Claimed
from git_phc.model.events.deleted import Deleted
from git_phc.model.events.finished import Finished
from git_phc.model.events.handed_off import HandedOff
from git_phc.model.events.labelled import Labelled
from git_phc.model.events.messaged import Messaged
from git_phc.model.events.progressed import Progressed
from git_phc.model.events.run_ended import RunEnded
from git_phc.model.events.stop_requested import StopRequested
from git_phc.model.events.turn_started import TurnStarted
from git_phc.model.ids import EventId
from git_phc.model.runs import STATUSES
from git_phc.model.task import Task
from git_phc.model.text import Text
from tests.model.making import ONE, Clone, started

# The table of the command line's contract: from each status, those that it may become.
TABLE = {
    "queued": "preparing cancelled failed",
    "preparing": "running failed cancelled",
    "running": "waiting ready failed cancelled",
    "waiting": "running queued preparing failed cancelled",
    "ready": "queued preparing done cancelled",
    "failed": "queued preparing done",
    "cancelled": "queued preparing done",
    "done": "queued preparing",
}
PAIRS = [(old, new) for old in STATUSES for new in STATUSES]
RAN = ("ready", "waiting", "failed", "cancelled")


def running(status: str = "running") -> tuple[Clone, EventId]:
    """A task whose first run is open, in this status, and its claim."""
    clone = started()
    claim = clone.say(Claimed(1, None, "box", "local")).id
    clone.say(Progressed(claim, status))
    return clone, claim


def at_rest(status: str) -> Clone:
    """A task that nobody holds, in this status."""
    if status == "queued":
        return started()
    clone, claim = running()
    clone.say(RunEnded(claim, "ready" if status == "done" else status))
    if status == "done":
        clone.say(Finished(1))
    return clone


def in_status(status: str) -> Task:
    task = (at_rest(status) if status == "done" else running(status)[0]).task
    assert task.status == status
    return task


@pytest.mark.parametrize(("old", "new"), PAIRS)
def test_every_pair_of_statuses(old: str, new: str) -> None:
    task = in_status(old)
    if new in TABLE[old].split():
        decide.check(task, new)
        return
    with pytest.raises(Refused) as refused:
        decide.check(task, new)
    assert refused.value.message == f"a task that is {old} cannot become {new}"


@pytest.mark.parametrize("status", ["interrupted", "stale", "", "Ready"])
def test_what_is_no_stored_status(status: str) -> None:
    for old in STATUSES:
        with pytest.raises(Refused):
            decide.check(in_status(old), status)


@pytest.mark.parametrize(("old", "new"), [pair for pair in PAIRS if pair[0] != "done"])
def test_a_holder_reports_what_the_table_allows_and_the_same_again(old: str, new: str) -> None:
    clone, claim = running(old)
    if old == new or new in TABLE[old].split():
        bodies = decide.progress(clone.task, claim, new, "since")
        assert bodies == [Progressed(claim, new, "since")]
        return
    with pytest.raises(Refused):
        decide.progress(clone.task, claim, new)


# -- claims ---------------------------------------------------------------------------------


def claim(task: Task, *, dead: bool = False) -> Claimed:
    return decide.claim(task, host="box", mode="local", holder_is_dead=dead)


def test_the_first_claim_and_those_that_follow() -> None:
    clone = started()
    assert claim(clone.task) == Claimed(1, None, "box", "local")
    for n, outcome in enumerate(RAN, 1):
        body = claim(clone.task)
        assert body.n == n
        id = clone.say(body).id
        clone.say(RunEnded(id, outcome))
        assert claim(clone.task) == Claimed(n + 1, id, "box", "local")


def test_a_claim_that_is_held_is_refused_unless_its_holder_is_dead() -> None:
    clone, id = running()
    with pytest.raises(Refused) as refused:
        claim(clone.task)
    short = clone.id[:8]
    assert refused.value.message == "this task already runs on box"
    assert refused.value.hint == (
        f"Follow it: git phc attach {short}; end it: git phc stop {short}"
    )
    assert claim(clone.task, dead=True) == Claimed(2, id, "box", "local")


def test_a_done_task_may_be_claimed_and_a_deleted_one_not() -> None:
    assert claim(at_rest("done").task).n == 2
    clone = at_rest("ready")
    clone.say(Deleted(deleted=True))
    with pytest.raises(Refused) as refused:
        claim(clone.task, dead=True)
    assert (refused.value.message, refused.value.hint) == (
        "this task is deleted",
        f"Bring it back: git phc undo {clone.id[:8]}",
    )


# -- the fence ------------------------------------------------------------------------------


@pytest.mark.parametrize("lost", ["never held", "ended", "followed"])
def test_one_who_does_not_hold_the_claim_reports_nothing(lost: str) -> None:
    clone, id = running()
    if lost == "never held":
        id = ONE
    elif lost == "ended":
        clone.say(RunEnded(id, "ready"))
    else:
        clone.say(Claimed(2, id, "other", "cloud"))
    task = clone.task
    for act in (
        lambda: decide.held(task, id),
        lambda: decide.progress(task, id, "running"),
        lambda: decide.start_turn(task, id),
        lambda: decide.end_run(task, id, "ready"),
    ):
        with pytest.raises(ClaimLost) as conflict:
            act()
        assert conflict.value.message == "this run has lost its claim to the task"


def test_one_who_holds_it_may() -> None:
    clone, id = running()
    decide.held(clone.task, id)


def test_before_the_first_claim_nobody_holds() -> None:
    with pytest.raises(ClaimLost):
        decide.held(started().task, ONE)


# -- turns ----------------------------------------------------------------------------------


def message(clone: Clone, text: str) -> EventId:
    return clone.say(Messaged(Text(text, len(text)))).id


def test_messages_are_given_one_a_turn_in_their_order() -> None:
    clone, id = running()
    first, second = message(clone, "1"), message(clone, "2")
    for turn, expected in ((1, (first,)), (2, (second,)), (3, ())):
        bodies = decide.start_turn(clone.task, id)
        assert bodies == [TurnStarted(id, turn, expected)]
        clone.say(*bodies)


def test_after_a_stop_no_turn_starts() -> None:
    clone, id = running()
    message(clone, "1")
    clone.say(*decide.stop(clone.task))
    assert decide.start_turn(clone.task, id) == []


@pytest.mark.parametrize(
    ("outcome", "pending", "stopped", "ends"),
    [
        ("ready", False, False, True),
        ("ready", True, False, False),
        ("ready", True, True, True),
        ("failed", True, False, True),
        ("waiting", True, False, True),
        ("cancelled", True, True, True),
    ],
)
def test_a_run_goes_on_while_a_message_waits(
    outcome: str, pending: bool, stopped: bool, ends: bool
) -> None:
    clone, id = running()
    if pending:
        message(clone, "more")
    if stopped:
        clone.say(StopRequested(id))
    bodies = decide.end_run(clone.task, id, outcome, exit_code=3, reason="since")
    assert bodies == ([RunEnded(id, outcome, 3, "since")] if ends else [])


@pytest.mark.parametrize("status", ["queued", "preparing", "running", "waiting"])
@pytest.mark.parametrize("outcome", RAN)
def test_a_run_ends_only_as_the_table_allows(status: str, outcome: str) -> None:
    clone, id = running(status)
    if (status, outcome) == ("waiting", "ready"):  # its agent did not wait for the answer
        bodies = decide.end_run(clone.task, id, outcome)
        assert bodies == [Progressed(id, "running"), RunEnded(id, outcome)]
    elif outcome == status or outcome in TABLE[status].split():
        assert decide.end_run(clone.task, id, outcome) == [RunEnded(id, outcome)]
    else:
        with pytest.raises(Refused):
            decide.end_run(clone.task, id, outcome)


# -- what anyone may ask for --------------------------------------------------------------------


def test_a_run_is_asked_to_stop_once() -> None:
    clone, id = running()
    assert decide.stop(clone.task) == [StopRequested(id)]
    clone.say(StopRequested(id))
    assert decide.stop(clone.task) == []


def test_what_is_nobodys_and_waits_is_cancelled_at_once() -> None:
    clone = started()
    assert decide.stop(clone.task) == [Progressed(EventId(clone.task.root), "cancelled")]
    waiting = at_rest("waiting")
    assert waiting.task.run
    bodies = decide.stop(waiting.task)
    assert bodies == [Progressed(EventId(waiting.task.run.id), "cancelled")]
    for each in (clone, waiting):
        each.say(*decide.stop(each.task))
        assert each.task.status == "cancelled"
        assert decide.finish(each.task)


@pytest.mark.parametrize("status", ["ready", "done", "failed", "cancelled"])
def test_nothing_to_stop(status: str) -> None:
    clone = at_rest(status)
    with pytest.raises(Refused) as refused:
        decide.stop(clone.task)
    assert (refused.value.message, refused.value.hint) == (
        "nothing of this task is running",
        f"See how it stands: git phc show {clone.id[:8]}",
    )


@pytest.mark.parametrize("status", STATUSES)
def test_done_at_rest(status: str) -> None:
    if status in ("preparing", "running"):
        return
    clone = at_rest(status)
    if "done" in TABLE[status].split():
        assert decide.finish(clone.task) == [Finished(1)]
        return
    with pytest.raises(Refused) as refused:
        decide.finish(clone.task)
    short = clone.id[:8]
    assert (refused.value.message, refused.value.hint) == (
        ("this task is done already", f"Take it back: git phc undo {short}")
        if status == "done"
        else (
            f"a task that is {status} cannot become done",
            f"End its run first: git phc stop {short}",
        )
    )


@pytest.mark.parametrize("status", ["queued", "preparing", "running", "waiting", "failed"])
def test_nothing_is_done_or_deleted_while_its_claim_is_held(status: str) -> None:
    task = running(status)[0].task
    for verb, act in (("done", decide.finish), ("deleted", decide.delete)):
        with pytest.raises(Refused) as refused:
            act(task)
        assert refused.value.message == f"this task is {status}, so it cannot be {verb} now"


@pytest.mark.parametrize("status", ["queued", "ready", "waiting", "done", "failed", "cancelled"])
def test_a_task_at_rest_is_deleted_once(status: str) -> None:
    clone = at_rest(status)
    assert decide.delete(clone.task) == [Deleted(deleted=True)]
    clone.say(Deleted(deleted=True))
    assert clone.task.status == status
    with pytest.raises(Refused) as refused:
        decide.delete(clone.task)
    assert refused.value.message == "this task is deleted already"


UNDO: list[tuple[str, Sequence[Body], Body]] = [
    ("done", [Finished(1)], Finished(None)),
    ("delete", [Deleted(deleted=True)], Deleted(deleted=False)),
    ("archive", [Archived(archived=True)], Archived(archived=False)),
]


@pytest.mark.parametrize(("verb", "bodies", "back"), UNDO)
@pytest.mark.parametrize("status", ["ready", "failed", "cancelled"])
def test_a_mark_is_taken_back_and_the_former_status_shows(
    verb: str, bodies: Sequence[Body], back: Body, status: str
) -> None:
    clone = at_rest(status)
    with pytest.raises(Refused) as refused:
        decide.undo(clone.task, verb)
    assert refused.value.message == f"there is no {verb} of this task to take back"
    clone.say(*bodies)
    assert decide.undo(clone.task, verb) == [back]
    clone.say(back)
    assert clone.task.status == status
    assert (clone.task.is_done, clone.task.deleted, clone.task.archived) == (False,) * 3


def test_labels_that_are_on_or_off_already_are_left_out() -> None:
    task = started(Labelled(("bug", "ui"))).task
    assert decide.label(task, ["new", "bug", "new"], ["ui", "gone", "ui"]) == [
        Labelled(("new",), ("ui",))
    ]
    assert decide.label(task, ["bug"], ["gone"]) == []
    assert decide.label(task, [], []) == []


def test_a_task_that_was_handed_off_may_be_claimed_by_anyone() -> None:
    clone = at_rest("failed")
    assert clone.task.run
    id = EventId(clone.task.run.id)
    clone.say(HandedOff(id, "cloud"))
    assert clone.task.status == "queued"
    assert claim(clone.task) == Claimed(2, id, "box", "local")
