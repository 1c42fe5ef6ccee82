"""A checkpoint of 50,000 files in a living process, against git's own stash and status."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

from bench.lab import Lab
from bench.measure import Figure, timed
from git_phc.git.checkpoint import take
from git_phc.git.encoding import Signature
from git_phc.git.loose import LooseWriter
from git_phc.git.refs import Move, move_refs
from git_phc.git.repo import Repo

FILES = 50_000
WHO = Signature("Ada Bench", "ada@example.com", 1_700_000_000)
REF = "refs/phc/work/bench"


class _Chain:
    """The checkpoints that are taken, one after the other."""

    def __init__(self, repo: Repo) -> None:
        self._repo, self._writer = repo, LooseWriter(repo)
        self._last: str | None = None

    def take(self) -> float:
        def act() -> None:
            former = self._last
            facts: dict[str, object] = {"reason": "bench"}
            link = take(
                self._repo, self._writer, previous=former, who=WHO, message="bench", facts=facts
            ).link
            move_refs(self._repo, [Move(REF, former, link)])
            self._last = link

        return timed(act)


def figures(lab: Lab) -> Iterator[Figure]:
    """With a hundred files changed and a hundred new ones; and with nothing changed."""
    path = lab.repository("kept", files=FILES)
    chain = _Chain(lab.opened(path))
    numbers = count()

    def change() -> None:
        number = next(numbers)
        for at in range(0, FILES, FILES // 100):
            name = f"d{at // 1000:02}/e{at // 100 % 10}/file{at}.txt"
            (path / name).write_text(f"changed for the time of number {number}\n")
            (path / f"{name}.new").write_text(f"new {at}, {number}\n")

    def ours() -> float:
        change()
        took = chain.take()
        _clean(lab, path)
        return took

    def stash() -> float:
        change()
        took = lab.time("git", "stash", "push", "-q", "-u", cwd=path)
        lab.run("git", "stash", "drop", "-q", cwd=path)
        return took

    yield Figure("checkpoint, 50,000 files, 200 changed", ours, stash, factor=0.5, most=7)
    yield Figure(
        "checkpoint, 50,000 files, unchanged",
        chain.take,
        lambda: lab.time("git", "status", "--porcelain", cwd=path),
        factor=2,
        extra=50,
    )


def _clean(lab: Lab, path: Path) -> None:
    lab.run("git", "reset", "-q", "--hard", cwd=path)
    lab.run("git", "clean", "-q", "-f", "-d", cwd=path)
