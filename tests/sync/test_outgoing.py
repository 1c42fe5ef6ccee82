"""What goes along with a push: transcripts and checkpoints, but no secret, and untracked files
only when somebody has said so.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sync.team import Mate, Team

SECRET = "ghp_" + "a1B2c3D4e5" * 3
LEAK = f"printf 'key: %s%s' {SECRET[:8]} {SECRET[8:]} > new.txt"  # refused were it in one piece
KEY = "remote.origin.phcUntracked"
SET = (
    "From now on files that git does not track go along to origin. "
    f"To take that back: git config --unset {KEY}\n"
)


def work(mate: Mate, script: str) -> str:
    """A task whose agent has done this."""
    return mate("start", "-q", "Do it", "--", "sh", "-c", script).out.strip()


@pytest.fixture
def asked(team: Team) -> Team:
    """A team that was not asked yet about files that git does not track."""
    team.ada.git("config", "--unset", "remote.origin.phcUntracked")
    return team


@pytest.mark.slow
def test_what_was_said_and_done_goes_along_and_comes_when_it_is_needed(team: Team) -> None:
    task = work(team.ada, "echo said; echo more > new.txt")
    team.ada("push", task)
    for kind in ("tasks", "runs", "work"):
        assert team.there(task, kind) == team.ada.ref(f"refs/phc/{kind}/{task}") != ""
    team.bob("pull")
    assert team.bob.git("for-each-ref", "refs/phc/runs", "refs/phc/work") == ""
    assert "said" in team.bob("logs", task).out
    assert "+more" in team.bob("diff", task).out
    assert "turn 1" in team.bob("checkpoints", task).out
    for kind in ("runs", "work"):
        assert team.bob.ref(f"refs/phc/{kind}/{task}") == team.there(task, kind)


@pytest.mark.slow
def test_what_was_committed_since_the_last_checkpoint_goes_along(team: Team) -> None:
    task = work(team.ada, "echo one > one; git add one; git commit -qm one")
    place = Path(team.ada.show(task)["worktree"])
    team.ada("push", task)
    team.ada.run_git(place, "commit", "-q", "--allow-empty", "-m", "by hand")
    assert team.ada.outcomes("sync") == {task: "pushed"}
    assert team.ada.outcomes("push") == {}
    (place / "one").write_text("not committed")
    assert team.ada.outcomes("push", task) == {}  # what is not committed waits for a checkpoint
    team.bob("pull")
    team.bob("pick", task)
    there = Path(team.bob.show(task)["worktree"])
    assert team.bob.run_git(there, "log", "-2", "--format=%s") == "by hand\none"


@pytest.mark.slow
def test_where_they_cannot_come_it_is_said_what_to_do(team: Team) -> None:
    task = work(team.ada, "echo said; echo more > new.txt")
    team.ada("push", task)
    team.bob("pull")
    team.bob.git("remote", "set-url", "origin", team.hub / "nowhere")
    for verb in ("logs", "diff", "checkpoints"):
        told = team.bob(verb, task, code=1)
        assert told.err.startswith("git phc: the remote origin cannot be read: ")
        assert told.err.endswith("Look whether git reaches it: git ls-remote origin\n")


@pytest.mark.slow
def test_a_transcript_comes_anew_when_there_is_more_of_it(team: Team) -> None:
    task = work(team.ada, "echo first")
    team.ada("push", task)
    team.bob("pull")
    assert "first" in team.bob("logs", task).out
    team.ada("send", task, "again")
    team.ada("push")
    team.bob("pull")
    assert team.bob("logs", task).out.count("first") == 2


@pytest.mark.slow
def test_untracked_files_are_counted_and_asked_for_once_a_remote(asked: Team) -> None:
    first, second = work(asked.ada, "touch a b"), work(asked.ada, "touch c")
    told = asked.ada("push", first, code=4)
    assert told.out == (
        f"{first[:8]}  withheld  2 files that git does not track would go along; "
        f"to send them, now and later: git phc push {first[:8]} -y\n"
    )
    assert asked.there(first) == ""
    assert asked.ada.show(first)["shared"] is False
    assert asked.ada("push", first, "-y").err == SET
    assert asked.ada.outcomes("push", second) == {second: "shared"}


@pytest.mark.slow
def test_a_person_is_asked(asked: Team) -> None:
    task = work(asked.ada, "touch a")
    told = asked.ada("push", task, input="n\n", tty=True, code=4)
    assert "1 file that git does not track would go to origin, now and later. Send them?" in (
        told.out
    )
    asked.ada("push", task, input="y\n", tty=True)
    assert asked.there(task) == asked.ada.tip(task)


@pytest.mark.slow
@pytest.mark.parametrize("where", ["new.txt", "README.md"])
def test_a_secret_is_withheld_until_somebody_says_so(team: Team, where: str) -> None:
    # written in pieces: a command that shows a secret is refused before that
    script = f"printf 'key: %s%s\\n' {SECRET[:8]} {SECRET[8:]} >> {where}"
    task, other = work(team.ada, script), work(team.ada, "touch harmless")
    told = team.ada("push", task, other, code=4)
    assert f"{where} looks as if it held a secret" in told.out
    assert SECRET not in told.out
    assert (team.there(task), team.there(other)) == ("", team.ada.tip(other))
    assert team.ada.outcomes("push", task, "-y") == {task: "shared"}
    assert team.ada("sync").out == "All is the same here and there.\n"


@pytest.mark.slow
def test_a_secret_that_was_committed_before_the_task_began_is_not_its_own(team: Team) -> None:
    (team.ada.path / "old.txt").write_text(SECRET)
    team.ada.git("add", "old.txt")
    team.ada.git("commit", "-q", "-m", "old")
    task = work(team.ada, "touch new")
    assert team.ada.outcomes("push", task) == {task: "shared"}


@pytest.mark.slow
def test_a_yes_for_a_secret_holds_for_nothing_else(asked: Team) -> None:
    task, other = work(asked.ada, f"{LEAK}; touch more"), work(asked.ada, "touch harmless")
    assert asked.ada("push", task, code=4).out == (
        f"{task[:8]}  withheld  untracked/new.txt looks as if it held a secret, and 2 files that "
        f"git does not track would go along; to send all of it, this once: "
        f"git phc push {task[:8]} -y\n"
    )
    told = asked.ada("push", task, other, "-y")
    assert (asked.there(task), told.err) == (asked.ada.tip(task), "")
    assert asked.ada.git("config", KEY, check=False) == ""
    later = work(asked.ada, "touch later")
    assert asked.ada.outcomes("push", later, code=4) == {later: "withheld"}


@pytest.mark.slow
def test_a_person_is_asked_of_each(asked: Team) -> None:
    task = work(asked.ada, LEAK)
    told = asked.ada("push", task, input="y\nn\n", tty=True, code=4).out
    assert "1 file that git does not track would go to origin, this once. Send them?" in told
    assert f"to send them, this once: git phc push {task[:8]} -y" in told
    asked.ada("push", task, input="y\ny\n", tty=True)
    assert asked.there(task) == asked.ada.tip(task)
    assert asked.ada.git("config", KEY, check=False) == ""
