"""Nothing of a repository runs before somebody here has consented to its words."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import pytest

from tests.cli.screen import Screen
from tests.e2e.stage import OBEY, Stage, until
from tests.kit import MakeRepo, RunGit

DEV = ".phc/environments/dev.toml"
START = ("start", "x", "--", "true")


def write(repo: Path, text: str = "setup.script = 'touch ../ran'\n") -> None:
    (repo / DEV).parent.mkdir(parents=True, exist_ok=True)
    (repo / DEV).write_text(text)


def ran(stage: Stage) -> bool:
    return any(stage.repo.parent.rglob("ran"))


def test_without_consent_nothing_is_made(stage: Stage) -> None:
    write(stage.repo)
    for words in (START, (*START[:2], "-y", *START[2:]), (*START[:2], "-n", "2", *START[2:])):
        assert stage.no(5, *words) == (
            f"git phc: {DEV} is not trusted yet, and it would run scripts of this repository. "
            f"Read them, and grant it: git phc trust {DEV}"
        )
    assert stage.left_behind() == []
    assert not ran(stage)
    stage.ok("trust", DEV)
    stage.ok(*START)
    assert ran(stage)


@pytest.mark.parametrize(
    "text",
    [
        "teardown.script = 'x'",
        "vars.PATH = '/tmp'",
        "[[actions]]\nname = 'x'\ncommand = 'x'",
    ],
)
def test_whatever_would_run_asks(stage: Stage, text: str) -> None:
    write(stage.repo, text)
    stage.no(5, *START)


def test_what_runs_nothing_asks_nothing(stage: Stage) -> None:
    write(stage.repo, "name = 'Dev'\n[cloud]\ncpus = 2\n")
    stage.ok(*START)
    assert stage.ok("trust").err == "Nothing here asks for consent.\n"


@pytest.mark.slow
def test_at_a_terminal_the_words_are_shown_and_asked_for(stage: Stage) -> None:
    evil = "echo '\\u001b[2K\\u001b]0;title\\u0007' \\u202egnp; touch ../ran #\\r"
    write(stage.repo, f'[setup]\nscript = "{evil}"\n')
    with Screen(START, stage.repo) as screen:
        shown = screen.wait_for(r"Run this on this computer\? \[y/N\] ")
        assert (
            "  setup, when a worktree is made\n"
            "    | echo '\\x1b[2K\\x1b]0;title\\x07' \\u202egnp; touch ../ran #\\r\n"
        ) in shown
        assert "\x1b" not in shown
        screen.type("\n")
        assert screen.end() == 5
    assert stage.left_behind() == []
    with Screen([*START[:2], "-y", *START[2:]], stage.repo) as screen:  # -y is no consent
        screen.wait_for("Run this")
        screen.type("y\n")
        screen.wait_for("setup of dev ended well")
        assert screen.end() == 0
    assert ran(stage)


@pytest.mark.slow
def test_a_changed_script_asks_again(stage: Stage) -> None:
    write(stage.repo, "setup.script = '[ -e ../gate ]'\n")
    stage.ok("trust", DEV)
    task = stage.start("true", code=1)
    stage.gate.touch()
    (stage.tree(task).parent / "gate").touch()
    write(stage.repo)
    before = stage.refs()
    for words in (("resume", task), ("send", task, "x"), ("start", "x", "--", "true")):
        assert f"{DEV} has changed since you consented to it" in stage.no(5, *words)
    assert (stage.status(task), stage.refs()) == ("failed", before)
    assert f"{DEV} (dev) would run:" in stage.ok("trust").out
    with Screen(["resume", task], stage.repo) as screen:
        screen.wait_for("Run this")
        screen.type("y\n")
        assert screen.end() == 0
    assert ran(stage)


@pytest.mark.slow
def test_a_script_that_the_agent_has_changed_does_not_run(stage: Stage) -> None:
    write(stage.repo, "teardown.script = 'true'\n")
    stage.git("add", ".")
    stage.git("commit", "-qm", "environment")
    stage.ok("trust", DEV)
    task = stage.start(f"echo \"teardown.script = 'touch ../ran'\" > {DEV}")
    tree = stage.tree(task)
    stage.no(5, "send", task, "x", cwd=tree)  # its words are those of the folder one stands in
    stage.ok("done", task)
    assert not ran(stage)


def test_consent_does_not_come_with_a_repository(
    stage: Stage, make_repo: MakeRepo, git: RunGit, tmp_path: Path
) -> None:
    write(stage.repo)
    stage.git("add", ".")
    stage.git("commit", "-qm", "environment")
    stage.ok("trust", DEV)
    shutil.copytree(stage.repo, tmp_path / "copied", symlinks=True)
    git(tmp_path, "clone", "-q", stage.repo, tmp_path / "cloned")
    write(make_repo("other"))
    for name in ("copied", "cloned", "other"):
        assert "is not trusted yet" in stage.no(5, *START, cwd=tmp_path / name)
    # It is nothing that lies in a repository: a hostile one could bring that along.
    assert not [file for file in stage.repo.rglob("*trust*") if ".toml" not in file.name]
    git(stage.repo, "worktree", "add", "-q", tmp_path / "linked")
    stage.ok(*START, cwd=tmp_path / "linked")


def test_consent_is_shown_and_taken_back(stage: Stage) -> None:
    write(stage.repo)
    asked = stage.ok("trust").lines
    assert asked[0] == f"{DEV} (dev) would run:"
    assert asked[-1] == f"  consent to it: git phc trust {DEV}"
    granted = stage.ok("trust", "--env", "dev")
    assert (granted.out, granted.err.splitlines()[-2:]) == (
        "",
        [
            "    | touch ../ran",
            (
                f"{DEV} may run in this repository from now on. "
                f"To take that back: git phc trust --revoke {DEV}"
            ),
        ],
    )
    assert stage.ok("trust").out.startswith(f"{DEV}: trusted since 20")
    (shown,) = json.loads(stage.ok("trust", "--json").out)["files"]
    assert (shown["path"], shown["here"], shown["trusted"]) == (DEV, True, True)
    (stage.repo / DEV).unlink()
    assert stage.ok("trust").out == f"{DEV}: trusted, and not in this checkout\n"
    stage.ok("trust", "--revoke", DEV)
    write(stage.repo)
    stage.no(5, *START)
    assert "there is no consent" in stage.no(1, "trust", "--revoke", "dev")
    assert "--revoke needs to know what" in stage.no(2, "trust", "--revoke")


@pytest.mark.slow
def test_an_agent_cannot_consent(stage: Stage) -> None:
    write(stage.repo)
    env = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    words = f"cd '{stage.repo}'; git phc trust {DEV}; git phc trust --actor evil@example.com"
    task = stage.start(words, "-e", "none", code=1, env=env)
    assert stage.said(task).count("trust is a person's to give") == 2
    stage.no(5, *START)


@pytest.mark.slow
def test_consent_that_is_taken_back_counts_for_what_waits(stage: Stage) -> None:
    write(stage.repo)
    stage.git("config", "phc.jobs", "1")
    first = stage.start(stage.wait_for_gate, "-d", "-e", "none")
    until(lambda: "begun" in stage.said(first))
    stage.ok("trust", DEV)
    second = stage.ok("start", "-q", "-d", "true", *OBEY).out.strip()
    stage.ok("trust", "--revoke", DEV)
    stage.gate.touch()
    assert stage.phc("wait", second, cwd=stage.repo).code == 1
    assert f"failed: {DEV} is not trusted yet" in stage.ok("status", second).out
    assert not ran(stage)


@pytest.mark.slow
def test_an_answer_that_would_begin_a_run_asks_before_it_counts(stage: Stage) -> None:
    write(stage.repo, "vars.A = '1'\n")
    stage.ok("trust", DEV)
    stage.git("config", "phc.waitLimit", "1s")
    task = stage.fake("[[ask Who?]]", code=6)
    until(lambda: "ended" in stage.show(task)["run"])
    write(stage.repo, "vars.A = '2'\n")
    assert "has changed" in stage.no(5, "answer", task, "Ada")
    assert stage.status(task) == "waiting"
    stage.ok("trust", DEV)
    stage.ok("answer", task, "Ada")
    assert "The answer is: Ada" in stage.prompts(task)[-1]


def test_an_action_asks_too(stage: Stage) -> None:
    write(stage.repo, "[[actions]]\nname = 'Go'\ncommand = 'true'\n")
    stage.ok("trust", DEV)
    task = stage.start("true")
    write(stage.repo, "[[actions]]\nname = 'Go'\ncommand = 'touch ../ran'\n")
    stage.no(5, "open", task, "--action", "Go")
    assert not ran(stage)


def test_a_file_is_named_by_any_path_to_it(stage: Stage) -> None:
    write(stage.repo)
    (stage.repo / "a b").mkdir()
    here = stage.repo / "a b"
    for word in (DEV, f"../{DEV}", str(stage.repo / DEV), "DEV"):
        stage.ok("trust", word, cwd=here)
        stage.ok("trust", "--revoke", word, cwd=here)
    for word in (f"../../{DEV}", "/", "", "..", "dev.toml/x"):
        assert "there is no environment" in stage.no(2, "trust", word, cwd=here)
    spaced = DEV.replace("dev", "a b")
    (stage.repo / DEV).rename(stage.repo / spaced)
    assert f"git phc trust '{spaced}'" in stage.no(5, *START)


def test_a_damaged_consent_is_none(stage: Stage) -> None:
    write(stage.repo)
    stage.ok("trust", DEV)
    (file,) = (Path(os.environ["XDG_STATE_HOME"]) / "git-phc" / "trust").rglob("*.json")
    file.rename(file.with_name("environment-0.json"))
    file.with_name("other.json").write_text("[]")
    stage.no(5, *START)
    assert "has changed since" in stage.ok("trust").out
