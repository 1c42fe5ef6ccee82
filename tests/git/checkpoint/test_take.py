"""Taking: what a link says, what it costs, and what it must not do."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from git_phc.errors import DamagedTask, PhcError, Refused
from git_phc.git.checkpoint import read, take
from git_phc.git.loose import LooseWriter
from git_phc.git.repo import open_repo
from git_phc.git.sizes import size_of_commits
from tests.git.checkpoint.lab import WHO, Lab, git


def objects(lab: Lab) -> set[str]:
    words = ("cat-file", "--batch-all-objects", "--batch-check=%(objectname)")
    return set(git(lab.main, *words).decode().split())


def test_a_link_says_what_it_is(lab: Lab) -> None:
    head = lab.git("rev-parse", "HEAD").decode().strip()

    link = lab.take(turn=3, reason="handoff")

    assert read(lab.repo, link.link) == link
    assert (link.head, link.branch) == (head, "refs/heads/topic")
    assert (link.changed, link.facts) == (True, {"turn": 3, "reason": "handoff"})
    assert link.uncarried == ()


def test_the_parents_are_the_link_before_and_the_stash(lab: Lab) -> None:
    first = lab.take()
    lab.write("a.txt", "changed\n")

    second = lab.take(first.link)

    parents = lab.git("log", "-1", "--format=%P", second.link).decode().split()
    assert parents == [first.link, second.stash]
    assert second.changed


def test_nothing_new_costs_three_objects(lab: Lab) -> None:
    lab.write("a.txt", "changed\n")
    lab.write("new", "untracked\n")
    first = lab.take(turn=1)
    before = objects(lab)

    second = lab.take(first.link, turn=2)

    assert not second.changed
    assert second.stash == first.stash
    assert len(objects(lab) - before) == 3  # the facts, the tree that holds them, the commit


def test_a_touched_file_is_no_change(lab: Lab) -> None:
    first = lab.take()
    os.utime(lab.place / "a.txt")
    lab.git("status")

    assert not lab.take(first.link).changed


@pytest.mark.parametrize(
    "edit",
    [
        lambda lab: lab.write("a.txt", "x"),
        lambda lab: lab.write("new", "x"),
        lambda lab: (lab.place / "a.txt").chmod(0o640),
        lambda lab: (lab.place / "empty").mkdir(),
        lambda lab: lab.git("update-index", "--assume-unchanged", "a.txt"),
        lambda lab: lab.git("checkout", "-q", "-b", "another"),
        lambda lab: lab.git("rm", "-q", "--cached", "a.txt"),
        lambda lab: lab.git("bisect", "start"),
    ],
)
def test_everything_else_is(lab: Lab, edit: object) -> None:
    first = lab.take()
    assert callable(edit)
    edit(lab)

    assert lab.take(first.link).changed


def test_the_users_index_is_not_touched(lab: Lab) -> None:
    lab.write("a.txt", "changed\n")
    index = lab.repo.git_dir / "index"
    before = (index.read_bytes(), index.stat())

    lab.take()

    assert (index.read_bytes(), index.stat().st_mtime_ns) == (before[0], before[1].st_mtime_ns)
    assert index.stat().st_ino == before[1].st_ino
    assert not list((lab.repo.private / "tmp").iterdir())


def test_what_a_killed_one_left_is_cleared_away_after_a_day(lab: Lab) -> None:
    room = lab.repo.private / "tmp"
    for name, age in ("checkpoint-old", 90_000), ("checkpoint-new", 60):
        (room / name).mkdir(parents=True)
        then = time.time() - age
        os.utime(room / name, (then, then))

    lab.take()

    assert [path.name for path in room.iterdir()] == ["checkpoint-new"]


@pytest.mark.parametrize("attempt", range(5))
def test_an_edit_of_the_same_size_just_after_add_is_seen(lab: Lab, attempt: int) -> None:
    lab.write("racy", "aaaa\n")
    lab.git("add", "racy")
    lab.write("racy", "bbbb\n")

    link = lab.take()

    assert lab.git("show", f"{link.link}:work/racy") == b"bbbb\n"
    assert lab.git("show", f"{link.link}:index/racy") == b"aaaa\n"


def test_hostile_settings_change_nothing(lab: Lab, tmp_path: Path) -> None:
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in ("pre-commit", "reference-transaction", "post-index-change", "post-checkout"):
        (hooks / name).write_text("#!/bin/sh\nexit 1\n")
        (hooks / name).chmod(0o755)
    for key, value in (
        ("core.hooksPath", str(hooks)),
        ("commit.gpgSign", "true"),
        ("gpg.program", "false"),
        ("status.showStash", "true"),
        ("status.branch", "true"),
        ("diff.ignoreSubmodules", "all"),
        ("core.quotePath", "true"),
        ("core.fsmonitor", "false-monitor"),
        ("core.checkStat", "minimal"),
        ("user.useConfigOnly", "true"),
    ):
        lab.git("config", key, value)
    lab.write("a.txt", "changed\n")
    lab.write("new", "new\n")

    lab.there_and_back()


def test_nobody_needs_to_be_known_to_git(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    lab.write("a.txt", "changed\n")

    link = lab.take()

    assert (
        lab.git("log", "-1", "--format=%an <%ae>", link.link) == b"Ada Tester <ada@example.com>\n"
    )


def test_ignored_files_are_not_taken(lab: Lab) -> None:
    lab.write(".gitignore", "*.log\n")
    lab.write("x.log", "ignored\n")

    link = lab.take()

    assert b"x.log" not in lab.git("ls-tree", "-r", "--name-only", link.link)


def test_a_big_file_is_cut_up(lab: Lab) -> None:
    content = os.urandom(300_000)
    lab.write("big.bin", content, 0o750)
    lab.write("a.txt", content)
    lab.write("small", "small\n")

    link = take(
        lab.repo,
        LooseWriter(lab.repo),
        previous=None,
        who=WHO,
        message="m",
        facts={},
        max_blob=100_000,
    )

    git(lab.main, "update-ref", "refs/phc/work/x", link.link)
    names = lab.git("ls-tree", "-r", "--name-only", f"{link.link}:chunks").decode().split()
    assert names == [f"{name}/{part:08}" for name in ("a.txt", "big.bin") for part in range(3)]
    lab.destroy()
    lab.bring_back(link)
    assert (lab.place / "big.bin").read_bytes() == content
    assert (lab.place / "big.bin").stat().st_mode & 0o777 == 0o750
    assert (lab.place / "a.txt").read_bytes() == content


@pytest.mark.slow
def test_fifty_megabytes_come_back(lab: Lab) -> None:
    content = os.urandom(50 << 20)
    lab.write("big.bin", content)

    lab.there_and_back()

    assert (lab.place / "big.bin").read_bytes() == content


@pytest.mark.modes
@pytest.mark.parametrize("name", ["file", "folder"])
def test_what_cannot_be_read_is_an_error(lab: Lab, name: str) -> None:
    lab.write("folder/x", "x\n")
    lab.write("file", "x\n")
    (lab.place / name).chmod(0)
    try:
        with pytest.raises(PhcError, match=name):
            lab.take()
    finally:
        (lab.place / name).chmod(0o700)


def test_a_bare_repository_has_nothing_to_take(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", "--bare", tmp_path / "bare"], check=True)
    repo = open_repo(tmp_path / "bare")

    with pytest.raises(Refused):
        take(repo, LooseWriter(repo), previous=None, who=WHO, message="", facts={})


def test_a_commit_of_the_user_is_no_link(lab: Lab) -> None:
    with pytest.raises(DamagedTask, match="not a checkpoint"):
        read(lab.repo, lab.git("rev-parse", "HEAD").decode().strip())


@pytest.mark.parametrize(
    ("size", "max_blob"), [(100_000, 1 << 20), (400_000, 1 << 20), (400_000, 50_000)]
)
def test_a_big_file_is_stored_once_wherever_it_moves(lab: Lab, size: int, max_blob: int) -> None:
    lab.write("big.bin", os.urandom(size))
    links = [lab.take(max_blob=max_blob).link]
    lab.write("other.txt", "other\n")
    links.append(lab.take(links[-1], max_blob=max_blob).link)
    (lab.place / "d").mkdir()
    (lab.place / "big.bin").rename(lab.place / "d" / "moved.bin")
    links.append(lab.take(links[-1], max_blob=max_blob).link)
    sizes = size_of_commits(lab.repo, links)
    assert sizes[0] > size
    assert max(sizes[1:]) < 5_000


def test_what_stays_edited_is_stored_by_one_checkpoint_only(lab: Lab) -> None:
    for number in range(60):
        lab.write(f"d{number}/new", os.urandom(2_000))
    link = lab.take().link
    before = on_disk(lab)
    assert before > 60 * 2_000
    for number in range(3):
        lab.write("one more", f"{number}\n")
        link = lab.take(link).link
    assert on_disk(lab) - before < 30_000


def on_disk(lab: Lab) -> int:
    """The bytes of all objects, packed and not."""
    folder = lab.main / ".git/objects"
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def test_what_the_environment_sets_counts_in_a_checkpoint(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As `safe.directory` does in a container, for a checkout of another owner's."""
    lab.write(".gitattributes", "*.up filter=up\n")
    lab.write("a.up", "lower\n")
    for number, (key, value) in enumerate(
        {"filter.up.clean": "tr a-z A-Z", "filter.up.smudge": "tr A-Z a-z"}.items()
    ):
        monkeypatch.setenv(f"GIT_CONFIG_KEY_{number}", key)
        monkeypatch.setenv(f"GIT_CONFIG_VALUE_{number}", value)
    monkeypatch.setenv("GIT_CONFIG_COUNT", "2")

    link = lab.take()

    assert lab.git("cat-file", "blob", f"{link.link}:untracked/a.up") == b"LOWER\n"


def test_folders_that_are_nested_too_deep_are_one_sentence(lab: Lab) -> None:
    code = "import os\nfor _ in range(1500): os.mkdir('d'); os.chdir('d')\nopen('f', 'w')"
    subprocess.run([sys.executable, "-c", code], cwd=lab.place, check=True)
    try:
        with pytest.raises(PhcError, match="nested too deep"):
            lab.take()
    finally:  # what clears up after tests follows them no further
        subprocess.run(["rm", "-rf", "d"], cwd=lab.place, check=True)
