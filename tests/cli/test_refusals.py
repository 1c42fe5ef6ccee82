"""What `start` refuses: one sentence, one hint, the exit code, and nothing made."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cli.told import told
from tests.kit import MakeRepo, Phc, RunGit


@pytest.mark.parametrize(
    ("words", "code", "err"),
    [
        (
            ("start", "Do it"),
            1,
            (
                "git phc: no agent was named, none is set, and none is installed.\n"
                'Run a command as the agent: git phc start "…" -- COMMAND; or see: git phc agents\n'
            ),
        ),
        (
            ("start", "Do it", "-a", "command"),
            1,
            (
                "git phc: command cannot work here: no command was given.\n"
                'Give one: git phc start "…" -- sh -c "…"\n'
            ),
        ),
        (
            ("start", "Do it", "-a", "nobody"),
            1,
            "git phc: there is no agent called nobody.\nSee which there are: git phc agents\n",
        ),
        (
            ("start", "Do it", "-a", "other", "--", "true"),
            2,
            (
                "git phc: the words after -- are a command, and --agent says other.\n"
                "Leave out one of them.\n"
            ),
        ),
        (
            ("start", "Do it", "--", "no-such-program"),
            1,
            (
                "git phc: command cannot work here: no-such-program is not a program on PATH.\n"
                "Check its name.\n"
            ),
        ),
        (
            ("start", "Do it", "-b", "nowhere", "--", "true"),
            1,
            "git phc: 'nowhere' names no commit.\nSee which there are: git log --oneline\n",
        ),
        (
            ("start", "Do it", "--branch", "a..b", "--", "true"),
            2,
            "git phc: 'a..b' cannot be a branch.\nSee: git check-ref-format --help\n",
        ),
        (
            ("start", "Do it", "--branch", "main", "--", "true"),
            1,
            (
                "git phc: the branch main is checked out in DIR/repo.\n"
                "Give the task another: --branch NAME, or none for one of its own\n"
            ),
        ),
        (
            ("start", "Do it", "-m", "moon", "--", "true"),
            2,
            (
                "git phc: invalid value for '-m' / '--mode': 'moon' is not one of 'local', "
                "'worktree', 'cloud'.\nSee: git phc start -h\n"
            ),
        ),
        (
            ("start", "--titel", "x"),
            2,
            "git phc: no such option '--titel'.\nDid you mean --title? See: git phc start -h\n",
        ),
        (
            ("start", "Do", "it", "--", "true"),
            2,
            "git phc: got unexpected extra argument (it).\nSee: git phc start -h\n",
        ),
    ],
)
def test_start(
    words: tuple[str, ...], code: int, err: str, repo: Path, phc: Phc, git: RunGit
) -> None:
    refused = phc(*words, cwd=repo)
    assert (refused.code, refused.out) == (code, "")
    assert told(refused.err, repo.parent) == err
    assert git(repo, "for-each-ref", "refs/phc") == ""
    assert git(repo, "branch", "--format=%(refname)") == "refs/heads/main"


@pytest.mark.parametrize("name", ["mode", "autonomy"])
def test_a_setting_that_makes_no_sense(name: str, repo: Path, phc: Phc, git: RunGit) -> None:
    git(repo, "config", f"phc.{name}", "moon")
    refused = phc("start", "Do it", "--", "true", cwd=repo)
    assert refused.code == 2
    assert refused.err.startswith(f"git phc: there is no {name} 'moon'.\nIt is one of: ")


@pytest.mark.parametrize(
    ("name", "value", "err"),
    [
        (
            "jobs",
            "0",
            (
                "git phc: phc.jobs is '0', which is no whole number of at least 1.\n"
                f"Set it: git config phc.jobs {os.cpu_count()}\n"
            ),
        ),
        (
            "maxBlob",
            "45",
            (
                "git phc: phc.maxBlob is '45', which is no size of at least 1048576 bytes.\n"
                "Set it: git config phc.maxBlob 45m\n"
            ),
        ),
        (
            "branchPrefix",
            "my tasks/",
            (
                "git phc: phc.branchPrefix is 'my tasks/', and no branch can begin so.\n"
                "Set it: git config phc.branchPrefix phc/\n"
            ),
        ),
    ],
)
def test_a_setting_that_a_run_would_fail_by(
    name: str, value: str, err: str, repo: Path, phc: Phc, git: RunGit
) -> None:
    git(repo, "config", f"phc.{name}", value)
    refused = phc("start", "Do it", "--", "true", cwd=repo)
    assert (refused.code, refused.out, refused.err) == (2, "", err)
    assert git(repo, "for-each-ref", "refs/phc") == ""


def test_a_repository_without_a_commit(make_repo: MakeRepo, phc: Phc) -> None:
    refused = phc("start", "Do it", "--", "true", cwd=make_repo(commit=False))
    assert (refused.code, refused.out) == (1, "")
    assert refused.err == (
        "git phc: this repository has no commit yet, and a task begins from one.\n"
        "Make one: git commit --allow-empty -m 'first commit'\n"
    )


def test_nobody_knows_who_you_are(repo: Path, home: Path, phc: Phc, git: RunGit) -> None:
    (home / ".gitconfig").write_text("[user]\n\tuseConfigOnly = true\n")
    refused = phc("start", "Do it", "--", "true", cwd=repo)
    assert (refused.code, refused.out) == (1, "")
    assert refused.err == (
        "git phc: git does not know who you are.\n"
        'Say it once: git config --global user.name "Your Name" && '
        "git config --global user.email you@example.com\n"
    )
    assert git(repo, "for-each-ref", "refs/phc") == ""


def test_a_local_task_in_a_bare_repository(make_repo: MakeRepo, phc: Phc, git: RunGit) -> None:
    bare = make_repo("bare.git", bare=True)
    refused = phc("start", "Do it", "-m", "local", "--", "true", cwd=bare)
    assert refused.code == 1
    assert refused.err == (
        "git phc: a local task needs a checkout, and this is a bare repository.\n"
        "Use --mode worktree.\n"
    )
    assert git(bare, "for-each-ref", "refs/phc") == ""


def test_two_local_tasks_in_one_checkout(repo: Path, phc: Phc) -> None:
    words = ("start", "Wait", "-m", "local", "-d", "--", "sleep", "60")
    assert phc(*words, cwd=repo).code == 0
    refused = phc(*words, cwd=repo)
    assert (refused.code, refused.out) == (1, "")
    assert told(refused.err) == (
        "git phc: the task SHORT runs in this checkout.\n"
        "Wait for it: git phc wait SHORT; or use --mode worktree\n"
    )
    assert phc("stop", "@", cwd=repo).code == 0
