"""A program in a real terminal: tmux draws what it sends, and is read."""

from __future__ import annotations

import os
import shlex
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.kit import require, run_program

PATIENCE = 40.0  # seconds
PROGRAM = (sys.executable, "-m", "git_phc")


class Tmux:
    """A server of its own with one window; as a context manager it ends it."""

    def __init__(self, words: Sequence[str], cwd: Path, size: tuple[int, int] = (80, 24)) -> None:
        require("tmux")
        # The path of a socket may have only some hundred letters, so its folder is a short one.
        self._at, self._cwd = ["tmux", "-L", f"phc-{os.getpid()}-{time.monotonic_ns()}"], cwd
        columns, lines = map(str, size)
        argv = words if words[0] == "ssh" else [*PROGRAM, *words]
        # Ctrl-C goes to the shell, too, which stays to tell how the program has ended.
        command = f'trap : INT; {shlex.join(argv)}; echo "[exit $?]"; exec cat'
        self("-f", "/dev/null", "new-session", "-d", "-x", columns, "-y", lines, command)

    def __call__(self, *words: str) -> str:
        env = {"TERM": "xterm-256color", "GIT_PAGER": "cat", "TMUX_TMPDIR": os.environ["HOME"]}
        done = run_program([*self._at, *words], cwd=self._cwd, env=env)
        assert done.code == 0, done
        return done.out

    def __enter__(self) -> Tmux:
        return self

    def __exit__(self, *_: object) -> None:
        self("kill-server")

    def type(self, *keys: str) -> None:
        self("send-keys", "-t", ":0", *keys)

    def resize(self, columns: int, lines: int) -> None:
        self("resize-window", "-t", ":0", "-x", str(columns), "-y", str(lines))

    def ask(self, name: str) -> str:
        """A value that tmux knows of the window."""
        return self("display-message", "-p", "-t", ":0", f"#{{{name}}}").strip()

    def screen(self, *, painted: bool = False) -> str:
        """What stands on the screen now; with its colours, where they are asked for."""
        return self("capture-pane", "-p", "-t", ":0", *(["-e"] if painted else [])).rstrip("\n")

    def wait_for(self, text: str) -> str:
        """The screen, as soon as the text stands on it."""
        deadline = time.monotonic() + PATIENCE
        while text not in (shown := self.screen()):
            assert time.monotonic() < deadline, f"{text!r} did not come: {shown}"
            time.sleep(0.05)
        return shown
