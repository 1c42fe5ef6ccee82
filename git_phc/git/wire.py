"""Runs a git program that talks to a remote: bounded, watched, and asked for no password in vain.

A remote may be silent for ever, so every talk has a deadline: so many seconds without a word
(git is always asked to tell its progress). It is then ended with all that it has started.
"""

from __future__ import annotations

import os
import selectors
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from msgspec import Struct, field
from msgspec.structs import replace

from git_phc.git import run
from git_phc.git.repo import Repo
from git_phc.host.process import end_tree

PATIENCE = 300.0  # seconds without a word from a remote, if nothing else is set
LOOK = 0.2  # seconds between two looks whether git has ended
CHUNK = 64 * 1024
SENDS = "Enumerating objects"  # what a push says first, where it has something to send


class Talk(Struct, frozen=True):
    """How a talk with a remote ended: like `run.Result`; `silent` where it was given up."""

    status: int
    out: bytes
    err: bytes
    silent: bool = False

    @property
    def ok(self) -> bool:
        return self.status == 0 and not self.silent

    @property
    def said(self) -> str:
        """What git said, without its progress: that ends in a carriage return."""
        lines = self.err.decode(errors="replace").split("\n")
        last = (line.rsplit("\r", 1)[-1].strip() for line in lines)
        return "\n".join(line for line in last if line)


class Wire(Struct, frozen=True):
    """The way to remotes.

    Attributes:
        patience: seconds without a word after which a remote is given up.
        asks: a person sits at a terminal, so git and ssh may ask for a password.
        tell: is told the progress, line by line, and "" at the end; the words are partly the
            remote's.
        chose: whether the user has named a program that reaches remotes, by the repository: it
            is asked for once.
    """

    patience: float = PATIENCE
    asks: bool = False
    tell: Callable[[str], object] | None = None
    chose: dict[Path, bool] = field(default_factory=dict)

    def talk(self, repo: Repo, words: Sequence[str], env: Mapping[str, str] | None = None) -> Talk:
        """Runs `git WORDS`, which talks to a remote, to its end or its deadline."""
        process = run.spawn(
            [f"--git-dir={repo.git_dir}", *words],
            cwd=repo.worktree or repo.git_dir,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env={**self._environment(repo), **(env or {})},
        )
        try:
            return self._listen(process)
        finally:
            if self.tell:
                self.tell("")
            if process.poll() is None:
                end_tree(process)
            for pipe in (process.stdout, process.stderr):
                if pipe:
                    pipe.close()

    def when_sending(self, act: Callable[[], object]) -> Wire:
        """The same, which does `act` as a push begins to send; it may do so again and again."""

        def tell(line: str) -> None:
            if self.tell:
                self.tell(line)
            if line.startswith(SENDS):
                act()

        return replace(self, tell=tell)

    def _environment(self, repo: Repo) -> Mapping[str, str]:
        if self.asks:
            return {"GIT_TERMINAL_PROMPT": "1"}
        # ssh would ask at the terminal that it finds by itself, and wait there
        if (chose := self.chose.get(repo.git_dir)) is None:
            chose = self.chose[repo.git_dir] = _chose_ssh(repo)
        if chose:
            return {}
        return {"GIT_SSH_COMMAND": "ssh -o BatchMode=yes"}

    def _listen(self, process: subprocess.Popen[bytes]) -> Talk:
        heard: dict[IO[bytes] | None, list[bytes]] = {process.stdout: [], process.stderr: []}
        last = time.monotonic()
        with selectors.DefaultSelector() as selector:
            for pipe in heard:
                if pipe:
                    selector.register(pipe, selectors.EVENT_READ)
            while selector.get_map():
                found = selector.select(LOOK)
                for key, _ in found:
                    data = os.read(key.fd, CHUNK)
                    heard[key.fileobj].append(data)  # type: ignore[index]
                    if not data:
                        selector.unregister(key.fileobj)
                    elif key.fileobj is process.stderr:
                        self._progress(data)
                if found:
                    last = time.monotonic()
                elif process.poll() is not None:
                    break  # an ssh that stays for the next one holds the pipes open
                elif time.monotonic() - last > self.patience:
                    end_tree(process)
                    return _talk(process, heard, silent=True)
        process.wait()
        return _talk(process, heard)

    def _progress(self, data: bytes) -> None:
        if self.tell:
            for line in data.decode(errors="replace").replace("\r", "\n").split("\n"):
                if line.strip():
                    self.tell(line.strip())


def _talk(
    process: subprocess.Popen[bytes],
    heard: Mapping[IO[bytes] | None, list[bytes]],
    *,
    silent: bool = False,
) -> Talk:
    out, err = (b"".join(heard[pipe]) for pipe in (process.stdout, process.stderr))
    return Talk(process.returncode, out, err, silent)


def _chose_ssh(repo: Repo) -> bool:
    """Whether the user has said by which program remotes are reached."""
    if {"GIT_SSH", "GIT_SSH_COMMAND"} & os.environ.keys():
        return True
    return repo.git("config", "--get", "core.sshCommand", ok=()).ok
