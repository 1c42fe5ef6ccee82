from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from git_phc.errors import NotARepository, PhcError
from git_phc.git.repo import Repo, open_repo
from tests.git.conftest import FORMATS
from tests.kit import MakeRepo, RunGit

# Folders that a shell or a line reader stumbles over; the last is no UTF-8.
HOSTILE = ["a b", 'it\'s "x"', "two\nlines", "end\n", "$(id);&|*", "-rf", "ü", "\udcff\udcfe"]


def is_whole(repo: Repo) -> bool:
    """Whether git, asked through `repo`, agrees with what `repo` says of itself."""
    return (
        Path(repo.text("rev-parse", "--absolute-git-dir")) == repo.git_dir
        and repo.text("rev-parse", "--show-object-format") == repo.object_format
    )


@pytest.mark.parametrize("object_format", FORMATS)
def test_from_the_root_a_folder_and_the_git_folder(make_repo: MakeRepo, object_format: str) -> None:
    root = make_repo(object_format=object_format, files={"a/b/c": "c\n"})
    expected = Repo(root / ".git", root / ".git", root, object_format)
    assert open_repo(root) == expected
    assert open_repo(root / "a/b") == expected
    inside = open_repo(root / ".git/refs")
    assert inside == Repo(root / ".git", root / ".git", None, object_format)
    assert expected.private == root / ".git/phc"
    assert is_whole(expected)
    assert is_whole(inside)
    assert expected.zero == "0" * (40 if object_format == "sha1" else 64)


@pytest.mark.parametrize("object_format", FORMATS)
def test_a_bare_one(make_repo: MakeRepo, object_format: str) -> None:
    path = make_repo("hub.git", object_format=object_format, bare=True)
    repo = open_repo(path)
    assert repo == Repo(path, path, None, object_format)
    assert open_repo(path / "refs") == repo
    assert repo.text("log", "--format=%s") == "The first commit"


def test_a_linked_worktree(make_repo: MakeRepo, git: RunGit, tmp_path: Path) -> None:
    root = make_repo()
    git(root, "worktree", "add", "-q", tmp_path / "linked")
    repo = open_repo(tmp_path / "linked")
    assert repo == Repo(root / ".git/worktrees/linked", root / ".git", tmp_path / "linked", "sha1")
    assert is_whole(repo)


def test_a_submodule(make_repo: MakeRepo, git: RunGit) -> None:
    root, inner = make_repo("outer"), make_repo("inner")
    git(root, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", inner, "sub")
    repo = open_repo(root / "sub")
    place = root / ".git/modules/sub"
    assert repo == Repo(place, place, root / "sub", "sha1")
    assert is_whole(repo)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_path(make_repo: MakeRepo, git: RunGit, tmp_path: Path, name: str) -> None:
    root = tmp_path / name
    git(tmp_path, "init", "-q", "--", root)
    git(root, "commit", "-q", "--allow-empty", "-m", "one")
    git(root, "worktree", "add", "-q", "--detach", tmp_path / f"{name}w")
    main = open_repo(root)
    assert main == Repo(root / ".git", root / ".git", root, "sha1")
    linked = open_repo(tmp_path / f"{name}w")
    assert linked.common_dir == root / ".git"
    assert linked.worktree == tmp_path / f"{name}w"
    assert is_whole(main)
    assert is_whole(linked)


def test_git_dir_and_work_tree_that_the_user_gave_go_on_to_every_call(
    make_repo: MakeRepo, tmp_path: Path
) -> None:
    root = make_repo("one")
    other = make_repo("two", object_format="sha256")
    repo = open_repo(other, {"GIT_DIR": str(root / ".git"), "PATH": "unused"})
    assert repo == Repo(root / ".git", root / ".git", other, "sha1", named=True)
    assert is_whole(repo)
    place = tmp_path / "elsewhere"
    place.mkdir()
    (place / "new").write_text("new\n")
    repo = open_repo(tmp_path, {"GIT_DIR": "one/.git", "GIT_WORK_TREE": "elsewhere"})
    assert repo.git_dir == root / ".git"
    assert is_whole(repo)
    assert repo.text("ls-files", "--others") == "new"


def test_what_a_hook_was_given_is_not_taken_from_the_process(
    make_repo: MakeRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = make_repo("one"), make_repo("two")
    monkeypatch.setenv("GIT_DIR", str(two / ".git"))
    assert open_repo(one).git_dir == one / ".git"


def refused(start: Path) -> tuple[str, str]:
    with pytest.raises(NotARepository) as error:
        open_repo(start)
    return error.value.message, error.value.hint


def test_no_repository(tmp_path: Path) -> None:
    assert refused(tmp_path) == (f"{tmp_path} is not in a Git repository", "Make one: git init")
    with pytest.raises(PhcError, match="does not exist"):
        open_repo(tmp_path / "gone")


def test_reftable_and_other_formats_that_this_git_does_not_know(
    make_repo: MakeRepo, git: RunGit
) -> None:
    root = make_repo()
    git(root, "config", "core.repositoryformatversion", "1")
    git(root, "config", "extensions.someNewThing", "yes")
    assert refused(root) == (
        "this repository uses a format that your git does not know (somenewthing)",
        "Use a newer git: reftable needs git 2.45",
    )
    git(root, "config", "--unset", "extensions.someNewThing", check=False)
    config = root / ".git/config"
    config.write_text(config.read_text().replace("someNewThing = yes", "refstorage = reftable"))
    version = tuple(map(int, git(root, "version").split()[2].split(".")[:2]))
    if version < (2, 45):
        assert refused(root)[0] == (
            "this repository uses a format that your git does not know (refstorage)"
        )


def test_a_broken_configuration_is_named(make_repo: MakeRepo) -> None:
    root = make_repo()
    (root / ".git/config").write_text("[core\n")
    message, _ = refused(root)
    assert message.startswith("git cannot read the repository here: fatal: bad config line 1")


@pytest.mark.parametrize("name", ["repo", "it's"])
def test_a_repository_of_another_user_is_not_trusted(make_repo: MakeRepo, name: str) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root, to give a folder to another user")
    root = make_repo(name, files={"sub/a": "a\n"})
    for path in (root, root / ".git"):
        os.chown(path, 54321, 54321)
    quoted = str(root) if name == "repo" else "'" + str(root).replace("'", "'\"'\"'") + "'"
    assert refused(root / "sub") == (
        "the repository here belongs to another user",
        f"If you trust it: git config --global --add safe.directory {quoted}",
    )


def test_a_repository_that_may_only_be_read(make_repo: MakeRepo, git: RunGit) -> None:
    root = make_repo()
    for path in [root / ".git", *(root / ".git").rglob("*")]:
        path.chmod(stat.S_IMODE(path.stat().st_mode) & ~0o222)
    assert is_whole(open_repo(root))


def test_yes_and_no_are_told_from_a_failure(make_repo: MakeRepo) -> None:
    repo = open_repo(make_repo())
    assert repo.ask("merge-base", "--is-ancestor", "HEAD", "HEAD")
    assert not repo.ask("diff", "--quiet", "HEAD", "4b825dc642cb6eb9a060e54bf8d69288fbee4904")
    with pytest.raises(PhcError):
        repo.ask("merge-base", "--is-ancestor", "HEAD", "nowhere")
