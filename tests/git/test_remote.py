"""The door to remotes: what a push and a fetch answer with, ref by ref."""

from __future__ import annotations

from pathlib import Path

import pytest

from git_phc.errors import RemoteFailed
from git_phc.git.encoding import COMMIT, Signature, encode_commit
from git_phc.git.loose import LooseWriter
from git_phc.git.objects import put_tree
from git_phc.git.remote import Pushed, Update, fetch, list_remote, push, remotes
from git_phc.git.repo import Repo
from git_phc.git.wire import Wire
from tests.kit import RunGit

WIRE = Wire(patience=30)
ONE, TWO, THREE = "refs/phc/x/one", "refs/phc/x/two", "refs/phc/x/three"


@pytest.fixture
def hub(repo: Repo, git: RunGit, tmp_path: Path) -> Path:
    """A bare repository of the same format, which is the origin of `repo`."""
    path = tmp_path / "hub.git"
    git(tmp_path, "init", "-q", "--bare", f"--object-format={repo.object_format}", path)
    repo.git("remote", "add", "origin", "../hub.git")
    return path


@pytest.fixture
def chain(writer: LooseWriter, ada: Signature) -> list[str]:
    """Three commits, each after the one before."""
    oids: list[str] = []
    for number in range(3):
        data = encode_commit(put_tree(writer, {}), oids[-1:], ada, ada, f"commit {number}")
        oids.append(writer.put(COMMIT, data))
    return oids


def told(pushed: Pushed) -> dict[str, str]:
    return {ref.rpartition("/")[2]: one.outcome for ref, one in pushed.refs.items()}


def there(repo: Repo) -> dict[str, str]:
    return list_remote(repo, WIRE, "origin")


@pytest.mark.usefixtures("hub")
def test_each_ref_has_an_outcome(repo: Repo, chain: list[str]) -> None:
    made = push(repo, WIRE, "origin", [Update(ONE, chain[0]), Update(TWO, chain[1])])
    assert (told(made), made.is_clean) == ({"one": "moved", "two": "moved"}, True)
    moved = push(repo, WIRE, "origin", [Update(ONE, chain[1]), Update(TWO, chain[1])])
    assert told(moved) == {"one": "moved", "two": "same"}
    back = push(repo, WIRE, "origin", [Update(ONE, chain[0]), Update(TWO, chain[2])])
    assert (told(back), back.is_clean) == ({"one": "rejected", "two": "rejected"}, False)
    assert there(repo) == {ONE: chain[1], TWO: chain[1]}
    alone = push(repo, WIRE, "origin", [Update(ONE, chain[0]), Update(TWO, chain[2])], atomic=False)
    assert told(alone) == {"one": "rejected", "two": "moved"}


@pytest.mark.usefixtures("hub")
def test_a_lease_compares_and_swaps(repo: Repo, chain: list[str]) -> None:
    first, second, third = chain
    assert push(repo, WIRE, "origin", [Update(ONE, third, lease="")]).is_clean
    again = push(repo, WIRE, "origin", [Update(ONE, second, lease="")])
    assert told(again) == {"one": "rejected"}
    stale = [Update(ONE, first, lease=second), Update(TWO, first, lease="")]
    assert told(push(repo, WIRE, "origin", stale)) == {"one": "rejected", "two": "rejected"}
    assert there(repo) == {ONE: third}
    # backwards, a new one beside it, and all at once
    good = [Update(ONE, first, lease=third), Update(TWO, first, lease="")]
    assert told(push(repo, WIRE, "origin", good)) == {"one": "moved", "two": "moved"}


@pytest.mark.usefixtures("hub")
def test_a_deletion_under_a_lease_needs_what_it_deletes(repo: Repo, chain: list[str]) -> None:
    push(repo, WIRE, "origin", [Update(ONE, chain[0])])
    claim = [Update(ONE, None, lease=chain[0]), Update(TWO, chain[1])]
    assert told(push(repo, WIRE, "origin", claim)) == {"one": "moved", "two": "moved"}
    # the second one to claim: what it would delete has gone
    late = [Update(ONE, None, lease=chain[0]), Update(THREE, chain[2])]
    assert "moved" not in told(push(repo, WIRE, "origin", late)).values()
    assert there(repo) == {TWO: chain[1]}


def test_a_server_without_atomic_is_told_before_anything_is_sent(
    repo: Repo, hub: Path, git: RunGit, chain: list[str]
) -> None:
    git(hub, "config", "receive.advertiseAtomic", "false")
    updates = [Update(ONE, chain[0]), Update(TWO, chain[1])]
    done = push(repo, WIRE, "origin", updates)
    assert (done.lacks_atomic, done.is_clean, there(repo)) == (True, False, {})
    assert push(repo, WIRE, "origin", updates, atomic=False).is_clean


def test_what_is_not_answered_is_unknown(repo: Repo, hub: Path, chain: list[str]) -> None:
    hook = hub / "hooks" / "reference-transaction"
    hook.write_text('#!/bin/sh\n[ "$1" = committed ] && exec sleep 60\nexit 0\n')
    hook.chmod(0o755)
    done = push(repo, Wire(patience=1), "origin", [Update(ONE, chain[0])])
    assert (told(done), done.failure) == ({"one": "unknown"}, "it was silent for too long")
    assert there(repo) == {ONE: chain[0]}  # and yet it has moved


def test_a_refusal_of_the_servers_is_in_its_words(repo: Repo, hub: Path, chain: list[str]) -> None:
    hook = hub / "hooks" / "update"
    hook.write_text('#!/bin/sh\ncase "$1" in */two) echo no two >&2; exit 1;; esac\n')
    hook.chmod(0o755)
    updates = [Update(ONE, chain[0]), Update(TWO, chain[0])]
    done = push(repo, WIRE, "origin", updates, atomic=False)
    assert told(done) == {"one": "moved", "two": "rejected"}
    assert "hook declined" in done.refs[TWO].words


@pytest.mark.usefixtures("hub")
def test_settings_of_the_users_take_no_part(repo: Repo, chain: list[str]) -> None:
    repo.git("tag", "-m", "x", "v1")
    for key, value in {
        "remote.origin.mirror": "true",
        "remote.origin.push": "refs/heads/*:refs/heads/*",
        "remote.origin.fetch": "+refs/*:refs/*",
        "remote.origin.tagOpt": "--tags",
        "push.followTags": "true",
        "fetch.prune": "true",
        "fetch.pruneTags": "true",
    }.items():
        repo.git("config", key, value)
    repo.git("update-ref", "refs/kept/x", chain[0])
    push(repo, WIRE, "origin", [Update(ONE, chain[0])])
    assert there(repo) == {ONE: chain[0]}
    fetch(repo, WIRE, "origin", ["+refs/phc/x/*:refs/seen/*"])
    assert repo.text("rev-parse", "refs/seen/one", "refs/kept/x", "v1^{}").count("\n") == 2


@pytest.mark.usefixtures("hub")
def test_a_fetch_prunes_what_it_is_asked_to(repo: Repo, chain: list[str]) -> None:
    push(repo, WIRE, "origin", [Update(ONE, chain[0]), Update(TWO, chain[0])])
    fetch(repo, WIRE, "origin", ["+refs/phc/x/*:refs/seen/*"])
    push(repo, WIRE, "origin", [Update(ONE, None)])
    fetch(repo, WIRE, "origin", ["+refs/phc/x/*:refs/seen/*"])
    assert len(repo.text("for-each-ref", "refs/seen").split("\n")) == 2
    fetch(repo, WIRE, "origin", ["+refs/phc/x/*:refs/seen/*"], prune=True)
    assert repo.text("for-each-ref", "--format=%(refname)", "refs/seen") == "refs/seen/two"


def test_a_remote_that_is_away_is_named(repo: Repo, chain: list[str]) -> None:
    repo.git("remote", "add", "origin", "/nowhere/x.git")
    with pytest.raises(RemoteFailed, match=r"origin cannot be read: '/nowhere/x\.git'"):
        fetch(repo, WIRE, "origin", ["refs/x:refs/y"])
    done = push(repo, WIRE, "origin", [Update(ONE, chain[0])])
    assert told(done) == {"one": "unknown"}
    assert "does not appear to be a git repository" in done.failure


def test_the_configured_remotes(repo: Repo) -> None:
    for name in ("origin", "my.fork"):
        repo.git("remote", "add", name, f"https://example.com/{name}")
    repo.git("config", "remote.pushed.pushurl", "nowhere")  # no remote of its own
    found = remotes(repo)
    assert list(found) == ["origin", "my.fork"]
    assert found["my.fork"].url == "https://example.com/my.fork"
    assert found["origin"].refspecs == ("+refs/heads/*:refs/remotes/origin/*",)


def test_what_is_done_as_something_is_sent(repo: Repo, hub: Path, chain: list[str]) -> None:
    done: list[str] = []
    heard: list[str] = []
    wire = Wire(patience=30, tell=heard.append).when_sending(lambda: done.append("now"))
    assert told(push(repo, wire, "origin", [Update(ONE, chain[0])])) == {"one": "moved"}
    assert done
    assert any("Enumerating" in line for line in heard)  # who listened still hears all
    done.clear()
    late = [Update(ONE, chain[1], lease=""), Update(TWO, chain[1])]  # another was quicker
    assert told(push(repo, wire, "origin", late)) == {"one": "rejected", "two": "rejected"}
    assert told(push(repo, wire, "origin", [Update(ONE, chain[0])])) == {"one": "same"}
    assert done == []
