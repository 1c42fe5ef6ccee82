"""`attach` on another computer, by ssh: a real sshd on loopback, and a client in a terminal."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.cli.screen import Screen
from tests.cli.tmux import Tmux
from tests.e2e.stage import until
from tests.kit import MakeRepo, Phc, Processes, RunGit
from tests.sync.servers import HOST, by_ssh

pytestmark = [pytest.mark.slow, pytest.mark.e2e]
WAIT = "while [ ! -e go ]; do sleep 0.05; done"
# What a login there would have of its own: sshd hands none of a test's variables on.
KEPT = re.compile("HOME|PATH|LANG|LC_.*|TMPDIR|GIT_.*|XDG_.*|PHC_.*|PYTHON.*")


class Far:
    """A repository on the computer at the other end of ssh."""

    def __init__(self, ssh: list[str], repo: Path) -> None:
        self._ssh, self.repo = ssh, repo

    def __call__(self, *words: str, options: str = "-tt", env: str = "") -> list[str]:
        """What to type here so that `git phc` is run there."""
        kept = [f"{name}={value}" for name, value in os.environ.items() if KEPT.fullmatch(name)]
        program = shlex.join(["env", *kept, *env.split(), sys.executable, "-m", "git_phc", *words])
        there = f"cd {shlex.quote(str(self.repo))} && {program}"
        return [*self._ssh, *options.split(), HOST, there]


@pytest.fixture
def far(make_repo: MakeRepo, tmp_path: Path, git: RunGit) -> Iterator[Far]:
    repo, room = make_repo(), tmp_path / "ssh"
    git(repo, "config", "phc.agent", "fake")
    room.mkdir()
    with by_ssh(repo, room) as served:
        ssh = [*shlex.split(served.env["GIT_SSH_COMMAND"]), "-p", str(served.port)]
        yield Far(ssh, repo)


def begun(far: Far, phc: Phc, prompt: str) -> str:
    started = phc("start", "-dq", "--title", "Try", prompt, cwd=far.repo)
    assert started.code == 0, started
    return started.out.strip()


def test_a_conversation_is_seen_answered_resized_and_let_go(far: Far, phc: Phc) -> None:
    long = "x" * 90
    task = begun(far, phc, f"[[say I begin.]] [[write a.txt|one]] [[run echo {long}]] [[ask Now?]]")
    with Tmux(far("attach", task), far.repo, (80, 24)) as tmux:
        tmux.wait_for("Answer: [a] Allow, [A] Always allow, [d] Deny, or in words;")
        shown, painted = tmux.screen(), tmux.screen(painted=True)
        assert "I begin.\n? Write a.txt\n" in shown
        assert "\x1b[32m" in next(line for line in painted.splitlines() if "+one" in line)
        tmux.resize(50, 24)
        tmux.type("a", "Enter")
        tmux.wait_for("? Run echo")
        tmux.type("a", "Enter")
        shown = tmux.wait_for("? Now?")
        assert f"\n{f'✓ echo {long}'[:49]}…\n" in shown  # as wide as the window is by now
        tmux.type("C-c")
        shown = tmux.wait_for("[exit 130]")
        assert "Detached; the run goes on. Back to it:" in " ".join(shown.split())
    assert phc("status", "-q", "--status", "waiting", cwd=far.repo).out.strip() == task
    assert phc("answer", task, "now", cwd=far.repo).code == 0
    assert phc("wait", task, cwd=far.repo).code == 0


def words_of(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.Error:  # it has just ended
        return []


@pytest.mark.parametrize("command", ["attach", "start"])
def test_a_connection_that_breaks_off_harms_no_run(
    command: str, far: Far, phc: Phc, git: RunGit, processes: Processes
) -> None:
    words = ["--title", "Slow", "--", "sh", "-c", f"echo begun; {WAIT}; echo ended"]
    if command == "attach":
        assert phc("start", "-dq", *words, cwd=far.repo).code == 0
        words = ["-"]
    argv = shlex.join(far(command, *words))
    with Screen(["sh", "-c", f"exec {argv}"], far.repo) as screen:
        screen.wait_for("begun\n")
        before = git(far.repo, "for-each-ref")
        following = [one for one in processes() if command in words_of(one)[2:5]]
        assert following
    # The client was killed: who followed there ends, and nobody else.
    until(lambda: not any(one.is_running() for one in following))
    assert git(far.repo, "for-each-ref") == before
    assert "running" in phc("status", cwd=far.repo).out
    place = Path(phc("path", "-", cwd=far.repo).out.strip())
    (place / "go").touch()
    assert phc("wait", "-", cwd=far.repo).code == 0
    assert "begun\nended\n" in phc("logs", "-", cwd=far.repo).out


def test_without_a_terminal_nothing_but_text_comes(far: Far, phc: Phc) -> None:
    task = begun(far, phc, "[[say I begin.]] [[say a\x1b[31m b\x07]]")
    assert phc("wait", task, cwd=far.repo).code == 0
    plain = subprocess.run(
        far("attach", task, options="-T"), capture_output=True, check=True, text=True, timeout=50
    )
    assert "I begin.\na b\n" in plain.stdout
    assert set(plain.stdout) & set(map(chr, range(32))) == {"\n"}


def test_a_terminal_without_colour_gets_none(far: Far, phc: Phc) -> None:
    task = begun(far, phc, "[[say I begin.]] [[write a.txt|one]]")
    argv = shlex.join(far("attach", task, env="NO_COLOR=1"))
    with Screen(["sh", "-c", f"exec {argv}"], far.repo) as screen:
        screen.wait_for("Answer: ")
        screen.type("a\n")
        assert screen.end() == 0
    assert "+one" in screen.text
    assert "\x1b" not in screen.text
