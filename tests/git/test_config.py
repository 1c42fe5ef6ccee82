from __future__ import annotations

from pathlib import Path

import pytest

from git_phc.errors import Refused
from git_phc.git.bare import local_settings, set_settings
from git_phc.git.config import Identity, Setting, identity, settings
from git_phc.git.repo import Repo, open_repo
from tests.kit import MakeRepo, RunGit


def test_settings_come_in_the_order_in_which_git_reads_them(
    repo: Repo, home: Path, git: RunGit, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = repo.worktree
    assert root
    git(root, "config", "--global", "phc.mode", "cloud")
    git(root, "config", "phc.mode", "two\nlines = \u00e9")
    git(root, "config", "phc.Agents.My Agent.Command", "")
    (root / "more").write_text("[phc]\n\tdetach\n")
    git(root, "config", "include.path", "../more")
    git(root, "config", "phcx.mode", "not ours")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "phc.jobs")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "3")
    assert settings(repo) == [
        Setting("phc.mode", "cloud", f"file:{home / '.gitconfig'}"),
        Setting("phc.mode", "two\nlines = \u00e9", "file:.git/config"),
        Setting("phc.Agents.My Agent.command", "", "file:.git/config"),
        Setting("phc.detach", "true", "file:.git/../more"),
        Setting("phc.jobs", "3", "command line:"),
    ]
    assert settings(repo, "phcx") == [Setting("phcx.mode", "not ours", "file:.git/config")]


def test_no_settings(repo: Repo) -> None:
    assert settings(repo) == []


def test_who_the_user_is_to_git(
    repo: Repo, git: RunGit, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert repo.worktree
    assert identity(repo) == Identity("Ada Tester", "ada@example.com")
    git(repo.worktree, "config", "user.name", "Zoë \udcff <x> > 1")
    assert identity(repo) == Identity("Zoë \udcff x  1", "ada@example.com")
    monkeypatch.setenv("GIT_COMMITTER_NAME", "Bob")
    monkeypatch.setenv("GIT_COMMITTER_EMAIL", "bob@example.com")
    assert identity(repo) == Identity("Bob", "bob@example.com")


@pytest.mark.parametrize("name", ["", " ", ".,;"])
def test_nobody_is_refused_with_what_to_type(repo: Repo, git: RunGit, name: str) -> None:
    assert repo.worktree
    git(repo.worktree, "config", "--global", "user.name", name)
    with pytest.raises(Refused) as refused:
        identity(repo)
    assert refused.value.message == "git does not know who you are"
    assert refused.value.hint == (
        'Say it once: git config --global user.name "Your Name" && '
        "git config --global user.email you@example.com"
    )


def test_an_identity_is_not_made_up(repo: Repo, git: RunGit, home: Path) -> None:
    (home / ".gitconfig").write_text("[user]\n\tuseConfigOnly = true\n")
    with pytest.raises(Refused):
        identity(repo)


def test_settings_with_many_values_are_taken_over_whole(make_repo: MakeRepo, git: RunGit) -> None:
    one, two = make_repo("one"), make_repo("two", bare=True)
    for value in ("a", "b", "a"):
        git(one, "config", "--add", "phc.many", value)
    git(two, "config", "phc.many", "old")
    for _ in range(2):
        set_settings(open_repo(two), local_settings(open_repo(one), ("phc",)))
        assert git(two, "config", "--get-all", "phc.many").split() == ["a", "b", "a"]
