"""Which tasks were shared, and with whom: the remote that a task was shared with first is its
arbiter for good.

It is written down before the first push, so that a push of unknown outcome counts. Where the
file is lost, what we saw of remotes tells it, but for such a push.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from msgspec import Struct

from git_phc.git.refs import list_refs
from git_phc.git.repo import Repo
from git_phc.host.paths import read_text
from git_phc.store import layout


def arbiters(repo: Repo) -> dict[str, str]:
    """The remote of each task that was shared."""
    text = read_text(layout.shared_file(repo)) or ""
    words = (line.split(" ") for line in reversed(text.split("\n")))  # the first line counts
    return {line[0]: line[1] for line in words if len(line) == 2}


def arbiter(repo: Repo, task: str) -> str | None:
    """The arbiter of one task, as it is now; None for this clone itself."""
    if known := arbiters(repo).get(task):
        return known
    seen = (ref for ref, _ in list_refs(repo, f"{layout.REMOTES}*/tasks/{task}"))
    return min(
        (ref.removeprefix(layout.REMOTES).partition("/tasks/")[0] for ref in seen), default=None
    )


def shared_first_with(repo: Repo, remote: str) -> set[str]:
    """The tasks whose arbiter was written down to be this remote."""
    return {task for task, name in arbiters(repo).items() if name == remote}


def share(repo: Repo, tasks: Iterable[str], remote: str, *, synced: bool = True) -> None:
    """Writes down that these tasks are shared with this remote, if with none before. Not `synced`
    where nothing depends on it: they came from there, and can be seen there.
    """
    known = arbiters(repo)
    lines = "".join(f"{task} {remote}\n" for task in tasks if task not in known)
    if lines:
        path = layout.shared_file(repo)
        path.parent.mkdir(parents=True, exist_ok=True)
        _append(path, lines.encode(), synced=synced)


def _append(path: os.PathLike[str], data: bytes, *, synced: bool) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
    try:
        os.write(file, data)
        if synced:
            os.fsync(file)
    finally:
        os.close(file)


class Sharing(Struct, frozen=True):
    """How a task stands to remotes.

    Attributes:
        remote: its arbiter's name; None where it was never shared.
        unpushed: whether it has changed here since that remote was seen to have all of it.
    """

    remote: str | None
    unpushed: bool


BESIDE = ("/runs", "/work", "/notes", "/queue", "/lease", "/base")  # what is seen beside tasks


class Sharings:
    """How all tasks stand, read once: by one git program."""

    def __init__(self, repo: Repo) -> None:
        self._named = arbiters(repo)
        self._seen: dict[str, dict[str, str]] = {}
        for ref, oid in list_refs(repo, layout.REMOTES, layout.WITHDRAWN):
            home, _, name = ref.rpartition("/")
            remote = home.removeprefix(layout.REMOTES).removeprefix(layout.WITHDRAWN)
            if not remote.endswith(BESIDE):
                self._seen.setdefault(name, {})[remote.removesuffix("/tasks")] = oid

    def arbiter(self, task: str) -> str | None:
        """The remote that the task was shared with first."""
        return self._named.get(task) or min(self._seen.get(task, ()), default=None)

    def of(self, task: str, tip: str) -> Sharing:
        """How the task stands, whose tip here is `tip`."""
        remote = self.arbiter(task)
        there = self._seen.get(task, {}).get(remote or "")
        return Sharing(remote, unpushed=remote is not None and there != tip)

    def shared_with(self, remote: str) -> set[str]:
        """The tasks that were shared with a remote, or seen there."""
        named = {task for task, name in self._named.items() if name == remote}
        return named | {task for task, seen in self._seen.items() if remote in seen}
