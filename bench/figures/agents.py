"""What we add to an agent's own run: until its model is first asked, and in processor time.

Processor time is that of a whole run, start and all: of a short one, of which our start is a large
part, and of one that has as much to do as an agent that is left alone for a while. And it is that
of what a run does once it has begun: 40 commands less 1, on both sides. What an agent itself takes
differs by a tenth from one run to the next, twice what we may add; so what is not the agent's is
taken by itself, too, from runs in which a shell stands before the agent and tells what that took.

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
MOST_ADDED = 0.05  # of the agent's own
# The second line that `times` says is what a shell's children took.
TELLS = """\
#!/bin/sh
'{program}' "$@"
code=$?
times > '{told}'
exit $code
"""
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
                    lambda b=bench, w=words: b.whole(w),  # type: ignore[misc]
                    lambda b=bench, w=words: b.alone(w),  # type: ignore[misc]
                    factor=1 + MOST_ADDED,
                    most=most,
                )
                yield Figure(
                    f"agents: what is added to {agent}'s processor, {commands} commands",
                    lambda b=bench, w=words: b.added(w),  # type: ignore[misc]
                    lambda b=bench, w=words: b.alone(w),  # type: ignore[misc]
                    factor=MOST_ADDED,
                    most=most,
                )
            yield Figure(
                f"agents: {agent}'s processor, 39 further commands",
                lambda b=bench: b.further(b.whole),  # type: ignore[misc]
                lambda b=bench: b.further(b.alone),  # type: ignore[misc]
                factor=1 + MOST_ADDED,
                most=9,
            )
            yield Figure(
                f"agents: what is added to {agent}'s processor, 39 further commands",
                lambda b=bench: b.further(b.added),  # type: ignore[misc]
                lambda b=bench: b.further(b.alone),  # type: ignore[misc]
                factor=MOST_ADDED,
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
        self._told = home / "told"
        self._before = home / "before"  # on PATH, before the agent
        self._before.mkdir(exist_ok=True)
        shell = self._before / agent
        shell.write_text(TELLS.format(program=PROGRAMS / agent, told=self._told))
        shell.chmod(0o755)

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

    def processor(self, argv: Sequence[str], **env: str) -> float:
        """Milliseconds of processor time of the command and all that came of it."""
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)  # whoever is left behind is ours
        before = _used()
        with self._started(argv, **env) as process:
            process.wait()
        with suppress(ChildProcessError):
            while True:
                os.wait()
        return (_used() - before) * 1000

    def whole(self, words: str) -> float:
        """The same of a run of ours."""
        return self.processor(self.ours(words))

    def alone(self, words: str) -> float:
        """The same of the agent run by hand."""
        return self.processor(self.by_hand(words))

    def added(self, words: str) -> float:
        """Of a run of ours what neither the agent nor its commands took."""
        path = f"{self._before}{os.pathsep}{self._env['PATH']}"
        whole = self.processor(self.ours(words), PATH=path)
        return whole - sum(map(_milliseconds, self._told.read_text().splitlines()[1].split()))

    def further(self, take: Callable[[str], float]) -> float:
        """What 40 commands take more than one, by what `take` takes of a prompt."""
        return take(prompt(40)) - take(prompt(1))

    def _started(self, argv: Sequence[str], **env: str) -> subprocess.Popen[bytes]:
        quiet = subprocess.DEVNULL
        return subprocess.Popen(
            argv, cwd=self.repo, env=self._env | env, stdin=quiet, stdout=quiet, stderr=quiet
        )


def _milliseconds(told: str) -> float:
    """Of `1m2.34s`."""
    minutes, seconds = told.removesuffix("s").split("m")
    return (60 * float(minutes) + float(seconds)) * 1000


def _used() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
