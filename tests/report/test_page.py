"""`show --html`: what is on the page, and where it goes."""

from __future__ import annotations

import base64
import hashlib
import html
import os
import re
from pathlib import Path
from typing import Any

import pytest

from git_phc.cli.report.changes import FILE, changes
from git_phc.cli.report.conversation import conversation
from git_phc.cli.report.markup import joined, tag
from git_phc.cli.report.timeline import Happening, timeline
from tests.cli.making import Maker
from tests.e2e.stage import Stage

Words = tuple[str, ...]


def text_of(page: str) -> str:
    """What a reader sees of a page."""
    body = page.partition("<body>")[2]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def test_the_page_tells_all_of_a_task(stage: Stage, tmp_path: Path) -> None:
    prompt = "Add a test. [[think hm]] [[say I begin.]] [[write a&b.py|if 1 < 2]] [[run false]]"
    task = stage.fake(prompt, "--title", "Fix <it>", "--autonomy", "bypass")
    file = tmp_path / "report.html"
    done = stage.ok("show", task, "--html", file)
    page = file.read_text()
    assert (done.out, done.err) == ("", f"Written: {file} ({len(page.encode()) / 1024:.1f} KiB)\n")
    assert page.startswith('<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta ')
    assert "<title>Fix &lt;it&gt;</title>" in page
    seen = text_of(page)
    for part in (
        "Fix <it> ready , since ", f"Task {task} Mode worktree Agent fake Autonomy bypass",
        f"Prompt {prompt} Timeline Timeline runs ", "Conversation Turn 1 ", "hm I begin. ",
        "✗ false exit code 1", "Changes a&b.py +1 -0 @@ -0,0 +1 @@ +if 1 < 2 Commits Nothing.",
        "Ada Tester ready git phc ",
    ):  # fmt: skip
        assert part in seen, (part, seen)
    assert "ada@example.com" not in page
    assert str(stage.repo) not in page
    assert stage.ok("show", task, "--html", "-").out[:5000] == page[:5000]


def test_the_policy_names_the_one_style(stage: Stage) -> None:
    page = stage.ok("show", stage.start("true"), "--html", "-").out
    style = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style[0].encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert (len(style), html.escape(policy) in page) == (1, True)
    assert not re.findall(r"<script|\bhref=|\bsrc=|\bstyle=|url\(|@import", page)


def test_what_is_secret_is_not_in_the_diff(stage: Stage) -> None:
    secret = "hunter2hunter2hunter2"  # the files have it, as files do
    task = stage.start(f"echo {secret[:10]}{secret[10:]} > config")
    page = stage.ok("show", task, "--html", "-", env={"DEPLOY_TOKEN": secret}).out
    changed = page.partition("<h2>Changes</h2>")[2].partition("<h2>")[0]
    assert "config" in changed
    assert secret not in changed


@pytest.mark.parametrize("words", [("--json",), ("-q",)])
def test_it_is_one_of_three_ways(words: Words, stage: Stage) -> None:
    task = Maker(stage.repo)()
    said = stage.no(2, "show", task.id, "--html", "x.html", *words)
    assert said == "git phc: --html, --json and -q exclude each other. Choose one."


def test_only_a_report_is_written_over(stage: Stage, tmp_path: Path) -> None:
    task, mine = Maker(stage.repo)().id, tmp_path / "mine.html"
    mine.write_text("precious")
    said = stage.no(1, "show", task, "--html", mine)
    assert said.startswith(f"git phc: {mine} is there already, and is no report of a task. ")
    pipe, folder, link = tmp_path / "pipe", tmp_path / "folder", tmp_path / "link"
    os.mkfifo(pipe)
    folder.mkdir()
    for _ in range(2):
        stage.ok("show", task, "--html", tmp_path / "report.html")
    link.symlink_to(tmp_path / "report.html")
    for place in (pipe, folder, link):
        assert "is no report of a task" in stage.no(1, "show", task, "--html", place)
    assert (mine.read_text(), pipe.is_fifo(), link.is_symlink()) == ("precious", True, True)
    said = stage.no(1, "show", task, "--html", "none/x.html")
    assert said == (
        f"git phc: there is no folder {stage.repo}/none. Make it: mkdir -p '{stage.repo}/none'"
    )


def test_a_task_without_work_has_a_page(stage: Stage) -> None:
    page = stage.ok("show", Maker(stage.repo)("Idle").id, "--html", "-").out
    assert "Conversation Nothing. Changes Nothing. Commits Nothing. " in text_of(page)


def test_texts_and_attributes_are_escaped() -> None:
    assert tag("p", "<&>\x1b[31m\u202e", tag("b", "x"), None, title='"') == (
        '<p title="&quot;">&lt;&amp;&gt;<b>x</b></p>'
    )
    assert joined("<", tag("br", class_="a", text_anchor=None)) == '&lt;<br class="a">'


def test_a_line_of_a_file_never_begins_another_file() -> None:
    diff = (
        "diff --git a b\n--- a\n+++ b\n@@ -1,3 +1,2 @@\n"
        "---- x\n-diff --git c d\n++++ /dev/null\n \n"
        "diff --git gone gone\n--- gone\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n"
        "diff --git bin bin\nBinary files bin and bin differ\n"
    )
    first, second, third = changes(diff)
    assert text_of(f"<body>{first}").startswith("b +1 -2 @@ -1,3 +1,2 @@ ---- x -diff --git c d")
    assert text_of(f"<body>{second}").startswith("gone +0 -1 ")
    assert text_of(f"<body>{third}") == "bin bin +0 -0"
    assert list(changes("")) == []


def test_a_long_diff_says_what_is_left_out() -> None:
    lines = "".join(f"+{n}\n" for n in range(FILE + 4))
    (file,) = changes(f"diff --git a a\n--- a\n+++ a\n@@ -0,0 +1 @@\n{lines}")
    assert "… 5 lines more are left out" in file
    assert f"+{FILE + 4}</span>" in file


def test_records_that_nobody_knows_are_passed_over() -> None:
    records: list[dict[str, Any]] = [
        {"kind": "new"}, {}, {"kind": "text", "text": None}, {"kind": "tool"},
        {"kind": "plan", "entries": ["x", {}]}, {"kind": "edit"}, {"kind": "setup"},
        {"kind": "turn", "prompt": ["<"], "at": 7}, {"kind": "damaged"}, {"kind": "done"},
    ]  # fmt: skip
    assert "a line of the transcript cannot be read" in joined(*conversation(records))


def test_a_night_between_two_runs_leaves_both_to_be_seen() -> None:
    runs = [
        Happening("runs", "2026-01-01T10:00:00.000Z", "ready", "ready", "2026-01-01T10:00:30.000Z"),
        Happening("runs", "2026-01-02T09:00:00.000Z", "x", "<x>", "2026-01-02T09:00:30.000Z"),
    ]
    drawn = timeline(runs)
    widths = [float(wide) for wide in re.findall(r'width="([\d.]+)"', drawn)]
    assert len(widths) == 2
    assert min(widths) > 100
    assert 'class="mark"' in drawn  # a word of the task's is no class
    one = timeline([Happening("messages", "2026-01-01T10:00:00.000Z", "alone")])
    assert one.count("<circle") == 1
