"""What a TASK may be called."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.making import Maker
from tests.kit import MakeRepo, Phc, RunGit

ALL = "See which there are: git phc status --all\n"


def test_by_id_and_the_beginning_of_one(make: Maker, repo: Path, phc: Phc) -> None:
    task = make("One")
    for word in (task.id, task.id[:8], task.id[:1]):
        assert phc("status", "-q", word, cwd=repo).out == f"{task.id}\n"


def test_a_beginning_that_two_have(make: Maker, repo: Path, phc: Phc) -> None:
    first: dict[str, str] = {}
    while True:  # of seventeen ids two begin alike
        task = make(f"Number {len(first)}")
        if other := first.get(task.id[0]):
            break
        first[task.id[0]] = task.id
    refused = phc("show", task.id[0], cwd=repo)
    names = ", ".join(sorted([task.id, other]))
    assert (refused.code, refused.out, refused.err) == (
        3,
        "",
        f"git phc: {task.id[0]!r} could be any of {names}.\nType more letters of the id.\n",
    )


def test_by_branch_and_by_path(hello: str, repo: Path, phc: Phc) -> None:
    place = Path(phc("path", hello, cwd=repo).out.rstrip("\n"))
    (place / "sub").mkdir()
    words = [
        f"phc/say-hello-{hello[:8]}",
        str(place),
        str(place / "hello.txt"),
        "../repo.phc/" + place.name,
    ]
    for word in words:
        assert phc("status", "-q", word, cwd=repo).out == f"{hello}\n", word
    for word in (".", "sub", "hello.txt", "@"):
        assert phc("status", "-q", word, cwd=place).out == f"{hello}\n", word
    assert phc("status", "-q", "@", cwd=place / "sub").out == f"{hello}\n"
    assert phc("status", "-q", cwd=place).out == f"{hello}\n"


def test_the_one_named_before(make: Maker, repo: Path, phc: Phc) -> None:
    one, two = make("One"), make("Two")
    phc("show", one.id, cwd=repo)
    phc("status", cwd=repo)
    assert phc("status", "-q", "-", cwd=repo).out == f"{one.id}\n"
    phc("edit", two.id[:8], "--pin", cwd=repo)
    assert phc("status", "-q", "-", cwd=repo).out == f"{two.id}\n"


@pytest.mark.parametrize(
    ("word", "err"),
    [
        ("nope", f"git phc: there is no task 'nope'.\n{ALL}"),
        ("k" * 32, f"git phc: there is no task '{'k' * 32}'.\n{ALL}"),
        ("zz", f"git phc: there is no task 'zz'.\n{ALL}"),
        ("main", f"git phc: there is no task 'main'.\n{ALL}"),
        ("README.md", f"git phc: there is no task 'README.md'.\n{ALL}"),
        ("", f"git phc: there is no task ''.\n{ALL}"),
        ("-", f"git phc: no task was named before, so - means none.\n{ALL}"),
        ("@", f"git phc: no task has its place in this checkout, so @ means none.\n{ALL}"),
    ],
)
@pytest.mark.parametrize("command", ["status", "wait"])
def test_what_is_no_task(word: str, err: str, command: str, repo: Path, phc: Phc) -> None:
    refused = phc(command, word, cwd=repo)
    assert (refused.code, refused.out, refused.err) == (3, "", err)


@pytest.mark.parametrize(
    "command",
    ["show", "logs", "attach", "send", "stop", "resume", "wait", "diff", "path", "open", "edit",
     "done", "delete", "undo"],
)  # fmt: skip
def test_every_command_has_the_same_words_for_it(command: str, repo: Path, phc: Phc) -> None:
    more = {"send": ("text",), "edit": ("--pin",)}.get(command, ())
    refused = phc(command, "nope", *more, cwd=repo)
    assert (refused.code, refused.out) == (3, "")
    assert refused.err == f"git phc: there is no task 'nope'.\n{ALL}"


def test_bytes_and_control_characters_in_a_word(repo: Path, phc: Phc) -> None:
    for word in ("a\x1b[31m", "\udcff", "a\nb", "*", "refs/heads/main", "--"):
        refused = phc("status", "--", word, cwd=repo)
        assert refused.code == 3
        assert not set("\x1b") & set(refused.err)
        assert len(refused.err.splitlines()) == 2


def test_from_everywhere_in_the_repository(
    hello: str, repo: Path, phc: Phc, git: RunGit, make_repo: MakeRepo
) -> None:
    (repo / "a" / "b").mkdir(parents=True)
    git(repo, "worktree", "add", "-q", repo.parent / "linked")
    for folder in (repo / "a" / "b", repo.parent / "linked", repo / ".git"):
        assert phc("status", "-q", cwd=folder).out == f"{hello}\n", folder
        assert phc("path", hello, cwd=folder).code == 0, folder


def test_a_bare_repository(make_repo: MakeRepo, phc: Phc) -> None:
    bare = make_repo("bare.git", bare=True)
    started = phc("start", "-q", "Hello", "--", "sh", "-c", "echo hello > hello.txt", cwd=bare)
    assert (started.code, started.err) == (0, "")
    assert phc("status", "-q", cwd=bare).out == started.out
    assert "+hello" in phc("diff", "-", cwd=bare).lines
    assert phc("done", "-q", "-", cwd=bare).out == started.out
