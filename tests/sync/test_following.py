"""A run is followed from another clone, and whoever waits for one waits for its last words."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from tests.kit import Outcome
from tests.sync.team import Mate, Team
from tests.sync.test_handing_over import ready, started

__all__ = ["ready"]


def until_gate(gate: Path) -> str:
    return f"echo first; until test -e '{gate}'; do sleep 0.05; done; echo last"


def heard(mate: Mate, *words: str) -> tuple[threading.Thread, list[Outcome]]:
    """A command that is run beside the test, and its outcome when it has one."""
    found: list[Outcome] = []
    thread = threading.Thread(target=lambda: found.append(mate.phc(*words, cwd=mate.path)))
    thread.start()
    return thread, found


@pytest.mark.slow
@pytest.mark.parametrize("words", [("logs", "-f"), ("attach",)])
def test_what_is_said_elsewhere_is_seen_while_the_run_goes_on(
    ready: Team, tmp_path: Path, words: tuple[str, ...]
) -> None:
    gate = tmp_path / "gate"
    made = ready.ada("start", "-d", "--json", "Go", "--", "sh", "-c", until_gate(gate))
    task = json.loads(made.out)["id"]
    ready.ada("push", task)
    ready.bob("pull")
    thread, found = heard(ready.bob, *words, task)
    here = ""
    for _ in range(400):  # the gate opens when what was said before it has come to Bob
        here = ready.bob.ref(f"refs/phc/runs/{task}")
        if here and "first" in ready.bob.git("log", "-p", here, "--", "*.jsonl"):
            break
        thread.join(0.1)
    assert thread.is_alive()
    assert ready.there(task, "runs") == here
    gate.touch()
    thread.join()
    assert found[0].code == 0, found
    assert [line for line in found[0].lines if line in ("first", "last")] == ["first", "last"]
    assert ready.bob.show(task)["status"] == "ready"


@pytest.mark.slow
def test_who_waits_for_a_run_waits_until_others_can_see_its_end(ready: Team) -> None:
    task = started(ready.ada)["id"]
    ready.ada("push", task)
    for words in (("resume", task), ("send", task, "x"), ("wait", task)):
        assert "not all of it" not in ready.ada(*words).err
        assert ready.there(task) == ready.ada.tip(task)
        assert ready.there(task, "runs") == ready.ada.ref(f"refs/phc/runs/{task}")


@pytest.mark.slow
def test_who_stops_a_run_returns_when_others_can_see_that(ready: Team) -> None:
    made = ready.ada("start", "-q", "-d", "Go", "--", "sleep", "100")
    task = made.out.strip()
    ready.ada("push", task)
    assert "not all of it" not in ready.ada("stop", task).err
    assert ready.there(task) == ready.ada.tip(task)


@pytest.mark.slow
def test_what_could_not_be_sent_is_told(ready: Team, tmp_path: Path) -> None:
    away, mark = ready.hub.with_name("away"), tmp_path / "mark"
    script = f"test ! -e '{mark}' || mv '{ready.hub}' '{away}'; touch '{mark}'"
    task = started(ready.ada, command=script)["id"]
    ready.ada("push", task)
    told = ready.ada("resume", "-q", task).err
    assert f"{task[:8]}: origin has not all of it yet" in told
    away.rename(ready.hub)
    ready.ada("sync")
    assert "not all of it" not in ready.ada("wait", task).err
