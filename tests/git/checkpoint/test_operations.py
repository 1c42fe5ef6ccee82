"""What is under way when a checkpoint is taken can be ended, or called off, after restoring."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.git.checkpoint.lab import Lab

Start = Callable[[Lab], None]


@pytest.fixture
def two(lab: Lab) -> Lab:
    """A branch `other` whose two commits collide with the last one of `topic`, and one before."""
    lab.git("branch", "other")
    lab.commit(a="ours\n")
    lab.git("checkout", "-q", "other")
    lab.commit(a="theirs\n")
    lab.commit(b="theirs too\n")
    lab.git("checkout", "-q", "topic")
    lab.write("loose.txt", "untracked\n")
    return lab


def merge(lab: Lab) -> None:
    lab.git("merge", "-q", "other", check=False)


def resolved_merge(lab: Lab) -> None:
    merge(lab)
    lab.write("a.txt", "resolved\n")
    lab.git("add", "a.txt")


def squash(lab: Lab) -> None:
    lab.git("merge", "-q", "--squash", "other", check=False)


def rebase(lab: Lab) -> None:
    lab.git("rebase", "-q", "--merge", "other", check=False)


def rebase_by_mail(lab: Lab) -> None:
    lab.git("rebase", "-q", "--apply", "other", check=False)


def rebase_with_autostash(lab: Lab) -> None:
    lab.write("b.txt", "to be stashed\n")
    lab.git("rebase", "-q", "--autostash", "other", check=False)


def cherry_pick(lab: Lab) -> None:
    lab.git("cherry-pick", "other~1", "other", check=False)


def revert(lab: Lab) -> None:
    lab.commit(b="x\n")
    lab.git("revert", "--no-edit", "HEAD~1^", "HEAD", check=False)
    lab.git("revert", "--abort", check=False)
    lab.git("revert", "--no-commit", "HEAD")


def bisect(lab: Lab) -> None:
    for number in range(5):
        lab.commit(c=f"{number}\n")
    lab.git("bisect", "start", "HEAD", "HEAD~4")


def stopped_edit(lab: Lab) -> None:
    lab.git("-c", "sequence.editor=sed -i s/^pick/edit/", "rebase", "-q", "-i", "HEAD~1")


ALL: list[Start] = [
    merge,
    resolved_merge,
    squash,
    rebase,
    rebase_by_mail,
    rebase_with_autostash,
    cherry_pick,
    revert,
    bisect,
    stopped_edit,
]


@pytest.mark.parametrize("start", ALL)
def test_comes_back_as_it_was(two: Lab, start: Start) -> None:
    start(two)
    told = two.git("status")

    two.there_and_back()

    # The first line is from the log of HEAD, which is of the place, not of the state
    assert two.git("status").split(b"\n")[1:] == told.split(b"\n")[1:]


@pytest.mark.parametrize(
    ("start", "name"),
    [
        (merge, "merge"),
        (rebase, "rebase"),
        (rebase_by_mail, "rebase"),
        (rebase_with_autostash, "rebase"),
        (cherry_pick, "cherry-pick"),
        (stopped_edit, "rebase"),
    ],
)
@pytest.mark.parametrize("how", ["--continue", "--abort"])
def test_can_be_ended_afterwards(two: Lab, start: Start, name: str, how: str) -> None:
    top = two.git("rev-parse", "topic")
    start(two)
    two.there_and_back()
    if not two.git("rev-parse", "-q", "--verify", "topic", check=False):
        two.git("update-ref", "refs/heads/topic", top.decode().strip())
    if how == "--continue":
        two.write("a.txt", "resolved\n")
        two.git("add", "a.txt")

    two.git("-c", "core.editor=true", name, how)

    assert b"All conflicts fixed" not in two.git("status")
    wanted = b"resolved\n" if how == "--continue" else b"ours\n"
    assert (two.place / "a.txt").read_bytes() == wanted
    assert (two.place / "loose.txt").read_bytes() == b"untracked\n"


def test_a_bisect_goes_on_and_resets(lab: Lab) -> None:
    bisect(lab)
    lab.there_and_back()
    lab.git("update-ref", "refs/heads/topic", "refs/bisect/bad")

    lab.git("bisect", "good")
    lab.git("bisect", "reset")

    assert lab.git("symbolic-ref", "HEAD") == b"refs/heads/topic\n"


def test_a_conflict_has_no_stash_but_all_its_stages(two: Lab) -> None:
    merge(two)

    link = two.there_and_back()

    assert link.stash is None
    assert two.git("show", ":1:a.txt", ":2:a.txt", ":3:a.txt") == b"one\nours\ntheirs\n"


def test_a_resolved_conflict_can_be_brought_back(two: Lab) -> None:
    resolved_merge(two)
    two.there_and_back()

    two.git("checkout", "-m", "a.txt")

    assert b"<<<<<<<" in (two.place / "a.txt").read_bytes()


def test_an_autostash_outlives_gc(two: Lab, tmp_path: Path) -> None:
    rebase_with_autostash(two)
    two.there_and_back()
    git_dir = two.repo.git_dir

    two.git("cat-file", "-e", (git_dir / "rebase-merge/autostash").read_text().strip())


def test_a_trace_whose_history_is_not_whole_is_passed_over(two: Lab) -> None:
    tree = two.git("rev-parse", "HEAD^{tree}").decode().strip()
    body = f"tree {tree}\nparent {'1' * 40}\nauthor A <a> 1 +0000\ncommitter A <a> 1 +0000\n\nx\n"
    words = ("hash-object", "-w", "-t", "commit", "--stdin", "--literally")
    broken = two.git(*words, input=body.encode())
    rebase(two)
    (two.repo.git_dir / "ORIG_HEAD").write_bytes(broken)

    link = two.take()

    assert broken.strip() not in two.git("rev-list", link.link).split()
    assert two.git("rev-parse", "other") in two.git("rev-list", link.link)
