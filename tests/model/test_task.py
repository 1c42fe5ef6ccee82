from __future__ import annotations

from git_phc.model.events.archived import Archived
from git_phc.model.events.claimed import Claimed
from git_phc.model.events.created import Created
from git_phc.model.events.edited import Edited
from git_phc.model.events.finished import Finished
from git_phc.model.events.labelled import Labelled
from git_phc.model.events.messaged import Messaged
from git_phc.model.events.progressed import Progressed
from git_phc.model.text import text_from_string
from tests.model.making import AT, COMMIT, START, Clone, started


def test_a_task_of_nothing_but_its_root() -> None:
    clone = Clone()
    clone.say(Created())
    task = clone.task
    assert (task.id, task.clock, task.author) == (clone.id, 1, "Ada <ada@example.com>")
    assert (task.title, task.status, task.labels, task.pending) == ("Untitled", "queued", [], [])
    assert (task.run, task.checkpoint, task.turn, task.prompt, task.prompt_bytes) == (
        None, None, 0, "", 0,
    )  # fmt: skip
    assert (task.branch, task.base, task.reason, task.written("title")) == (None, None, None, None)
    assert (task.pinned, task.archived, task.deleted, task.is_done, task.is_open) == (False,) * 5
    assert (task.created, task.updated, task.since) == (AT, AT, AT)
    assert task.count("messages") == task.count("runs") == task.count("no such log") == 0
    assert task.contested("title") == []


def test_a_task_with_everything() -> None:
    prompt, _ = text_from_string("Fix it, please. " * 2000)
    clone = started(
        Edited({"branch": "phc/fix", "base": COMMIT, "pinned": True}),
        Messaged(prompt),
        Labelled(("ui", "bug")),
        Archived(archived=True),
    )
    claim = clone.say(Claimed(1, None, "box", "cloud")).id
    clone.say(Progressed(claim, "failed", "no luck", "session-1"))
    task = clone.task
    assert (task.title, task.agent, task.branch, task.base) == (
        "Fix it", "claude", "phc/fix", COMMIT,
    )  # fmt: skip
    assert (task.labels, task.pinned, task.archived) == (["bug", "ui"], True, True)
    assert (task.prompt, task.prompt_bytes) == (prompt.head, 32_000)
    assert (task.status, task.reason, task.since) == ("failed", "no luck", AT)
    assert task.run
    assert (task.run.id, task.run.n, task.run.is_open, task.run.session) == (
        claim, 1, True, "session-1",
    )  # fmt: skip
    assert task.mode == "cloud"  # where the run works, not where the task was meant to
    written = task.written("title")
    assert written
    assert written["who"] == "Ada <ada@example.com>"


def test_done_hides_why_the_run_failed() -> None:
    clone = started()
    claim = clone.say(Claimed(1, None, "box", "cloud")).id
    clone.say(Progressed(claim, "failed", "no luck"), Finished(1))
    assert (clone.task.status, clone.task.reason, clone.task.since) == ("done", None, AT)


def test_values_that_are_taken_back_are_gone() -> None:
    clone = started(Edited({"branch": "x", "base": COMMIT}))
    clone.say(Edited({"branch": None, "base": None}))
    assert (clone.task.branch, clone.task.base) == (None, None)


def test_all_losers_of_a_title_are_told_newest_first() -> None:
    here = started()
    others = [here.fork(name) for name in ("a", "b", "c")]
    for steps, other in enumerate(others):
        for _ in range(steps):
            other.say(Edited({"pinned": True}))
        other.say(Edited({"title": f"Title {steps}"}))
    for other in others:
        here.hear(other.events.values())
    assert here.task.title == "Title 2"
    assert here.task.contested("title") == ["Title 1", "Title 0"]
    assert START["title"] not in here.task.contested("title")
