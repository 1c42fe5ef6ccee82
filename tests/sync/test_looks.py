"""A worker's look: the queue each time, the leases of others now and then, and when they matter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from msgspec.structs import replace

from git_phc.git.repo import open_repo
from git_phc.model.lease import DEFAULT, PATIENCE, Lease
from git_phc.services.by_push import Moved
from git_phc.services.context import Context
from git_phc.worker.claiming import claim
from git_phc.worker.loop import Orders, Worker
from git_phc.worker.waiting import EVERY, Lookout
from tests.sync.team import Team
from tests.sync.test_handing_over import ready
from tests.sync.test_quick_claims import home, seen
from tests.sync.workers import queued

__all__ = ["ready"]
pytestmark = pytest.mark.slow


@dataclass
class Watch:
    """A clock that goes when it is told to."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def lookout(ready: Team, tmp_path: Path, watch: Watch) -> Iterator[Lookout]:
    ctx = home(ready, tmp_path / "one")
    yield Lookout(replace(ctx, clock=replace(ctx.clock, monotonic=watch)))
    del ctx  # with which its gits end


@pytest.fixture
def other(ready: Team, tmp_path: Path) -> Context:
    """Another worker's repository."""
    return home(ready, tmp_path / "other")


def whys(lookout: Lookout) -> list[str]:
    return sorted(one.why for one in lookout.look())


def is_here(lookout: Lookout, oid: str) -> bool:
    return lookout.ctx.repo.git("cat-file", "-e", oid, ok=()).ok


def put_lease(team: Team, task: str, nonce: str) -> None:
    lease = Lease("claim", "clone", DEFAULT, nonce).encode()
    new = open_repo(team.hub).git("hash-object", "-w", "--stdin", input=lease).out.decode().strip()
    team.run_git(team.hub, "update-ref", f"refs/phc/lease/{task}", new)


def test_leases_of_others_are_brought_now_and_then(
    ready: Team, lookout: Lookout, other: Context, watch: Watch
) -> None:
    assert whys(lookout) == []
    task = queued(ready.ada)
    assert whys(lookout) == ["queued"]
    claim(other, *seen(other))
    lease = ready.there(task, "lease")
    assert whys(lookout) == []
    assert not is_here(lookout, lease)
    watch.now += EVERY
    assert whys(lookout) == []
    assert is_here(lookout, lease)


def test_what_waits_again_is_had_though_its_lease_was_known(
    ready: Team, lookout: Lookout, other: Context
) -> None:
    task = queued(ready.ada)
    claim(other, *seen(other))
    assert whys(lookout) == []  # with its lease, which is known from now on
    ready.run_git(ready.hub, "update-ref", "-d", f"refs/phc/lease/{task}")
    ready.run_git(ready.hub, "update-ref", f"refs/phc/queue/{task}", ready.there(task))
    assert whys(lookout) == ["queued"]


def test_a_lease_that_is_in_the_way_is_found(ready: Team, lookout: Lookout, watch: Watch) -> None:
    assert whys(lookout) == []
    task = queued(ready.ada)
    (wanted,) = lookout.look()
    put_lease(ready, task, "of who was told to go on")
    with pytest.raises(Moved):
        claim(lookout.ctx, wanted)
    assert whys(lookout) == ["queued"]  # as far as it knows
    lookout.miss(wanted)
    assert whys(lookout) == []
    watch.now += PATIENCE * DEFAULT + 1
    assert whys(lookout) == ["stale"]


def test_a_worker_does_not_try_again_what_a_lease_is_in_the_way_of(
    ready: Team, lookout: Lookout
) -> None:
    assert whys(lookout) == []
    put_lease(ready, queued(ready.ada), "of who was told to go on")
    said: list[str] = []
    assert Worker(lookout.ctx, Orders(), said.append)._take(lookout)
    assert whys(lookout) == []
    assert said == []


def test_a_claim_whose_traces_of_the_remote_were_lost_is_taken_up(
    ready: Team, lookout: Lookout, other: Context
) -> None:
    """As by a kill between the move of the task's ref and that of what was seen."""
    task = queued(ready.ada)
    claim(other, *seen(other))
    for kind in ("tasks", "lease"):
        other.repo.git("update-ref", "-d", f"refs/phc/remotes/origin/{kind}/{task}")
    (left,) = seen(other)
    assert left.why == "left"
    again = claim(other, left)
    assert ready.there(task) == again.tip
    assert again.run
    assert again.run.n == 2
    assert whys(lookout) == []


def test_nobody_is_silent_who_was_not_listened_to(
    ready: Team, lookout: Lookout, other: Context, watch: Watch
) -> None:
    task = queued(ready.ada)
    claim(other, *seen(other))
    assert whys(lookout) == []
    watch.now += PATIENCE * DEFAULT + 1
    put_lease(ready, task, "renewed while nobody looked")
    assert whys(lookout) == []
    watch.now += PATIENCE * DEFAULT + 1
    assert whys(lookout) == ["stale"]


def test_a_run_of_its_own_that_is_no_more_is_seen_at_once(ready: Team, lookout: Lookout) -> None:
    queued(ready.ada)
    (wanted,) = lookout.look()
    claim(lookout.ctx, wanted)
    assert whys(lookout) == ["left"]
