"""A place outside of all homes, and hands to run something in a sandbox there, as this user or,
for root, as an ordinary one.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from git_phc.host.process import Command, Within, spawn_group
from git_phc.plugins.sandboxes import Bounds, Cell, Limits
from git_phc.sandboxes.bubblewrap import Bubble, Bubblewrap
from git_phc.sandboxes.cgroups import make_group
from tests.kit import Outcome, require, unavailable

ORDINARY = 65534
PATH = "/usr/local/bin:/usr/bin:/bin"


def require_bubblewrap(*, as_root: bool) -> None:
    """Skips the test, by name, where bubblewrap has no ground to stand on; fails it in CI."""
    require("bwrap", "prlimit")
    state = Bubblewrap().check(os.environ.get("PATH"))
    if state.missing:
        unavailable(state.missing)
    if not as_root or os.geteuid():
        return
    group = make_group("git-phc-test-probe", Limits())
    if group is None:
        unavailable("needs a cgroup of its own: root has no other limit of processes")
    else:
        group.close()


@dataclass(frozen=True)
class Yard:
    """A workspace, a home, and what lies beside them that must not be seen."""

    root: Path
    ordinary: bool  # whether root steps down before it makes the sandbox

    @property
    def work(self) -> Path:
        return self.root / "work"

    def bounds(self, **more: object) -> Bounds:
        given = {"limits": Limits(processes=64, scratch=1 << 20), **more}
        home = self.root / "home"
        bounds = Bounds(mark=f"test-{os.getpid()}", cwd=self.work, home=home, writable=[self.work])
        return replace(bounds, **given)

    @contextmanager
    def cell(self, **more: object) -> Iterator[Cell]:
        bounds = self.bounds(**more)
        # An ordinary user who is given no group of processes has the kernel's other way
        cell = Bubble(bounds, None) if self.ordinary else Bubblewrap().open(bounds)
        try:
            yield cell
        finally:
            cell.close()

    def start(
        self, cell: Cell, argv: Sequence[str], stdin: int = subprocess.DEVNULL, **env: str
    ) -> subprocess.Popen[bytes]:
        return spawn_group(
            argv, cwd=self.work, env={"PATH": PATH, "HOME": str(self.root / "home"), **env},
            stdin=stdin, within=self._within(cell),
        )  # fmt: skip

    def run(self, script: str, **more: object) -> Outcome:
        """Runs a script of bash inside, to its end."""
        with self.cell(**more) as cell:
            process = self.start(cell, ["bash", "-c", script])
            out, err = process.communicate(timeout=50)
            return Outcome(process.returncode, out.decode(), err.decode())

    def _within(self, cell: Cell) -> Within:
        if not self.ordinary or os.geteuid():
            return cell.command
        who = ["--reuid", str(ORDINARY), "--regid", str(ORDINARY), "--clear-groups"]

        @contextmanager
        def stepped_down(command: Command) -> Iterator[Command]:
            with cell.command(command) as inner:
                yield replace(inner, argv=["setpriv", *who, "--", *inner.argv])

        return stepped_down
