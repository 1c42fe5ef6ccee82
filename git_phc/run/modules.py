"""The submodules of a run's clone: filled before anything starts there, and watched for losses.

A run never has less than it seems to have: what is not filled is told, and what is lost.
"""

from __future__ import annotations

from collections.abc import Callable

from git_phc.git.repo import Repo
from git_phc.model.ids import TaskId
from git_phc.plugins.records import Record
from git_phc.run.confined import Confinement
from git_phc.services.context import Context
from git_phc.store.arbiters import arbiter

LOST = "no checkpoint carries a repository inside another one, so what was changed is not kept"


class Modules:
    """One run's."""

    def __init__(
        self, ctx: Context, id: TaskId, confinement: Confinement, write: Callable[[Record], None]
    ) -> None:
        self._ctx, self._id = ctx, id
        self._confinement, self._write = confinement, write
        self._told: set[str] = set()

    def fill(self, checkout: Repo) -> None:
        """In a clone in which nobody has worked yet."""
        remote = arbiter(self._ctx.repo, self._id)
        if not checkout.foreign or remote is None:
            return
        # A run that is no worker's has no use for it
        from git_phc.services.modules import fill_modules

        for path, why in fill_modules(self._ctx, remote, checkout):
            if why:
                self._confinement.deny(f"the submodule {path}", f"its folder is empty, since {why}")
            else:
                self._write({"kind": "note", "text": f"the submodule {path} is filled"})

    def look(self, checkout: Repo) -> None:
        """Nobody works there just now: tells of changes that are lost with the clone."""
        if not checkout.foreign:
            return
        from git_phc.services.modules import changed

        for path in changed(self._ctx, checkout):
            if path not in self._told:
                self._told.add(path)
                self._confinement.deny(f"a checkpoint of the submodule {path}", LOST)
