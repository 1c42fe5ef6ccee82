"""Where a checkpoint is worked out: a private folder with a copy of the user's index.

Every git call of this package that touches an index goes through a `Desk`, so that it can
only be a copy. The user's own index is read once and never written here.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from msgspec import Struct, field

from git_phc.errors import PhcError, Refused
from git_phc.git.names import names_from_bytes
from git_phc.git.repo import Repo
from git_phc.git.run import Result, Word

SETTINGS = {
    "core.splitIndex": "false",  # a copy must not share a base file with the user's index
    "core.untrackedCache": "false",  # a cache that belongs to the user's index
    "core.checkStat": "default",  # a laxer look misses edits that keep size and second
    "core.trustctime": "true",
    "core.sparseCheckout": "false",  # bits and files count here, not the rules behind them
    "submodule.recurse": "false",  # nothing reaches into another repository
    # Objects reach the disk before anything names them; private indexes need not
    "core.fsync": "objects,derived-metadata",
    "core.safecrlf": "false",  # a warning that nobody reads, or a refusal to store a file
}

DAY = 86_400
"""Seconds."""

BATCH = ("-c", "core.fsyncMethod=batch")
"""One flush of the disk for all objects of a call. They become visible after it."""

MANY = 64
"""From here on that is worth while: measured, no gain below, half the time at a thousand."""


class Desk(Struct, frozen=True):
    """One checkout, a private folder, and in it `index`, the copy.

    `conversion` are settings of another checkout that shall count here in place of its own.
    """

    repo: Repo
    root: Path
    folder: Path
    index: Path
    conversion: Mapping[str, str] = field(default_factory=dict)

    def git(
        self,
        *args: Word,
        input: bytes | None = None,
        index: Path | None = None,
        ok: Sequence[int] = (0,),
    ) -> Result:
        """Runs git in the checkout, on the copied index or on another private one."""
        env = {**_in_environment(self.conversion), "GIT_INDEX_FILE": str(index or self.index)}
        return self.repo.git(*args, input=input, env=env, ok=ok)

    def lenient(self, *args: Word, index: Path | None = None, ok: Sequence[int] = (0,)) -> Result:
        """The same, and once more without required filters where one of them fails.

        Such a filter ends even a look at the files, when their stat data do not tell all.
        """
        found = self.git(*args, index=index, ok=())
        if found.status in ok:
            return found
        asked = ("config", "--name-only", "-z", "--get-regexp", r"^filter\..*\.required$")
        names = names_from_bytes(self.git(*asked, ok=(0, 1)).out)
        off = [word for name in names for word in ("-c", f"{name}=false")]
        return self.git(*off, *args, index=index, ok=ok)


def _in_environment(more: Mapping[str, str]) -> dict[str, str]:
    """Settings for one call: not by `-c`, so that an error shows the call and not these. What the
    caller's environment sets in this way comes before them.
    """
    settings = {**SETTINGS, **more}
    said = os.environ.get("GIT_CONFIG_COUNT", "")
    first = int(said) if said.isdecimal() else 0
    env = {"GIT_CONFIG_COUNT": str(first + len(settings))}
    for number, (key, value) in enumerate(settings.items(), first):
        env |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return env


@contextmanager
def desk_for(repo: Repo, conversion: Mapping[str, str] | None = None) -> Iterator[Desk]:
    """A desk for `repo`, cleared away at the end; Refused where there is no checkout. Folders that
    are nested deeper than can be followed are one sentence: whose they are, that one may want it.
    """
    if repo.worktree is None:
        raise Refused("there is no checkout here to take a checkpoint of")
    room = repo.private / "tmp"
    room.mkdir(parents=True, exist_ok=True)
    _clear_old(room)
    folder = Path(tempfile.mkdtemp(prefix="checkpoint-", dir=room))
    try:
        copy_index(repo.git_dir / "index", folder / "index")
        yield Desk(repo, repo.worktree, folder, folder / "index", conversion or {})
    except RecursionError as error:
        raise PhcError(
            f"folders are nested too deep in {repo.worktree}, hundreds in one another",
            "Move them up, or away",
        ) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _clear_old(room: Path) -> None:
    """Removes what killed programs have left; nothing here is worked on for a day."""
    for folder in (*room.glob("checkpoint-*"), *room.glob("worktree-*")):
        with suppress(FileNotFoundError):
            if folder.stat().st_mtime < time.time() - DAY:
                shutil.rmtree(folder, ignore_errors=True)


def copy_index(source: Path, target: Path) -> None:
    """Copies an index with its time of change, to the nanosecond.

    git takes a file for unchanged when its stat data match and it is older than the index.
    A copy that looks younger hides edits of the same size made just after `git add`.
    """
    try:
        opened = source.open("rb")
    except FileNotFoundError:
        return  # as git has it: no index is an empty one
    with opened, target.open("xb") as out:
        shutil.copyfileobj(opened, out, 1 << 20)
        stat = os.fstat(opened.fileno())
    os.utime(target, ns=(stat.st_atime_ns, stat.st_mtime_ns))
