"""A task that another clone has put away: it is told, and comes back by its name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.sync.team import Team


@pytest.mark.slow
@pytest.mark.parametrize("verb", ["delete", "done", "archive"])
def test_what_another_clone_put_away_comes_back_by_name(team: Team, verb: str) -> None:
    made = team.ada("start", "--json", "Fix it", "-a", "fake")
    task, place = json.loads(made.out)["id"], Path(json.loads(made.out)["worktree"])
    team.ada("push", task)
    team.bob("pull")
    team.bob(verb, task)
    team.bob("sync")
    team.ada("pull")
    assert "nothing to take back" in team.ada("undo", code=1).err  # it is no deed of this clone's
    assert "is ready again" in team.ada("undo", task).out
    assert place.exists()
    shown = team.ada.show(task)
    assert (shown["status"], shown["archived"], "deleted" in shown) == ("ready", False, False)
    team.ada("send", task, "[[say again]]")


@pytest.mark.slow
def test_the_workspace_comes_back_only_where_the_task_rests(team: Team) -> None:
    task = json.loads(team.ada("start", "--json", "Fix it", "-a", "fake").out)["id"]
    team.ada("push", task)
    team.bob("pull")
    team.ada("delete", task)
    team.ada("sync")
    team.bob("pull")
    assert f"Bring it back: git phc undo {task[:8]}\n" in team.bob("path", task, code=1).err
    said = team.bob("undo", task).out
    assert f"to take it over: git phc pick {task[:8]}" in said
    assert "worktree" not in team.bob.show(task)
    assert team.bob.git("worktree", "list").count("\n") == 0
    assert f"Take it over: git phc pick {task[:8]}\n" in team.bob("path", task, code=1).err
    team.bob("pick", task)
    assert Path(team.bob.show(task)["worktree"]).exists()


@pytest.mark.slow
def test_a_merge_is_taken_back_where_it_was_made(team: Team) -> None:
    words = ("start", "--json", "[[write a|b]]", "-a", "fake", "--autonomy", "bypass")
    task = json.loads(team.ada(*words).out)["id"]
    team.ada("merge", task)
    team.ada("push", task)
    team.bob("pull")
    assert team.bob("undo", task, code=1).err == (
        "git phc: this task was merged in another clone, by Ada <ada@example.com>.\n"
        f"Take it back there: git phc undo {task[:8]}; "
        f"or go on with it here: git phc pick {task[:8]}\n"
    )
    team.bob("pick", task)


@pytest.mark.parametrize("how", ["pull", "sync"])
def test_a_deletion_that_comes_is_told(team: Team, how: str) -> None:
    task, other = team.ada.make("Fix the parser"), team.ada.make("Fix the lexer")
    team.ada("push", task, other)
    team.bob("pull")
    team.ada("delete", task)
    team.ada("edit", other, "--pin")
    team.ada("push")
    lines = sorted(team.bob(how).lines)
    told = (
        f"{task[:8]}  deleted  Fix the parser: it was deleted by Ada <ada@example.com>; "
        f"to bring it back: git phc undo {task[:8]}"
    )
    assert lines == sorted([told, f"{other[:8]}  updated  Fix the lexer"])
    team.ada("edit", task, "--pin")
    team.ada("push")
    assert team.bob.outcomes(how) == {task: "updated"}  # that it is deleted is no news
