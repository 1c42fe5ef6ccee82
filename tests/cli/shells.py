"""A real shell in a real terminal (tmux), with our completions loaded: typed to, and looked at."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.kit import overlaid

TAB = "Tab"
PATIENCE = 15.0  # seconds; many times what a busy machine takes
QUIET = ("--norc", "--noprofile")
START = {
    "bash": ["bash", *QUIET, "-i"],
    "zsh": ["zsh", "-f", "-i"],
    "fish": ["fish", "--no-config", "-i"],
}
LOAD = {
    "bash": "PS1='> '; . {bash_completion}; . <(git-phc completion bash)",
    "zsh": (
        "PS1='> '; zstyle ':completion:*' format ''; autoload -U compinit; compinit -u -D;"
        " source <(git-phc completion zsh); unsetopt list_beep"
    ),
    "fish": "function fish_prompt; echo '> '; end; git-phc completion fish | source",
}
COMPLETIONS = Path("/usr/share/bash-completion/bash_completion")


class Shell:
    """One shell. As a context manager it ends it, too."""

    def __init__(self, name: str, cwd: Path, room: Path) -> None:
        self._tmux = ["tmux", "-S", str(room / "tmux"), "-f", "/dev/null"]
        programs = str(Path(sys.executable).parent)
        env = {k: v for k, v in overlaid().items() if k != "TMUX"} | {"TERM": "screen"}
        env["PATH"] = f"{programs}:{env['PATH']}"
        size = ("-x", "100", "-y", "50")
        subprocess.run(
            [*self._tmux, "new-session", "-d", *size, "-c", str(cwd), *START[name]],
            env=env, check=True, timeout=PATIENCE,
        )  # fmt: skip
        self.run(LOAD[name].format(bash_completion=COMPLETIONS))

    def __enter__(self) -> Shell:
        return self

    def __exit__(self, *_: object) -> None:
        subprocess.run([*self._tmux, "kill-server"], check=False, timeout=PATIENCE)

    def run(self, line: str) -> None:
        """Runs a line to its end, and clears the screen."""
        self.type(f"{line}; echo don''e", "Enter")
        self.wait(lambda screen: "\ndone\n" in f"\n{screen}\n")
        self.type("clear", "Enter")
        self.wait(lambda screen: "clear" not in screen and "done" not in screen)

    def type(self, text: str, *keys: str) -> None:
        if text:
            self._do("send-keys", "-l", text)
        if keys:
            self._do("send-keys", *keys)

    def screen(self) -> str:
        """What stands there, without what is empty at its end."""
        return self._do("capture-pane", "-p").rstrip()

    def wait(self, holds: Callable[[str], bool]) -> str:
        """Looks until it holds; the screen."""
        deadline = time.monotonic() + PATIENCE
        while not holds(screen := self.screen()):
            assert time.monotonic() < deadline, screen
            time.sleep(0.05)
        return screen

    def shows(self, *words: str) -> str:
        """Waits until all of the words stand on the screen."""
        return self.wait(lambda screen: all(word in screen for word in words))

    def abandon(self) -> None:
        """Gives up the line that is being typed, and clears the screen."""
        self._do("send-keys", "C-c")
        self.run("true")

    def _do(self, *words: str) -> str:
        done = subprocess.run(
            [*self._tmux, *words], capture_output=True, text=True, check=True, timeout=PATIENCE
        )
        return done.stdout
