"""`show_living` shows what the trees of a checkpoint of the same checkout show."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from git_phc.git import diffs
from git_phc.git.checkpoint import take
from git_phc.git.encoding import Signature
from git_phc.git.living import show_living
from git_phc.git.loose import LooseWriter
from git_phc.git.repo import open_repo
from tests.kit import MakeRepo, RunGit

WHO = Signature("Ada Tester", "ada@example.com", 1_767_322_800)
FILES = {
    "a": "1\n",
    "b": "2\n",
    "d/c": "3\n",
    "d/e": "4\n",
    "run": "#!/bin/sh\n",
    ".gitignore": "x\n",
}
Git = Callable[..., str]


def edited(root: Path, git: Git) -> None:
    (root / "a").write_text("changed\n")
    (root / "b").unlink()
    (root / "new").write_text("new\n")
    (root / "empty").touch()
    (root / "x").write_text("ignored\n")
    (root / "binary").write_bytes(b"\0\1")
    (root / "link").symlink_to("nowhere")
    (root / "run").chmod(0o755)


def staged(root: Path, git: Git) -> None:
    (root / "a").write_text("staged\n")
    (root / "added").write_text("added\n")
    git("add", "-A")
    git("rm", "-q", "--cached", "b")  # untracked from now on, and as it was
    git("mv", "d/c", "d/moved")
    (root / "a").write_text("and edited\n")
    (root / "added").unlink()
    (root / "meant").write_text("meant\n")
    git("add", "-N", "meant")


def hidden(root: Path, git: Git) -> None:
    git("update-index", "--assume-unchanged", "a")
    git("update-index", "--skip-worktree", "b", "d/c")
    (root / "a").write_text("hidden\n")
    (root / "b").write_text("hidden too\n")
    (root / "d/c").unlink()  # as in a sparse checkout: this is no deletion


def traded(root: Path, git: Git) -> None:
    (root / "a").unlink()
    (root / "a").mkdir()
    (root / "a/inner").write_text("a folder now\n")
    (root / "d/c").unlink()
    (root / "d/e").unlink()
    (root / "d").rmdir()
    (root / "d").write_text("a file now\n")


def touched(root: Path, git: Git) -> None:
    git("config", "diff.autoRefreshIndex", "false")
    os.utime(root / "a", (1, 1))


def converted(root: Path, git: Git) -> None:
    git("config", "filter.up.clean", "tr a-z A-Z")
    (root / ".gitattributes").write_text("*.up filter=up\n*.txt text eol=crlf\n")
    (root / "f.up").write_text("loud\n")
    (root / "t.txt").write_bytes(b"one\r\ntwo\r\n")


def odd_names(root: Path, git: Git) -> None:
    for name in (
        b" space ",
        b"\xff\xfe",
        b'quo"te',
        b"new\nline",
        "ünï".encode(),
        b"-dash",
        b"*?[",
    ):
        Path(os.fsdecode(os.fsencode(root) + b"/" + name)).write_text("odd\n")


def nested(root: Path, git: Git) -> None:
    git("init", "-q", "inner")
    (root / "inner/file").write_text("not ours\n")
    git("init", "-q", "inner2")
    git("-C", "inner2", "commit", "-q", "--allow-empty", "-m", "of its own")
    git("worktree", "add", "-q", "-b", "other", "tree")
    (root / "d/plain").mkdir()


def committed(root: Path, git: Git) -> None:
    (root / "a").write_text("committed\n")
    git("commit", "-q", "-a", "-m", "more")
    (root / "new").write_text("new\n")


def split(root: Path, git: Git) -> None:
    git("update-index", "--split-index", "--untracked-cache")
    (root / "a").write_text("split\n")
    (root / "new").write_text("new\n")


def with_submodule(root: Path, git: Git) -> None:
    git("init", "-q", "sub")
    git("-C", "sub", "commit", "-q", "--allow-empty", "-m", "one")
    git("-c", "advice.addEmbeddedRepo=false", "add", "sub")
    git("commit", "-q", "-m", "a submodule")
    (root / "sub/dirt").write_text("dirt\n")


SCENES = [
    edited, staged, hidden, traded, touched, converted, odd_names, nested, committed, split,
    with_submodule,
]  # fmt: skip


@pytest.mark.parametrize(
    ("scene", "object_format"), [*((scene, "sha1") for scene in SCENES), (edited, "sha256")]
)
def test_it_is_what_a_checkpoint_holds(
    scene: Callable[[Path, Git], None], object_format: str, make_repo: MakeRepo, git: RunGit
) -> None:
    root = make_repo(files=FILES, object_format=object_format)
    base = git(root, "rev-parse", "HEAD")
    scene(root, lambda *words: git(root, *words))
    repo = open_repo(root)
    index = (root / ".git/index").read_bytes()
    found = [show_living(repo, base, words) for words in ([], ["--numstat", "-z", "--no-renames"])]
    assert (root / ".git/index").read_bytes() == index, "the user's index was written"
    taken = take(repo, LooseWriter(repo), previous=None, who=WHO, message="x", facts={})
    assert taken.stash
    work = diffs.tree_of_stash(repo, taken.stash)
    wanted = [
        diffs.show(repo, base, work, words) for words in ([], ["--numstat", "-z", "--no-renames"])
    ]
    assert found == wanted
    assert list((root / ".git/phc/tmp").iterdir()) == []


def test_nothing_is_stored(make_repo: MakeRepo, git: RunGit) -> None:
    root = make_repo(files=FILES)
    edited(root, lambda *words: git(root, *words))
    before = git(root, "count-objects", "-v")
    assert show_living(open_repo(root), "HEAD", ["--name-only"])
    assert git(root, "count-objects", "-v") == before


def test_both_sides_of_a_conflict_stand_in_the_file(make_repo: MakeRepo, git: RunGit) -> None:
    root = make_repo(files={"a": "base\n"})
    base = git(root, "rev-parse", "HEAD")
    git(root, "checkout", "-q", "-b", "side")
    (root / "a").write_text("side\n")
    git(root, "commit", "-q", "-a", "-m", "side")
    git(root, "checkout", "-q", "main")
    (root / "a").write_text("main\n")
    git(root, "commit", "-q", "-a", "-m", "main")
    git(root, "merge", "-q", "side", check=False)
    shown = show_living(open_repo(root), base, []).decode()
    assert "+<<<<<<< HEAD\n+main\n+=======\n+side\n" in shown
