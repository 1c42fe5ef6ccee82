"""What we add to an agent's own run: until its model is first asked, and in processor time.

Processor time is that of a whole run, start and all: of a short one, of which our start is a large
part, and of one that has as much to do as an agent that is left alone for a while. And it is that
of what a run does once it has begun: 40 commands less 1, on both sides.

The agents are real, as `bash tests/agents/install` puts them into `.node`; the model is the
scripted one of the tests. Without them there are no figures.
"""

from __future__ import annotations

import atexit
import ctypes
import itertools
import os
import resource
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from bench.lab import PROGRAM, Lab
from bench.measure import Figure
from tests.agents.furnish import PROGRAMS, furnish
from tests.agents.model import Model

SAY = "[[say hello]]"
RUNS = {40: 5, 400: 3}  # how often each is taken, by its commands
BY_HAND = {
    "claude": ("claude", "-p", "--output-format", "stream-json", "--verbose",
               "--permission-mode", "default", "--allowed-tools=Bash"),
    "codex": ("codex", "exec", "--json", "--skip-git-repo-check", "--sandbox", "read-only"),
}  # fmt: skip
PR_SET_CHILD_SUBREAPER = 36


def figures(lab: Lab) -> Iterator[Figure]:
    """Start and processor time, for each agent that is installed."""
    for agent, by_hand in BY_HAND.items():
        if (PROGRAMS / agent).exists():
            bench = _Bench(lab, agent, by_hand)
            yield Figure(
                f"agents: {agent} asks its model",
                lambda b=bench: b.until_asked(b.ours(SAY)),  # type: ignore[misc]
                lambda b=bench: b.until_asked(b.by_hand(SAY)),  # type: ignore[misc]
                factor=1,
                extra=500,
                most=7,
            )
            for commands, most in RUNS.items():
                words = prompt(commands)
                yield Figure(
                    f"agents: {agent}'s processor, {commands} commands",
                    lambda b=bench, w=words: b.processor(b.ours(w)),  # type: ignore[misc]
                    lambda b=bench, w=words: b.processor(b.by_hand(w)),  # type: ignore[misc]
                    factor=1.05,
                    most=most,
                )
            yield Figure(
                f"agents: {agent}'s processor, 39 further commands",
                lambda b=bench: b.further(b.ours),  # type: ignore[misc]
                lambda b=bench: b.further(b.by_hand),  # type: ignore[misc]
                factor=1.05,
                most=9,
            )


def prompt(commands: int) -> str:
    """What makes the scripted model ask for so many, one after the other."""
    return " ".join(f"[[bash echo {number}]]" for number in range(commands))


class _Bench:
    """One agent, a home for it, and a repository to work in."""

    def __init__(self, lab: Lab, agent: str, words: Sequence[str]) -> None:
        self._lab, self._agent, self._words = lab, agent, words
        self._model = Model()
        self._model.__enter__()
        home = Path(f"/var/tmp/phc-bench-{os.getpid()}")  # codex makes no helpers below /tmp
        home.mkdir(exist_ok=True)
        atexit.register(shutil.rmtree, home, ignore_errors=True)
        self._env = {**os.environ, **furnish(home, self._model.url), "IS_SANDBOX": "1"}
        self._numbers = itertools.count()

    @property
    def repo(self) -> Path:
        return self._lab.repository("agents", files=10)

    def ours(self, prompt: str) -> list[str]:
        level = ("--autonomy", "bypass")
        return [*PROGRAM, "start", "-q", "-a", self._agent, *level, self._unique(prompt)]

    def by_hand(self, prompt: str) -> list[str]:
        return [*self._words, self._unique(prompt)]

    def _unique(self, prompt: str) -> str:
        return f"{prompt} {next(self._numbers)}"

    def until_asked(self, argv: Sequence[str]) -> float:
        """Milliseconds from the command until the agent's model has its first request."""
        known = len(self._model.requests)
        begun = time.perf_counter()
        with self._started(argv) as process:
            while len(self._model.requests) == known and process.poll() is None:
                time.sleep(0.001)
            took = time.perf_counter() - begun
            process.wait()
        if len(self._model.requests) == known:
            raise RuntimeError(f"{argv} has never asked its model")
        return took * 1000

    def processor(self, argv: Sequence[str]) -> float:
        """Milliseconds of processor time of the command and all that came of it."""
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)  # whoever is left behind is ours
        before = _used()
        with self._started(argv) as process:
            process.wait()
        with suppress(ChildProcessError):
            while True:
                os.wait()
        return (_used() - before) * 1000

    def further(self, words: Callable[[str], list[str]]) -> float:
        """The same, of what 40 commands take more than one."""
        return self.processor(words(prompt(40))) - self.processor(words(prompt(1)))

    def _started(self, argv: Sequence[str]) -> subprocess.Popen[bytes]:
        quiet = subprocess.DEVNULL
        return subprocess.Popen(
            argv, cwd=self.repo, env=self._env, stdin=quiet, stdout=quiet, stderr=quiet
        )


def _used() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
