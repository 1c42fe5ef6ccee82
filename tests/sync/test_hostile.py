"""What a hostile remote may hold: refused by name, kept apart, and nothing else is held up."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from git_phc.git.encoding import BLOB, TREE, Entry
from git_phc.model.codec import LARGEST, encode
from git_phc.model.event import JUMP, LONGEST
from git_phc.model.events.claimed import Claimed
from git_phc.model.events.created import Created
from git_phc.model.events.edited import Edited
from git_phc.model.events.messaged import Messaged
from git_phc.model.events.used import Used
from git_phc.model.ids import EventId
from git_phc.model.state import join
from git_phc.model.text import text_from_string
from tests.model.making import Clone, started
from tests.sync.forge import Forge, changed, sha
from tests.sync.team import Team

FORGERIES: dict[str, tuple[Callable[[Forge], str], str]] = {}
LONG_TEXT = "long " * 5000
Maker = Callable[[Forge], str]


def refused(why: str) -> Callable[[Maker], Maker]:
    """Names a forgery: a function that puts it into a hub, and answers with the ref's name."""

    def remember(make: Maker) -> Maker:
        FORGERIES[make.__name__] = make, why
        return make

    return remember


def next_tip(forge: Forge, data: bytes | None, **more: bytes | Entry) -> str:
    """A task whose last commit holds this event, beside the snapshot of what came before."""
    clone = started()
    files = forge.files(clone, None)
    event = {"event.json": data} if data is not None else {}
    tip = forge.commit({**files, **event, **more}, forge.history(clone)[-1:])
    return forge.put(clone.id, tip)


@refused("it begins with the root of another task")
def replayed(forge: Forge) -> str:
    return forge.put("k" * 32, forge.history(started())[-1])


@refused("it has a name that no task has")
def an_option(forge: Forge) -> str:
    return forge.put("-x", forge.history(started())[-1])


@refused("it has a name that no task has")
def in_a_folder(forge: Forge) -> str:
    clone = started()
    return forge.put(f"x/{clone.id}", forge.history(clone)[-1])


@refused("it has a name that no task has")
def control_characters(forge: Forge) -> str:
    return forge.put("\x9b31mred\u2028line\u202e", forge.history(started())[-1])


@refused("a number is too large")
def a_clock_without_end(forge: Forge) -> str:
    event = started().say(Edited({"pinned": True}))
    return next_tip(forge, changed(event, clock=2**60))


@refused("whose clock cannot be 4503599627370496")
def a_clock_that_jumps(forge: Forge) -> str:
    return next_tip(forge, changed(started().say(Edited({"pinned": True})), clock=2**52))


@refused(f"whose clock cannot be {JUMP + 3}")
def a_clock_that_jumps_a_little(forge: Forge) -> str:
    event = started().say(Edited({"pinned": True}))
    assert event.clock == 3
    return next_tip(forge, changed(event, clock=JUMP + 3))


@refused("whose clock cannot be 2")
def a_clock_that_stands(forge: Forge) -> str:
    return next_tip(forge, changed(started().say(Edited({"pinned": True})), clock=2))


@refused("it holds an event that is none")
def not_json(forge: Forge) -> str:
    return next_tip(forge, b"\xff\x00 no")


@refused("it holds an event that is none")
def empty(forge: Forge) -> str:
    return next_tip(forge, b"")


@refused("it holds an event that is none")
def nested(forge: Forge) -> str:
    return next_tip(forge, b"[" * 200_000 + b"]" * 200_000)


@refused("it holds an event that is too long")
def long(forge: Forge) -> str:
    return next_tip(forge, b'"' + b"x" * LONGEST + b'"')


@refused("it has a commit without an event")
def without_an_event(forge: Forge) -> str:
    return next_tip(forge, None)


@refused("it holds an event that is none")
def an_event_that_is_a_folder(forge: Forge) -> str:
    return next_tip(forge, None, **{"event.json": Entry(0o040000, forge.writer.put(TREE, b""))})


@refused("it holds an event of another task")
def of_another_task(forge: Forge) -> str:
    other = Clone("other")
    other.say(Created(), Edited({"title": "x"}), Edited({"title": "y"}))
    return next_tip(forge, list(other.events.values())[-1].bytes)


@refused("it holds what cannot be kept: a number is too large")
def sums_without_end(forge: Forge) -> str:
    clone = started()
    first = EventId(clone.say(Claimed(1, None, "h", "worktree")).id)
    clone.say(Used(first, LARGEST, 0))
    second = EventId(clone.say(Claimed(2, first, "h", "worktree")).id)
    oids, files = forge.history(clone), forge.files(clone, None)
    event = clone.say(Used(second, LARGEST, 0))  # each is a number, and their sum is none
    return forge.put(clone.id, forge.commit({**files, "event.json": event.bytes}, oids[-1:]))


@refused("it has a snapshot that its events do not make")
def a_lying_snapshot(forge: Forge) -> str:
    clone = started()
    oids = forge.history(clone)
    event = clone.say(Edited({"pinned": True}))
    files = forge.files(clone, event)
    body = json.loads(bytes(files["task.json"]))  # type: ignore[arg-type]
    body["cells"]["title"]["live"][next(iter(body["cells"]["title"]["live"]))] = "Lie"
    return forge.put(clone.id, forge.commit({**files, "task.json": encode(body)}, oids[-1:]))


@refused("it has a snapshot that its events do not make")
def something_beside(forge: Forge) -> str:
    clone = started()
    event = clone.say(Edited({"pinned": True}))
    files = forge.files(clone, event) | {"messages/x": b"{}"}
    return forge.put(clone.id, forge.commit(files, forge.history(started())[-1:]))


@refused("it has a snapshot that its events do not make")
def executable(forge: Forge) -> str:
    clone = started()
    oids = forge.history(clone)
    event = clone.say(Edited({"pinned": True}))
    files = forge.files(clone, event)
    oid = forge.writer.put(BLOB, event.bytes)
    return forge.put(
        clone.id, forge.commit({**files, "event.json": Entry(0o100755, oid)}, oids[-1:])
    )


@refused("it does not begin with its root")
def two_roots_in_a_row(forge: Forge) -> str:
    clone = started()
    root = next(iter(clone.events.values()))
    files = forge.files(clone, root)
    # the same root again is of the same task, but nothing can come before a root
    return forge.put(clone.id, forge.commit(files, forge.history(clone)[-1:]))


def fork(forge: Forge) -> tuple[Clone, Clone, list[str]]:
    one = started()
    two = one.fork("two")
    base = forge.history(one)
    tips = []
    for clone, title in ((one, "One"), (two, "Two")):
        event = clone.say(Edited({"title": title}))
        tips.append(forge.commit(forge.files(clone, event), base[-1:]))
    return one, two, tips


@refused("it has a snapshot that its events do not make")
def a_forged_merge(forge: Forge) -> str:
    one, _, tips = fork(forge)
    return forge.put(one.id, forge.commit(forge.files(one, None), sorted(tips)))


@refused("it has a join with an event of its own")
def a_merge_with_an_event(forge: Forge) -> str:
    one, two, tips = fork(forge)
    one.hear(two.events.values())
    event = one.say(Edited({"pinned": True}))
    return forge.put(one.id, forge.commit(forge.files(one, event), sorted(tips)))


@refused("it has a join of parents in no order")
def a_merge_the_wrong_way_round(forge: Forge) -> str:
    one, two, tips = fork(forge)
    one.hear(two.events.values())
    return forge.put(one.id, forge.commit(forge.files(one, None), sorted(tips, reverse=True)))


@refused("it joins two tasks")
def a_merge_of_two_tasks(forge: Forge) -> str:
    one, other = started(), Clone("other")
    other.say(Created(), Edited({"title": "x"}))
    tips = [forge.history(one)[-1], forge.history(other)[-1]]
    one.state = join(one.state, other.state)
    return forge.put(one.id, forge.commit(forge.files(one, None), sorted(tips)))


@refused("it cannot be read here")
def a_blob(forge: Forge) -> str:
    return forge.put(started().id, forge.writer.put(BLOB, b"no commit"))


@refused("it has a commit without an event")
def a_commit_of_the_users(forge: Forge) -> str:
    clone = started()
    oids = forge.history(clone)
    return forge.put(clone.id, forge.commit({"README.md": b"hello"}, oids[-1:]))


def with_text(forge: Forge, name: str, data: bytes) -> str:
    clone = started(Messaged(text_from_string(LONG_TEXT)[0]))
    return forge.put(clone.id, forge.history(clone, **{name: data})[-1])


@refused("it lacks a long text")
def without_its_text(forge: Forge) -> str:
    clone = started(Messaged(text_from_string(LONG_TEXT)[0]))
    return forge.put(clone.id, forge.history(clone)[-1])


@refused("it holds a text under the name of another")
def another_text(forge: Forge) -> str:
    return with_text(forge, sha(LONG_TEXT.encode()), b"another")


@refused("it has something among its long texts that is none")
def a_folder_of_texts(forge: Forge) -> str:
    clone = started(Messaged(text_from_string(LONG_TEXT)[0]))
    folder = Entry(0o040000, forge.writer.put(TREE, b""))
    files = forge.files(clone, list(clone.events.values())[-1])
    files[f"texts/{sha(LONG_TEXT.encode())}"] = folder
    return forge.put(clone.id, forge.commit(files, forge.history(clone)[-2:-1]))


def of_a_later_version(forge: Forge, **fields: Any) -> str:
    clone = started()
    oids = forge.history(clone)
    event = clone.say(Edited({"pinned": True}))
    files = forge.files(clone, None)
    body = json.loads(bytes(files["task.json"]))  # type: ignore[arg-type]
    files |= {"event.json": changed(event, v=99), "task.json": encode({**body, **fields})}
    return forge.put(clone.id, forge.commit(files, oids[-1:]))


@refused("it holds what a later version wrote, beside a snapshot of this one")
def half_of_a_later_version(forge: Forge) -> str:
    return of_a_later_version(forge)


@refused("it was written by a later version, and cannot be shown")
def a_later_version_that_makes_no_sense(forge: Forge) -> str:
    return of_a_later_version(forge, v=99, root={"who": 1, "at": "yesterday"})


def test_what_a_later_version_wrote_is_carried_and_changed_by_nobody(team: Team) -> None:
    task = of_a_later_version(Forge.at(team.hub), v=99, dreams=[1, 2])
    assert team.bob.outcomes("pull") == {task: "new"}
    assert "Fix it" in team.bob("status").out
    assert "a newer version (v99)" in team.bob("edit", task, "--pin", code=1).err
    team.bob.git("remote", "add", "ada", team.ada.path)
    assert team.bob.outcomes("push", task, "--remote", "ada") == {task: "shared"}
    assert team.ada.tip(task) == team.there(task)
    # an honest event of ours, made before that, is kept apart from it
    team.bob.git("update-ref", f"refs/phc/tasks/{task}", f"{team.there(task)}~1")
    team.bob.say(task, Edited({"title": "Bob's"}))
    told = team.bob("sync", code=1).out
    assert told.count("it has changes of a later version, and others here") == 2
    assert team.bob.title(task) == "Bob's"


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forgery_is_named_and_kept_and_not_adopted(team: Team, name: str) -> None:
    make, why = FORGERIES[name]
    forge = Forge.at(team.hub)
    bad = make(forge)
    honest = Clone("honest")
    honest.say(Created(), Edited({"title": "Honest", "mode": "local", "agent": "x"}))
    honest.say(Edited({"autonomy": "ask"}))
    good = forge.put(honest.id, forge.history(honest)[-1])
    told = json.loads(team.bob("pull", "--json", code=1).out)["tasks"]
    assert {one["id"]: one["outcome"] for one in told} == {bad: "quarantined", good: "new"}
    assert why in {f"it {one['why']}" for one in told if "why" in one}.pop()
    tip = team.there(bad)
    assert team.bob.ref(f"refs/phc/quarantine/origin/{bad}") == tip
    assert team.bob.ref(f"refs/phc/tasks/{bad}") == ""
    assert "Honest" in team.bob("status").out


def test_a_name_that_writes_on_the_screen_is_shown_without(team: Team) -> None:
    control_characters(Forge.at(team.hub))
    shown = team.bob("sync", code=1).out
    assert "quarantined" in shown
    assert not {"\x9b", "\u2028", "\u202e"} & set(shown)


def test_the_makings_of_the_forgeries_are_honest(team: Team) -> None:
    """What the forgeries are made of would be adopted: else they prove nothing."""
    forge = Forge.at(team.hub)
    one, two, tips = fork(forge)
    one.hear(two.events.values())
    forge.put(one.id, forge.commit(forge.files(one, None), sorted(tips)))
    data = LONG_TEXT.encode()
    texted = Clone("texted")
    texted.say(Created(), Edited({"title": "T"}), Messaged(text_from_string(LONG_TEXT)[0]))
    forge.put(texted.id, forge.history(texted, **{sha(data): data})[-1])
    assert team.bob.outcomes("pull") == {one.id: "new", texted.id: "new"}


@pytest.mark.slow
def test_a_history_with_more_ways_than_anybody_can_go_is_read_once(team: Team) -> None:
    """Rungs of a ladder: each doubles the ways from its tip to its root."""
    forge, clone = Forge.at(team.hub), started()
    tips = forge.history(clone)[-1:] * 2
    for rung in range(60):
        event = clone.say(Edited({"title": str(rung)}))
        rails = [
            forge.commit(forge.files(clone, event), [tip], side)
            for tip, side in zip(tips, "ab", strict=True)
        ]
        tips = [forge.commit(forge.files(clone, None), sorted(rails), side) for side in "ab"]
    task = forge.put(clone.id, tips[0])
    assert team.bob.outcomes("pull") == {task: "new"}
    assert team.bob.title(task) == "59"
    team.bob.say(task, Edited({"pinned": True}))
    forge.put(task, forge.commit(forge.files(clone, None), sorted(tips)))
    assert set(team.bob.outcomes("sync")) == {task}
    assert team.there(task) == team.bob.tip(task)


@pytest.mark.parametrize("before", ["known", "new"])
def test_a_history_that_is_cut_off_there_is_not_taken_over(team: Team, before: str) -> None:
    """A shallow repository, which would make of those who fetch from it such ones, too."""
    task = team.ada.make()
    team.ada("push", task)
    if before == "known":
        team.bob("pull")
    team.ada.say(task, Edited({"title": "Later"}))
    other = team.ada.make()
    team.ada("push", task, other)
    (team.hub / "shallow").write_text(f"{team.there(task)}\n")
    tip = team.bob.tip(task)
    assert team.bob.outcomes("pull") == {other: "new"}
    assert team.bob.tip(task) == tip
    assert not (team.bob.path / ".git/shallow").exists()
    team.bob.git("fsck", "--connectivity-only")


def test_a_quarantined_task_is_taken_over_when_it_is_good_again(team: Team) -> None:
    task = team.ada.make()
    team.ada("push", task)
    team.bob("pull")
    forge = Forge.at(team.hub)
    forge.put(task, forge.commit({"README.md": b"hello"}, [team.there(task)]))
    team.bob.say(task, Edited({"pinned": True}))
    for _ in range(2):
        assert team.bob.outcomes("sync", code=1) == {task: "quarantined"}
    assert team.bob.tip(task) != team.there(task)
    team.run_git(team.hub, "update-ref", f"refs/phc/tasks/{task}", team.ada.tip(task))
    assert team.bob.outcomes("sync") == {task: "pushed"}
    assert team.bob.git("for-each-ref", "refs/phc/quarantine", "refs/phc/withdrawn") == ""
    assert team.there(task) == team.bob.tip(task)


def test_what_is_missing_there_keeps_the_rest_from_nothing(team: Team) -> None:
    forge = Forge.at(team.hub)
    broken, whole = started(), Clone("whole")
    whole.say(Created(), Edited({"title": "Whole"}))
    tip = forge.put(broken.id, forge.history(broken)[-1])
    forge.put(whole.id, forge.history(whole)[-1])
    oid = team.run_git(team.hub, "rev-parse", f"refs/phc/tasks/{tip}:event.json")
    (team.hub / "objects" / oid[:2] / oid[2:]).unlink()
    told = team.bob.outcomes("pull", code=1)
    assert told == {whole.id: "new", broken.id: "quarantined"}
