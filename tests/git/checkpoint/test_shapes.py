"""Every shape that a checkout can be in comes back as it was, to the byte and the bit."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.git.checkpoint.conftest import furnish
from tests.git.checkpoint.lab import Lab, picture

Shape = Callable[[Lab], object]


def clean(lab: Lab) -> None:
    pass


def unstaged(lab: Lab) -> None:
    lab.write("a.txt", "changed\n")


def staged(lab: Lab) -> None:
    lab.write("a.txt", "changed\n")
    lab.git("add", "a.txt")


def staged_and_unstaged(lab: Lab) -> None:
    staged(lab)
    lab.write("a.txt", "changed again\n")


def staged_and_gone(lab: Lab) -> None:
    lab.write("fresh.txt", "fresh\n")
    lab.git("add", "fresh.txt")
    (lab.place / "fresh.txt").unlink()


def deleted(lab: Lab) -> None:
    (lab.place / "a.txt").unlink()
    lab.git("rm", "-q", "b.txt")


def removed_from_the_index_only(lab: Lab) -> None:
    lab.git("rm", "-q", "--cached", "a.txt")


def renamed(lab: Lab) -> None:
    lab.git("mv", "a.txt", "moved.txt")
    lab.write("moved.txt", "moved and changed\n")


def untracked(lab: Lab) -> None:
    lab.write("new/folder/file", "new\n")
    lab.write("empty", "")


def strange_names(lab: Lab) -> None:
    for name in (b"caf\xe9", b"new\nline", b'qu"ote', b" space ", b"-dash", b"tab\t", b"cr\r"):
        lab.write(name, b"content of " + name)
        lab.write(b"dir " + name + b"/inner", b"x")
    lab.git("add", b"caf\xe9", b"new\nline")
    lab.write(b"caf\xe9", "changed\n")


def modes(lab: Lab) -> None:
    for name, mode in ("a.txt", 0o600), ("run.sh", 0o700), ("b.txt", 0o664):
        (lab.place / name).chmod(mode)
    lab.write("secret", "s\n", 0o400)
    (lab.place / "sub").chmod(0o750)
    (lab.place / "hidden").mkdir(mode=0o700)


def empty_folders(lab: Lab) -> None:
    (lab.place / "empty/inside").mkdir(parents=True)
    (lab.place / "sub/none").mkdir()
    (lab.place / "sub/deep/c.txt").unlink()


def symlinks(lab: Lab) -> None:
    (lab.place / "tracked-link").symlink_to("a.txt")
    (lab.place / "staged-link").symlink_to("/nowhere")
    lab.git("add", "tracked-link", "staged-link")
    lab.git("commit", "-q", "-m", "links")
    (lab.place / "staged-link").unlink()
    (lab.place / "staged-link").symlink_to("b.txt")
    (lab.place / "new-link").symlink_to(os.fsdecode(b"bytes \xff"))
    (lab.place / "link-to-folder").symlink_to("sub")


def type_changes(lab: Lab) -> None:
    (lab.place / "a.txt").unlink()
    (lab.place / "a.txt").symlink_to("b.txt")
    (lab.place / "b.txt").unlink()
    lab.write("b.txt/now/a/folder", "x\n")
    (lab.place / "sub/deep/c.txt").unlink()
    (lab.place / "sub/deep").rmdir()
    lab.write("sub/deep", "now a file\n")


def announced(lab: Lab) -> None:
    lab.write("planned.txt", "planned\n")
    lab.write("vanished.txt", "x\n")
    lab.git("add", "-N", "planned.txt", "vanished.txt")
    (lab.place / "vanished.txt").unlink()


def assumed_unchanged(lab: Lab) -> None:
    lab.git("update-index", "--assume-unchanged", "a.txt", "b.txt")
    lab.write("a.txt", "an edit that git does not see\n")
    (lab.place / "b.txt").unlink()


def skipped(lab: Lab) -> None:
    lab.git("update-index", "--skip-worktree", "a.txt", "b.txt")
    lab.write("a.txt", "an edit that git does not see\n")
    (lab.place / "b.txt").unlink()


def sparse(lab: Lab) -> None:
    lab.write("out/far/x.txt", "x\n")
    lab.write("out/y.txt", "y\n")
    lab.commit()
    lab.git("sparse-checkout", "set", "--cone", "sub")
    lab.write("sub/deep/c.txt", "inside\n")


def sparse_with_edits_outside(lab: Lab) -> None:
    sparse(lab)
    lab.write("out/y.txt", "an edit outside\n")
    lab.write("out/new", "new outside\n")
    lab.git("config", "--worktree", "sparse.expectFilesOutsideOfPatterns", "true")


def sparse_until_git_looks(lab: Lab) -> None:
    sparse(lab)
    lab.write("out/y.txt", "an edit outside\n")
    (lab.place / "out/none").mkdir()


def sparse_by_patterns(lab: Lab) -> None:
    lab.git("sparse-checkout", "set", "--no-cone", "/a.txt", "/run.sh")
    lab.write("a.txt", "inside\n")


def crlf_kept_by_hand(lab: Lab) -> None:
    lab.write(".gitattributes", "*.txt text\n*.win text eol=crlf\n")
    lab.write("w.win", "one\r\ntwo\r\n")
    lab.commit(mixed="one\r\ntwo\nthree\r\n")
    lab.write("w.win", "lf only\nthough crlf is asked for\n")
    lab.write("unix.win", "untracked, lf\n")
    lab.write("dos.txt", "untracked\r\n")


def setting_changed_since(lab: Lab) -> None:
    lab.git("config", "core.autocrlf", "true")
    lab.commit(dos="one\r\ntwo\r\n")
    lab.git("config", "core.autocrlf", "false")
    os.utime(lab.place / "dos.txt", (1, 1))  # git has to look at it, whatever second this is


def autocrlf(lab: Lab) -> None:
    lab.git("config", "core.autocrlf", "true")
    lab.commit(dos="one\r\ntwo\r\n")
    lab.write("dos.txt", "one\r\nmore\r\n")
    lab.write("lf.txt", "untracked with lf\n")


def lossy_filter(lab: Lab) -> None:
    lab.git("config", "filter.lose.clean", "tr a-z A-Z")
    lab.git("config", "filter.lose.smudge", "cat")
    lab.write(".gitattributes", "*.up filter=lose\n")
    lab.write("old.up", "mixed Case\n")
    lab.commit()
    lab.write("new.up", "Lost\n")


def faithful_filter(lab: Lab) -> None:
    lab.git("config", "filter.rot.clean", "tr a-z n-za-m")
    lab.git("config", "filter.rot.smudge", "tr a-z n-za-m")
    lab.write(".gitattributes", "*.rot filter=rot\n")
    lab.write("old.rot", "secret\n")
    lab.commit()
    lab.write("new.rot", "another\n")
    lab.write("old.rot", "edited\n")


def failing_filter(lab: Lab) -> None:
    lab.write("old.bad", "good once\n")
    lab.commit()
    lab.git("config", "filter.bad.clean", "false")
    lab.git("config", "filter.bad.smudge", "false")
    lab.git("config", "filter.bad.required", "true")
    lab.write(".gitattributes", "*.bad filter=bad\n")
    lab.write("old.bad", "GOOD ONCE\n")
    lab.write("new.bad", "new\n")
    lab.write("a.txt", "changed too\n")


def keywords(lab: Lab) -> None:
    lab.write(".gitattributes", "*.id ident\n")
    lab.write("k.id", "$Id$\n")
    lab.commit()
    lab.write("l.id", "$Id: by hand $\n")


def encoding(lab: Lab) -> None:
    lab.write(".gitattributes", "*.u16 text working-tree-encoding=UTF-16LE\n")
    lab.write("t.u16", "text\n".encode("utf-16-le"))
    lab.commit()
    lab.write("t.u16", "edited\n".encode("utf-16-le"))


def ignored(lab: Lab) -> None:
    lab.write(".gitignore", "*.log\nbuild/\n")
    lab.commit()
    (lab.place / "logs/empty").mkdir(parents=True)
    (lab.place / "sub/none").mkdir()


def split_index(lab: Lab) -> None:
    lab.git("update-index", "--split-index")
    lab.git("config", "core.untrackedCache", "true")
    staged(lab)
    lab.git("status")


def index_of_version_4(lab: Lab) -> None:
    lab.git("update-index", "--index-version", "4")
    staged_and_unstaged(lab)


def racy(lab: Lab) -> None:
    lab.write("r.txt", "aaaa\n")
    lab.git("add", "r.txt")
    lab.write("r.txt", "bbbb\n")


def many_untracked(lab: Lab) -> None:
    for number in range(150):
        lab.write(f"many/{number % 7}/{number}", f"{number}\n")


def attributes_gone(lab: Lab) -> None:
    lab.write(".gitattributes", "*.win text eol=crlf\n")
    lab.write("w.win", "one\r\n")
    lab.commit()
    (lab.place / ".gitattributes").unlink()


PLAIN: list[Shape] = [
    clean, unstaged, staged, staged_and_unstaged, staged_and_gone, deleted, renamed, untracked,
    strange_names, symlinks, split_index, index_of_version_4, racy, many_untracked,
    faithful_filter,
]  # fmt: skip
"""What git's own form holds as well."""

OURS: list[Shape] = [
    removed_from_the_index_only, modes, empty_folders, type_changes, announced,
    assumed_unchanged, skipped, sparse, sparse_with_edits_outside, sparse_until_git_looks,
    sparse_by_patterns, autocrlf, crlf_kept_by_hand, setting_changed_since, lossy_filter,
    failing_filter, keywords, encoding, ignored, attributes_gone,
]  # fmt: skip
"""What only the exact form holds."""


@pytest.mark.parametrize("shape", [*PLAIN, *OURS])
def test_comes_back_as_it_was(lab: Lab, shape: Shape) -> None:
    shape(lab)

    lab.there_and_back()


def test_what_git_holds_for_clean_by_its_memory_alone(lab: Lab) -> None:
    lab.git("config", "core.autocrlf", "true")
    lab.write("dos.txt", "one\r\ntwo\r\n")
    os.utime(lab.place / "dos.txt", (1, 1))  # long before the index: git need not look at it
    lab.git("add", "-A")
    lab.git("commit", "-qm", "line ends")
    lab.git("config", "core.autocrlf", "false")
    before = picture(lab.place)
    assert before.status == b""

    link = lab.take()
    lab.destroy()
    lab.bring_back(link)

    after = picture(lab.place)
    assert (after.files, after.index) == (before.files, before.index)
    assert after.status.endswith(b" dos.txt\0")  # it looked


@pytest.mark.parametrize("shape", PLAIN)
def test_plain_git_brings_it_back(lab: Lab, shape: Shape) -> None:
    shape(lab)
    before = picture(lab.place)
    link = lab.take()
    lab.destroy()

    lab.apply_stash(link)

    after = picture(lab.place)
    assert (after.files, after.index) == (before.files, before.index)


@pytest.mark.parametrize("shape", [staged_and_unstaged, strange_names, announced, modes])
def test_before_the_first_commit(tmp_path: Path, shape: Shape) -> None:
    lab = Lab(tmp_path, born=False)
    for name in ("a.txt", "b.txt", "run.sh", "sub/x"):
        lab.write(name, name)
    lab.git("add", "a.txt", "sub")
    shape(lab)

    link = lab.there_and_back()

    assert (link.head, link.branch, link.stash) == (None, "refs/heads/new", None)


@pytest.mark.parametrize("shape", [staged_and_unstaged, type_changes, announced, sparse])
def test_in_a_repository_of_long_ids(tmp_path: Path, shape: Shape) -> None:
    lab = Lab(tmp_path, object_format="sha256")
    furnish(lab)
    shape(lab)

    assert len(lab.there_and_back().link) == 64


def test_a_detached_head(lab: Lab) -> None:
    lab.git("checkout", "-q", "--detach")
    lab.commit(a="on no branch\n")
    unstaged(lab)

    assert lab.there_and_back().branch is None
