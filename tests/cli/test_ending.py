"""done, delete, undo: nothing is lost, and it is said how it comes back."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.cli.making import Maker
from tests.cli.told import told
from tests.kit import Phc, RunGit


def test_done_and_back(hello: str, repo: Path, phc: Phc, git: RunGit) -> None:
    place = Path(phc("path", hello, cwd=repo).out.rstrip("\n"))
    done = phc("done", hello, cwd=repo)
    assert (done.code, done.err) == (0, "")
    assert told(done.out, repo.parent) == (
        "SHORT is done: Say hello\n"
        "  removed DIR/repo.phc/say-hello-SHORT; its work is kept: git stash apply --index COMMIT\n"
        "  deleted the branch phc/say-hello-SHORT, all of which is elsewhere\n"
        "  take it back: git phc undo SHORT\n"
    )
    assert not place.exists()
    assert "+hello" in phc("diff", hello, cwd=repo).lines
    words = next(line for line in done.lines if "git stash" in line).split(": ", 1)[1].split()
    git(repo, *words[1:])
    assert (repo / "hello.txt").read_text() == "hello\n"

    back = phc("undo", cwd=repo)
    assert (back.code, back.err) == (0, "")
    assert told(back.out, repo.parent) == (
        "Took back done: SHORT is ready again: Say hello\n"
        "  its workspace is back in DIR/repo.phc/say-hello-SHORT\n"
    )
    assert (place / "hello.txt").read_text() == "hello\n"


@pytest.mark.parametrize("form", [(), ("-q",), ("--json",)])
def test_who_works_on_where_the_folder_was_is_named(
    form: Sequence[str], hello: str, repo: Path, phc: Phc
) -> None:
    place = Path(phc("path", hello, cwd=repo).out.rstrip("\n"))
    with subprocess.Popen(["sleep", "60"], cwd=place) as stranger:
        done = phc("done", *form, hello, cwd=repo)
        stranger.kill()
    assert f"{hello[:8]}: still at work where it was: {stranger.pid} (sleep 60)" in done.err
    assert done.code == 0
    assert "still at work" not in done.out


@pytest.mark.slow
def test_delete_and_back(hello: str, repo: Path, phc: Phc) -> None:
    deleted = phc("delete", hello, cwd=repo)
    assert (deleted.code, deleted.err) == (0, "")
    assert deleted.lines[0] == f"{hello[:8]} is deleted: Say hello"
    assert phc("status", "-a", "-q", cwd=repo).out == ""
    assert phc("undo", hello, "-q", cwd=repo).out == f"{hello}\n"
    assert phc("status", "-a", "-q", cwd=repo).out == f"{hello}\n"


def test_several_at_once(make: Maker, repo: Path, phc: Phc) -> None:
    one, two, three = make("One"), make("Two"), make("Three", "failed")
    assert phc("done", "-q", one.id, two.id, cwd=repo).lines == [one.id, two.id]
    document = json.loads(phc("delete", "--json", one.id, three.id, cwd=repo).out)
    assert set(document) == {"schema", "tasks"}
    assert [task["status"] for task in document["tasks"]] == ["done", "failed"]
    body = json.loads(phc("undo", "--json", three.id, cwd=repo).out)
    assert (body["id"], body["status"]) == (three.id, "failed")


def test_one_that_fails_after_another(make: Maker, repo: Path, phc: Phc) -> None:
    """What has been done is told before what was refused."""
    one, runs = make("One"), make("Runs", "running")
    ended = phc("done", one.id, runs.id, cwd=repo)
    assert ended.code == 1
    assert told(ended.out) == "SHORT is done: One\n  take it back: git phc undo SHORT\n"
    assert told(ended.err) == (
        "git phc: this task is running, so it cannot be done now.\n"
        "End its run first: git phc stop SHORT\n"
    )
    assert phc("done", one.id, "nope", cwd=repo).code == 3


def test_refusals(make: Maker, repo: Path, phc: Phc) -> None:
    done, deleted = make("Done", "done"), make("Deleted", "deleted")
    for words, err in (
        (
            ("done", done.id),
            "git phc: this task is done already.\nTake it back: git phc undo SHORT\n",
        ),
        (
            ("delete", deleted.id),
            "git phc: this task is deleted already.\nBring it back: git phc undo SHORT\n",
        ),
        (
            ("resume", deleted.id),
            "git phc: this task is deleted.\nBring it back: git phc undo SHORT\n",
        ),
    ):
        refused = phc(*words, cwd=repo)
        assert (refused.code, refused.out, told(refused.err)) == (1, "", err)


def test_nothing_to_take_back(make: Maker, repo: Path, phc: Phc) -> None:
    task = make("One")
    refused = phc("undo", task.id, cwd=repo)
    assert (refused.code, told(refused.err)) == (
        1,
        "git phc: there is nothing to take back here.\nSee what happened: git phc show SHORT\n",
    )
    refused = phc("undo", cwd=repo)
    assert (refused.code, refused.err) == (
        1,
        "git phc: there is nothing to take back here.\nSee: git phc status --all\n",
    )
