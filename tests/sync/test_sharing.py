"""push, pull and sync between two clones and a bare repository."""

from __future__ import annotations

import pytest

from git_phc.model.events.edited import Edited
from tests.sync.team import Team


def test_nothing_is_shared_that_was_not_named(team: Team) -> None:
    named, other = team.ada.make("Named"), team.ada.make("Other")
    assert team.ada("push").out == "Nothing to push.\n"
    assert team.ada("push", named).out == f"{named[:8]}  shared  Named\n"
    assert (team.there(named), team.there(other)) == (team.ada.tip(named), "")
    team.ada.say(named, Edited({"title": "Renamed"}))
    team.ada.say(other, Edited({"title": "Renamed"}))
    assert team.ada.outcomes("push") == {named: "pushed"}
    assert team.there(other) == ""


def test_all_are_shared_where_it_is_set(team: Team) -> None:
    tasks = {team.ada.make(), team.ada.make()}
    team.ada.git("config", "phc.share", "all")
    assert team.ada.outcomes("push") == dict.fromkeys(tasks, "shared")


def test_the_tasks_of_others_come_by_a_pull(team: Team) -> None:
    task = team.ada.make("Fix the parser", prompt="long " * 5000)
    team.ada("push", task)
    assert team.bob("pull").out == f"{task[:8]}  new  Fix the parser\n"
    assert team.bob.tip(task) == team.ada.tip(task)
    assert team.bob("pull").out == "Nothing is new.\n"
    team.ada.say(task, Edited({"title": "Fix the lexer"}))
    team.ada("push")
    assert team.bob("pull", task[:6]).out == f"{task[:8]}  updated  Fix the lexer\n"
    assert team.bob.title(task) == "Fix the lexer"


def test_one_task_comes_by_the_beginning_of_its_name(team: Team) -> None:
    task, other = team.ada.make(), team.ada.make()
    team.ada("push", task, other)
    assert team.bob.outcomes("pull", task[:8]) == {task: "new"}
    assert team.bob.tip(other) == ""
    assert "there is no task 'kkkkkkkkk'" in team.bob("pull", "kkkkkkkkk", code=3).err


def test_what_was_changed_apart_is_joined_alike(team: Team) -> None:
    task = team.ada.make()
    team.ada("push", task)
    team.bob("pull")
    team.ada.say(task, Edited({"title": "Ada's", "pinned": True}))
    team.bob.say(task, Edited({"title": "Bob's", "assignee": "bob@example.com"}))
    assert team.ada.outcomes("sync") == {task: "pushed"}
    assert team.bob("sync").out.split()[:2] == [task[:8], "joined"]
    assert team.ada.outcomes("sync") == {task: "updated"}
    for mate in (team.ada, team.bob):
        assert mate.tip(task) == team.there(task)
        shown = mate.show(task)
        assert (shown["pinned"], shown["assignee"]) == (True, "bob@example.com")
        assert {shown["title"], *shown["contested"]["title"]} == {"Ada's", "Bob's"}
        assert "contested title: also" in mate("status", task).out
        assert mate("sync").out == "All is the same here and there.\n"


def test_two_who_join_by_themselves_make_the_same_commit(team: Team) -> None:
    task = team.ada.make()
    team.ada("push", task)
    team.bob("pull")
    team.ada.say(task, Edited({"title": "Ada's"}))
    team.bob.say(task, Edited({"title": "Bob's"}))
    # each hears of the other's change from a hub of their own
    for mate, other in ((team.ada, team.bob), (team.bob, team.ada)):
        mate.git("remote", "add", "other", other.path)
    tips = [mate.tip(task) for mate in (team.ada, team.bob)]
    team.ada.git("fetch", "-q", "other", f"{tips[1]}:refs/kept/bob")
    team.bob("pull", "--remote", "other")
    team.bob.git("update-ref", "refs/kept/join", team.bob.tip(task))
    team.bob.git("update-ref", f"refs/phc/tasks/{task}", tips[1])
    team.ada("pull", "--remote", "other")
    assert team.ada.tip(task) == team.bob.ref("refs/kept/join") != ""
    assert len(team.ada.git("rev-parse", f"{team.ada.tip(task)}^@").split()) == 2


def test_a_push_that_meets_news_joins_and_goes_on(team: Team) -> None:
    task, other = team.ada.make(), team.ada.make()
    team.ada("push", task, other)
    team.bob("pull")
    team.bob.say(task, Edited({"title": "Bob's"}))
    team.bob("push")
    team.ada.say(task, Edited({"pinned": True}))
    team.ada.say(other, Edited({"pinned": True}))
    assert team.ada.outcomes("push") == {task: "pushed", other: "pushed"}
    assert team.there(task) == team.ada.tip(task)
    assert team.ada.title(task) == "Bob's"


def test_json_says_how_a_task_is_shared(team: Team) -> None:
    task = team.ada.make()
    shown = team.ada.show(task)
    assert (shown["shared"], shown["arbiter"]) == (False, "here")
    assert shown.keys().isdisjoint({"remote", "unpushed"})
    team.ada("push", task)
    team.bob("pull")
    for mate in (team.ada, team.bob):
        shown = mate.show(task)
        assert (shown["shared"], shown["arbiter"], shown["remote"]) == (True, "origin", "origin")
        assert shown["unpushed"] is False
    team.bob.say(task, Edited({"pinned": True}))
    assert team.bob.show(task)["unpushed"] is True


def test_a_task_keeps_its_arbiter_when_a_copy_goes_elsewhere(team: Team) -> None:
    task = team.ada.make()
    team.ada("push", task)
    team.ada.git("remote", "add", "copies", team.bob.path)
    assert team.ada.outcomes("push", task, "--remote", "copies") == {task: "shared"}
    assert team.ada.show(task)["arbiter"] == "origin"


def test_a_push_of_unknown_outcome_counts_as_shared(team: Team) -> None:
    task = team.ada.make()
    team.ada.git("remote", "set-url", "origin", team.hub / "nowhere")
    assert team.ada.outcomes("push", task, code=1) == {task: "unknown"}
    assert team.ada.show(task)["arbiter"] == "origin"


def test_without_a_remote_it_is_said_what_to_do(team: Team) -> None:
    team.ada.git("remote", "remove", "origin")
    refused = team.ada("sync", code=1)
    assert refused.err == (
        "git phc: this repository has no remote to share tasks with.\n"
        "Add one: git remote add origin URL\n"
    )
    assert "there is no remote 'x'" in team.ada("sync", "--remote", "x", code=2).err


@pytest.mark.parametrize("words", [("push",), ("pull",), ("sync",)])
def test_a_remote_that_is_away_is_named(team: Team, words: tuple[str, ...]) -> None:
    task = team.ada.make()
    team.ada("push", task)
    team.ada.say(task, Edited({"pinned": True}))
    team.ada.git("remote", "set-url", "origin", team.hub / "nowhere")
    told = team.ada(*words, code=1)
    assert "nowhere' does not appear to be a git repository" in told.err + told.out
    assert team.ada.show(task)["unpushed"] is True


# What the remote takes back


def test_a_task_moved_back_there_is_told_and_neither_followed_nor_pushed(team: Team) -> None:
    task = team.ada.make()
    team.ada("push", task)
    old, _ = team.there(task), team.ada.say(task, Edited({"title": "Newer"}))
    team.ada("push")
    team.run_git(team.hub, "update-ref", f"refs/phc/tasks/{task}", old)
    for _ in range(2):
        told = team.ada("sync", code=4)
        assert told.out == (
            f"{task[:8]}  held back  it was moved back there; "
            f"to have it there again: git phc push {task[:8]}\n"
        )
        assert (team.there(task), team.ada.title(task)) == (old, "Newer")
    assert team.ada.outcomes("push", task) == {task: "pushed"}
    assert team.there(task) == team.ada.tip(task)
    assert team.ada("sync").out == "All is the same here and there.\n"


def test_a_task_that_was_deleted_there_stays_here(team: Team) -> None:
    task = team.ada.make()
    team.ada("push", task)
    team.run_git(team.hub, "update-ref", "-d", f"refs/phc/tasks/{task}")
    team.ada.say(task, Edited({"pinned": True}))
    for _ in range(2):
        assert team.ada.outcomes("sync", code=4) == {task: "gone"}
        assert team.there(task) == ""
    assert team.ada.show(task)["arbiter"] == "origin"
    team.ada("push", task)
    assert team.there(task) == team.ada.tip(task)
    assert team.ada.outcomes("sync") == {}


@pytest.mark.slow
def test_a_task_replaced_there_is_joined_when_it_is_pushed_by_name(team: Team) -> None:
    task = team.ada.make()
    team.ada("push", task)
    team.bob("pull")
    team.ada.say(task, Edited({"title": "Ada's"}))
    team.ada("push")
    team.bob.say(task, Edited({"assignee": "bob@example.com"}))
    team.bob.git("push", "-q", "-f", "origin", f"refs/phc/tasks/{task}:refs/phc/tasks/{task}")
    assert team.ada.outcomes("sync", code=4) == {task: "back"}
    assert team.ada.show(task).get("assignee") is None
    assert team.ada.outcomes("push", task) == {task: "pushed"}
    shown = team.ada.show(task)
    assert (shown["title"], shown["assignee"]) == ("Ada's", "bob@example.com")
    assert team.bob.outcomes("sync") == {task: "updated"}
