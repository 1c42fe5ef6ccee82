"""Texts of every kind, and repositories in folders with every kind of name."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.stage import Stage
from tests.kit import MakeRepo, Phc, Processes, RunGit, overlaid

pytestmark = pytest.mark.slow

COPY = ("--", "sh", "-c", 'cat > got; cat "$PHC_PROMPT_FILE" > file; printf %s "$PHC_PROMPT" > var')
TEXTS = {
    "newlines": "first\nsecond\r\n\nlast\n",
    "control characters": "a\x00b\x07\x1b[31mred\x1b]0;title\x07\x7f\x85c",
    "right to left": "שלום עולם \u202e\u2066evil\u2069 مرحبا",
    "emoji": "fix 👩‍👩‍👧‍👦 and 🏳️‍🌈 now",
    "quotes": 'it\'s "quoted" `x` $(y) \\ %s {z}',
    "like options": "--help -x",
    "dots": "../../.. @{-1} ~^:?*[ .lock",
    "no letters": "!!! ???",
    "other unicode": "line\u2028separator nbsp\u00a0 tag\U000e0041 \ufffe",
}


TITLES = ["a\nb\tc", "..", "x.lock", "@{", "/a//b/", "-rf", "ü" * 300, "🦊", "\x1b[0m", "a" * 9999]


def some(every: Iterable[str], *usual: str) -> list[Any]:
    """All of them, most only in the long run."""
    return [one if one in usual else pytest.param(one, marks=pytest.mark.slow) for one in every]


@pytest.mark.parametrize("kind", some(TEXTS, "newlines", "control characters", "right to left"))
def test_any_text_reaches_the_agent_as_it_is(stage: Stage, kind: str, tmp_path: Path) -> None:
    text = TEXTS[kind]
    (tmp_path / "prompt").write_bytes(text.encode())
    task = stage.ok("start", "-q", "-F", tmp_path / "prompt", *COPY).out.strip()
    tree = stage.tree(task)
    assert (tree / "got").read_bytes() == text.encode()
    assert (tree / "file").read_bytes() == text.encode()
    assert (tree / "var").read_bytes() == (b"" if "\0" in text else text.encode())
    assert stage.show(task)["prompt"] == text
    title = stage.show(task)["title"]
    assert title
    assert title.isprintable() or "\u200d" in title or kind == "other unicode"
    assert stage.git("check-ref-format", "--branch", stage.show(task)["branch"])
    shown = "".join(stage.ok(*words).out for words in (["status"], ["show", task], ["logs", task]))
    assert not set(shown) & set(map(chr, [*range(9), *range(11, 32), 127, 0x85, 0x202E, 0x2066]))
    for word in ("done", "undo"):
        stage.ok(word, task)


@pytest.mark.parametrize("title", some(TITLES, "..", "ü" * 300), ids=ascii)
def test_any_title(stage: Stage, title: str) -> None:
    task = stage.start("true", f"--title={title}")
    shown = stage.show(task)
    assert len(shown["title"]) <= 120
    assert len(Path(shown["worktree"]).name) <= 60
    assert "\n" not in shown["title"]
    stage.ok("edit", task, f"--title={title} again")


def test_a_megabyte_by_standard_input(stage: Stage) -> None:
    text = "".join(f"line {n} – with some words in it\n" for n in range(32_000))
    assert len(text.encode()) > 1_000_000
    task = stage.ok("start", "-q", "-F", "-", *COPY, input=text).out.strip()
    tree = stage.tree(task)
    assert (tree / "got").read_text() == text
    assert (tree / "file").read_text() == text
    assert (tree / "var").read_text() == ""
    assert stage.show(task)["prompt"] == text
    stage.ok("send", task, "-F", "-", input="again\n" + text)
    assert (tree / "got").read_text() == "again\n" + text
    assert stage.prompts(task) == [text, "again\n" + text]


NAMES = {
    "spaces": b"a  repo with spaces ",
    "quotes": b'it\'s a "repo"',
    "newline": b"two\nlines",
    "bytes": b"not \xff\xfe utf-8",
    "shell": b"$(touch x);`y` & *?[a]",
    "dash": b"-repo",
    "unicode": "später 🦊".encode(),
}


@pytest.mark.parametrize("kind", some(NAMES, "newline", "bytes"))
def test_a_repository_in_a_folder_of_any_name(
    kind: str, make_repo: MakeRepo, phc: Phc, git: RunGit, processes: Processes, tmp_path: Path
) -> None:
    plain = make_repo()
    repo = plain.rename(tmp_path / os.fsdecode(NAMES[kind]))
    stage = Stage(repo, phc, git, processes)
    task = stage.start("echo x > x; git add x; git commit -qm x; echo y > y; pwd > here")
    (tree,) = repo.with_name(f"{repo.name}.phc").iterdir()
    assert (tree / "here").read_bytes() == bytes(tree) + b"\n"
    stage.ok("send", task, "cat y > z")
    assert stage.status(task) == "ready"
    assert "+y" in stage.ok("diff", task).lines
    stage.ok("show", task)
    stage.ok("doctor")
    stage.ok("done", task)
    assert not tree.exists()
    stage.ok("undo", task)
    assert (tree / "z").read_text() == "y\n"
    local = stage.start("echo local > local", "-m", "local")
    assert stage.status(local) == "ready"
    assert (repo / "local").exists()


def test_the_installed_program_in_such_a_folder(make_repo: MakeRepo, tmp_path: Path) -> None:
    repo = make_repo().rename(tmp_path / os.fsdecode(b"all 'of' \"it\"\n\xff"))
    argv = [sys.executable, "-m", "git_phc", "start", "say", "--", "sh", "-c", "echo x > x"]
    done = subprocess.run(argv, cwd=repo, env=overlaid(), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    for words in (["status", "--json"], ["path", "-"], ["show", "-"], ["done", "-"], ["undo"]):
        done = subprocess.run(
            [*argv[:3], *words], cwd=repo, env=overlaid(), capture_output=True, check=False
        )
        assert (words, done.returncode, done.stderr) == (words, 0, b"")
