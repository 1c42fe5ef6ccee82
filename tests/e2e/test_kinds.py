"""Repositories of every kind: a task is started, works, is done, and comes back as it was."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.stage import Stage, snapshot, until
from tests.kit import MakeRepo, Phc, Processes, RunGit, require, run_program

Make = Callable[[MakeRepo, RunGit], Path]
WORK = "echo more >> src/a; echo new > new; git add new; echo b > 'src/un tracked'"


def plain(make_repo: MakeRepo, **given: object) -> Path:
    files = {"src/a": "a\n", "lib/b": "b\n", "README.md": "read me\n"}
    return make_repo(files=files, **given)  # type: ignore[arg-type]


def sha256(make_repo: MakeRepo, git: RunGit) -> Path:
    return plain(make_repo, object_format="sha256")


def odd_name(make_repo: MakeRepo, git: RunGit) -> Path:
    return plain(make_repo, name="the répo\nof 'all' $HOME \"names\"")


def not_unicode(make_repo: MakeRepo, git: RunGit) -> Path:
    return plain(make_repo, name=os.fsdecode(b"r\xff"))


def shallow(make_repo: MakeRepo, git: RunGit) -> Path:
    first = plain(make_repo, name="first")
    git(first, "commit", "-q", "--allow-empty", "-m", "second")
    git(first, "clone", "-q", "--depth=1", f"file://{first}", first.with_name("repo"))
    return first.with_name("repo")


def partial(make_repo: MakeRepo, git: RunGit) -> Path:
    first = plain(make_repo, name="first")
    git(first, "config", "uploadpack.allowFilter", "true")
    words = ("clone", "-q", "--filter=blob:none", "--no-checkout")
    git(first, *words, f"file://{first}", first.with_name("repo"))
    return first.with_name("repo")


def own_settings(make_repo: MakeRepo, git: RunGit) -> Path:
    repo = plain(make_repo)
    git(repo, "config", "extensions.worktreeConfig", "true")
    git(repo, "config", "--worktree", "user.note", "of the main checkout")
    return repo


def sparse(make_repo: MakeRepo, git: RunGit) -> Path:
    repo = plain(make_repo)
    git(repo, "sparse-checkout", "set", "src")
    return repo


def sparse_index(make_repo: MakeRepo, git: RunGit) -> Path:
    repo = plain(make_repo)
    git(repo, "sparse-checkout", "set", "--cone", "--sparse-index", "src")
    return repo


def symlinks(make_repo: MakeRepo, git: RunGit) -> Path:
    repo = plain(make_repo)
    (repo / "to file").symlink_to("src/a")
    (repo / "to folder").symlink_to("src")
    (repo / "to nowhere").symlink_to("/no/where")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "links")
    return repo


def odd_files(make_repo: MakeRepo, git: RunGit) -> Path:
    repo = plain(make_repo)
    for name in (b"new\nline", b"not \xff unicode", "größe".encode(), b" -rf *", b"tab\t\"quote'"):
        Path(os.fsdecode(os.path.join(os.fsencode(repo), name))).write_bytes(name)
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "names")
    return repo


def separate(make_repo: MakeRepo, git: RunGit) -> Path:
    repo = plain(make_repo)
    git(repo, "init", "-q", "--separate-git-dir", repo.with_name("store.git"))
    return repo


def large_files(make_repo: MakeRepo, git: RunGit) -> Path:
    require("git-lfs")
    repo = plain(make_repo)
    git(repo, "lfs", "install", "--local")
    git(repo, "lfs", "track", "*.bin")
    (repo / "big.bin").write_bytes(bytes(range(256)) * 100)
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "large")
    return repo


KINDS = [
    sha256, odd_name, not_unicode, shallow, partial, own_settings, sparse, sparse_index, symlinks,
    odd_files, separate, large_files,
]  # fmt: skip
QUICK = (odd_name, sparse)
LONG = [pytest.param(kind, marks=pytest.mark.slow) for kind in KINDS if kind not in QUICK]


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind",
    [kind if kind in QUICK else pytest.param(kind, marks=pytest.mark.slow) for kind in KINDS],
)
def test_a_task_from_its_start_to_its_return(
    kind: Make, make_repo: MakeRepo, git: RunGit, phc: Phc, processes: Processes
) -> None:
    repo = kind(make_repo, git)
    stage = Stage(repo, phc, git, processes)
    former = stage.start("true")  # so that the pool has its turn too, where it may
    stage.ok("done", former)
    until(lambda: not list((repo / ".git/phc").glob("housekeeping")))
    task = stage.start(WORK)
    tree = stage.tree(task)
    if kind is sparse:
        assert not (tree / "lib").exists()
    if kind is large_files:
        assert (tree / "big.bin").stat().st_size == 25600
    files, index = snapshot(tree), git(tree, "ls-files", "-v", "-s")
    assert "+" in stage.ok("diff", task).out
    stage.ok("done", task)
    assert not tree.exists()
    stage.ok("undo", task)
    assert snapshot(tree) == files
    assert git(tree, "ls-files", "-v", "-s") == index
    stage.ok("send", task, "cat src/a")
    assert stage.said(task).endswith("a\nmore\n")


def with_submodules(make_repo: MakeRepo, git: RunGit) -> Path:
    """A repository with a submodule that is filled, one in it, and one that is not filled."""
    inner = make_repo("inner", files={"deep": "deep\n"})
    lib = make_repo("lib", files={"code": "code\n"})
    allow = ("-c", "protocol.file.allow=always")
    git(lib, *allow, "submodule", "--quiet", "add", inner, "inner")
    git(lib, "commit", "-qm", "inner")
    repo = plain(make_repo)
    git(repo, *allow, "submodule", "--quiet", "add", lib, "vendor/lib")
    git(repo, *allow, "submodule", "--quiet", "update", "--init", "--recursive")
    git(repo, *allow, "submodule", "--quiet", "add", lib, "empty")
    git(repo, "commit", "-qm", "submodules")
    git(repo, "submodule", "--quiet", "deinit", "-f", "empty")
    return repo


@pytest.mark.slow
def test_submodules_are_filled_where_the_main_checkout_has_them_filled(
    make_repo: MakeRepo, git: RunGit, phc: Phc, processes: Processes
) -> None:
    repo = with_submodules(make_repo, git)
    repo.with_name("lib").rename(repo.with_name("unreachable"))  # it takes no network
    stage = Stage(repo, phc, git, processes)
    task = stage.start("cat vendor/lib/code vendor/lib/inner/deep; ls empty")
    tree = stage.tree(task)
    assert stage.said(task) == "code\ndeep\n"
    assert git(tree, "status", "--porcelain") == ""
    url = git(repo, "config", "submodule.vendor/lib.url")
    assert git(tree / "vendor/lib", "remote", "get-url", "origin") == url
    (tree / "vendor/lib/mine").write_text("dear")
    assert "no checkpoint can carry: vendor/lib" in stage.no(1, "done", task)
    (tree / "vendor/lib/mine").unlink()
    stage.ok("done", task)
    until(lambda: not list(tree.parent.glob(".*")))  # git does not move those: none is kept
    stage.ok("undo", task)
    assert (tree / "vendor/lib/inner/deep").read_text() == "deep\n"
    assert git(repo, "submodule", "status", "--recursive").count("\n") == 2


@pytest.mark.slow
def test_a_submodule_that_cannot_be_filled_stops_the_start(
    make_repo: MakeRepo, git: RunGit, phc: Phc, processes: Processes
) -> None:
    repo = with_submodules(make_repo, git)
    for objects in (repo / ".git/modules/vendor/lib/objects").glob("??"):
        for path in objects.glob("*"):
            path.unlink()
    stage = Stage(repo, phc, git, processes)
    said = stage.no(1, "start", "x", "--", "true")
    assert "the submodule vendor/lib cannot be filled" in said
    assert git(repo, "worktree", "list").count("\n") == 0


def test_the_repository_of_another_user(make_repo: MakeRepo, git: RunGit, phc: Phc) -> None:
    repo = make_repo()
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder away")
    os.chown(repo, 12345, 12345)
    os.chown(repo / ".git", 12345, 12345)
    done = phc("start", "x", "--", "true", cwd=repo)
    assert done.code == 1
    assert "the repository here belongs to another user" in done.err
    remedy = done.err.rpartition("If you trust it: git ")[2].strip()
    assert run_program(["sh", "-c", f"git {remedy}"], cwd=repo).code == 0
    assert phc("start", "x", "--", "true", cwd=repo).code == 0


@pytest.mark.slow
def test_a_checkout_that_does_not_tell_large_letters_from_small(
    make_repo: MakeRepo, git: RunGit, phc: Phc, processes: Processes
) -> None:
    """As far as it can be tried on a file system that does: git is told so."""
    repo = plain(make_repo)
    git(repo, "config", "core.ignoreCase", "true")
    stage = Stage(repo, phc, git, processes)
    (repo / ".gitignore").write_text("*.ENV\n")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "rules")
    (repo / "local.env").write_text("x")
    (repo / ".worktreeinclude").write_text("LOCAL.env\n")
    task = stage.start("cat local.env; git mv README.md readme.md")
    assert stage.said(task) == "x"
    files = snapshot(stage.tree(task))
    stage.ok("done", task)
    stage.ok("undo", task)
    assert snapshot(stage.tree(task)) == files
