"""Where signatures are required, what is not signed does not come in from a remote."""

from __future__ import annotations

from pathlib import Path

import pytest

from git_phc.model.events.edited import Edited
from tests.kit import MakeRepo, Phc, RunGit, require, run_program
from tests.sync.team import Mate, Team


@pytest.fixture
def team(make_repo: MakeRepo, phc: Phc, git: RunGit, tmp_path: Path) -> Team:
    """Ada and Bob, each with a key that both know; Ada requires signatures."""
    require("ssh-keygen")
    hub, allowed = make_repo("hub.git", bare=True), tmp_path / "allowed"

    def mate(name: str) -> Mate:
        git(tmp_path, "clone", "-q", hub, name)
        key = tmp_path / f"{name}.key"
        run_program(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key])
        with allowed.open("a") as file:
            file.write(f"{name}@example.com {key.with_suffix('.key.pub').read_text()}")
        for setting in (
            ("user.name", name), ("user.email", f"{name}@example.com"), ("gpg.format", "ssh"),
            ("user.signingKey", key), ("gpg.ssh.allowedSignersFile", allowed),
        ):  # fmt: skip
            git(tmp_path / name, "config", *setting)
        return Mate(tmp_path / name, phc, git)

    made = Team(hub, mate("ada"), mate("bob"), git)
    made.ada.git("config", "phc.sign", "required")
    return made


def test_what_is_not_signed_is_kept_apart(team: Team) -> None:
    signed = team.ada.make("Signed")
    team.ada("push", signed)
    unsigned = team.bob.make("Not signed")
    team.bob("push", unsigned)
    done = team.ada("pull", code=1)
    assert f"{unsigned[:8]}  quarantined" in done.out
    assert "bob@example.com> is said to have made, and it is not signed" in done.out
    assert team.ada.tip(unsigned) == ""
    assert team.bob.outcomes("pull") == {signed: "new"}
    team.bob.say(signed, Edited({"title": "Not signed, on top"}))
    team.bob("push")
    assert team.ada.outcomes("pull", code=1)[signed] == "quarantined"
    assert team.ada.title(signed) == "Signed"


@pytest.mark.slow
def test_what_is_signed_by_both_and_joined_comes_in(team: Team) -> None:
    team.bob.git("config", "phc.sign", "required")
    task = team.ada.make()
    team.ada("push", task)
    assert team.bob.outcomes("pull") == {task: "new"}
    team.ada.say(task, Edited({"pinned": True}))
    team.bob.say(task, Edited({"title": "Bob's"}))
    team.ada("sync")
    assert team.bob("sync").out.split()[1] == "joined"
    assert team.ada.outcomes("sync") == {task: "updated"}
    for mate in (team.ada, team.bob):
        assert mate("verify", task).out.split()[1] == "good"


def test_what_was_here_before_it_was_required_is_not_asked_for(team: Team) -> None:
    team.ada.git("config", "phc.sign", "off")
    task = team.ada.make()
    team.ada("push", task)
    team.bob("pull")
    for mate in (team.ada, team.bob):
        mate.git("config", "phc.sign", "required")
    team.bob.say(task, Edited({"title": "Bob's"}))
    team.bob("push")
    assert team.ada.outcomes("pull") == {task: "updated"}
    assert team.ada("verify", task, code=1).out.split()[1] == "unsigned"
