"""The page in a real browser, with hostile content in every field: nothing runs or loads."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from git_phc.cli.report.page import head
from tests.e2e.stage import Stage
from tests.kit import require
from tests.report.browser import canary, opened

pytestmark = [pytest.mark.slow, pytest.mark.e2e]
RUN = "document.title='pwned'"
SMALL = f"\"'><img src=x onerror={RUN}>"  # fits where a slash does not
POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')


def payload(port: int) -> str:
    """Each of these would run a script or ask the server, were it taken for a part of a page."""
    at = f"http://127.0.0.1:{port}"
    return (
        f"x--></title></style></svg></textarea><script>{RUN};fetch('{at}/fetch')</script>"
        f'"\'><img src={at}/img onerror="{RUN}"><svg onload="{RUN}"><image href={at}/image></svg>'
        f"<link rel=stylesheet href={at}/css><style>@import url({at}/import);</style>"
        f"<iframe src={at}/frame></iframe><object data={at}/object></object>"
        f"<video src={at}/video autoplay></video><p style='background:url({at}/style)'>&lt;"
    )


def refresh(port: int) -> str:
    return f'<meta http-equiv=refresh content="0;url=http://127.0.0.1:{port}/refresh">'


def hostile_task(stage: Stage, port: int) -> str:
    bad = payload(port) + refresh(port)
    name = SMALL.replace("/", "")
    prompt = (
        f"{bad} [[think {bad}]] [[say {bad}]] [[write {name}|{bad}]]"
        f" [[run cat '{name.replace(chr(39), chr(39) + chr(34) + chr(39) + chr(34) + chr(39))}']]"
        f" [[run echo '{SMALL[2:]}' >&2; exit 3]] [[fail {bad}]]"
    )
    branch = "x<img/src=x/onerror=alert(1)>"
    words = ("--title", bad, "--branch", branch, "-l", SMALL, "--autonomy", "bypass")
    task = stage.fake(prompt, *words, code=1)
    tree = stage.tree(task)
    stage.run_git(tree, "config", "user.name", SMALL)
    stage.run_git(tree, "add", "-A")
    stage.run_git(tree, "commit", "-qm", bad)
    stage.ok("send", "-d", "-q", task, f"{bad} [[say again]]")
    stage.ok("wait", task)
    return task


def test_a_hostile_task_runs_nothing_and_loads_nothing(stage: Stage, tmp_path: Path) -> None:
    require("chromium")
    with canary() as (port, asked):
        task = hostile_task(stage, port)
        file = tmp_path / "report.html"
        stage.ok("show", task, "--html", file)
        page = file.read_text()
        assert page.count(f"127.0.0.1:{port}/img") >= 6  # title, prompt, words, diff, diary, …
        seen = opened(file, tmp_path)
        bare = tmp_path / "bare.html"  # what the escaping alone is worth
        bare.write_text(POLICY.sub("", page))
        assert bare.read_text() != page
        unguarded = opened(bare, tmp_path)
        assert asked == []
    for shown in (seen, unguarded):
        assert "<h1>x--&gt;&lt;/title&gt;" in shown.out, shown
        assert "<title>pwned" not in shown.out
        assert not re.search(r"<(script|img|iframe|link|object|video|image|base)\b", shown.out)
        assert not re.search(r"<[^>]* on\w+=", re.sub(r'"[^"]*"', '""', shown.out))
    # The policy refuses nothing either: our own style is taken, and there is nothing else.
    assert "Content Security Policy" not in seen.err


def test_the_policy_alone_keeps_a_script_from_running(tmp_path: Path) -> None:
    require("chromium")
    with canary() as (port, asked):
        file = tmp_path / "page.html"
        file.write_text(f"<!doctype html><html>{head('Mine')}<body>{payload(port)}</body></html>")
        guarded = opened(file, tmp_path)
        assert (asked, "<title>Mine</title>" in guarded.out) == ([], True), guarded
        assert "<script>" in guarded.out
        assert "Content Security Policy" in guarded.err
        # And so that this test says something: without it, all of that happens.
        file.write_text(f"<!doctype html><title>Mine</title>{payload(port)}{refresh(port)}")
        open_ = opened(file, tmp_path)
        assert "pwned" in open_.out or "/refresh" in asked
        assert len(asked) > 5, asked
