"""Whose tasks a worker runs: nothing of anybody else's, and they are told why."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.kit import require, run_program
from tests.sync.team import Mate, Team
from tests.sync.test_handing_over import ready
from tests.sync.test_worker import worked
from tests.sync.workers import queued, tasks_there

__all__ = ["ready"]
pytestmark = pytest.mark.slow


@dataclass
class Signed:
    """A team in which Ada and Bob have keys, and only those are known who are let in."""

    team: Team
    keys: Path

    def key(self, name: str) -> Path:
        path = self.keys / name
        if not path.exists():
            run_program(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", path])
        return path

    def know(self, *names: str) -> None:
        publics = {name: self.key(name).with_suffix(".pub").read_text() for name in names}
        text = "".join(f"{name}@example.com {public}" for name, public in publics.items())
        (self.keys / "allowed").write_text(text)

    def sign(self, mate: Mate, name: str) -> None:
        mate.git("config", "user.signingKey", self.key(name))
        mate.git("config", "phc.sign", "required")


@pytest.fixture
def signed(ready: Team, tmp_path: Path) -> Signed:
    require("ssh-keygen")
    (tmp_path / "keys").mkdir()
    found = Signed(ready, tmp_path / "keys")
    allowed = str(found.keys / "allowed")
    for key, value in {"gpg.format": "ssh", "gpg.ssh.allowedSignersFile": allowed}.items():
        run_program(["git", "config", "--global", key, value])
    for mate, name in ((ready.ada, "ada"), (ready.bob, "bob")):
        found.sign(mate, name)
    found.know("ada", "bob")
    return found


def served(mate: Mate, *words: str, code: int = 0) -> str:
    """What a worker says that takes what its policy lets in."""
    state = mate.path.parent / "worker"
    done = mate("worker", "--once", "--sandbox", "none", "--state", state, *words, code=code)
    return done.out + done.err


def test_it_runs_what_a_known_signer_has_said(signed: Signed) -> None:
    task = queued(signed.team.ada, command="echo yes > out")
    assert f"{task[:8]} is ready" in served(signed.team.bob)
    signed.team.ada("sync")
    assert signed.team.ada.show(task)["status"] == "ready"
    assert signed.team.ada("verify", task).code == 0


@pytest.mark.parametrize("who", ["nobody", "a stranger", "one who is not meant"])
def test_it_turns_away_what_is_not_let_in(signed: Signed, tmp_path: Path, who: str) -> None:
    ada, bob, runs = signed.team.ada, signed.team.bob, tmp_path / "runs"
    if who == "nobody":
        ada.git("config", "phc.sign", "off")
    elif who == "a stranger":
        signed.know("bob")
    else:
        bob.git("config", "phc.workerAllow", "bob@example.com")
    task = queued(ada, command=f"echo run >> '{runs}'")
    said = served(bob)
    assert f"{task[:8]} is not let in" in said
    assert not runs.exists()
    assert tasks_there(signed.team, "queue") == [task]
    assert "is not let in" in served(bob)  # again, and says so once
    ada("sync")
    shown = ada.show(task)
    assert shown["status"] == "queued"
    assert "does not run it: " in shown["reason"]
    assert "does not run it: " in ada("status", task).out
    log = ada.git("log", "--format=%s", f"refs/phc/tasks/{task}").splitlines()
    assert sum("does not run it" in line for line in log) == 1, log
    worked(bob)  # whoever may push there is let in
    assert runs.read_text() == "run\n"


def test_a_word_of_a_stranger_shuts_the_task(signed: Signed, tmp_path: Path) -> None:
    """One who is let in has made the task, and somebody else has said what to do."""
    runs = tmp_path / "runs"
    task = queued(signed.team.ada, command=f"echo run >> '{runs}'")
    signed.team.bob("pull")
    signed.team.bob.git("config", "phc.sign", "off")
    signed.team.bob("send", "-d", task, "and this")
    signed.team.bob.git("config", "phc.sign", "required")
    assert "is not let in" in served(signed.team.bob)
    assert not runs.exists()


def test_what_is_no_address_is_refused(signed: Signed) -> None:
    signed.team.bob.git("config", "phc.workerAllow", "everybody")
    assert "neither signers nor an address" in served(signed.team.bob, code=2)
