"""The one door to remotes: fetch, push, and a list of refs.

Refspecs are always explicit, and nothing of the user's own settings for fetches and pushes
takes part: no tags, no submodules, no mirror, no pruning but what is asked for.

A push is judged by the flags of its porcelain, never by a remote's words. Where the connection
broke off, "rejected" may stand for a ref that the remote has moved: who must know looks again.
"""

from __future__ import annotations

import os
import random
import re
import time
from collections.abc import Mapping, Sequence
from typing import Literal

from msgspec import Struct

from git_phc.errors import RemoteFailed
from git_phc.git.config import settings
from git_phc.git.repo import Repo
from git_phc.git.wire import Talk, Wire

RACES = 20  # fetches in a row that met another one of this clone
PAUSE = 0.3  # seconds at most between two of them
Outcome = Literal["moved", "same", "rejected", "unknown"]


class Update(Struct, frozen=True):
    """A ref of the remote's, and what it shall hold.

    Attributes:
        new: the object id; None deletes the ref.
        lease: what it must hold now, "" for nothing; then it may move anywhere. With None it
            may only move forward, from whatever it holds.
    """

    ref: str
    new: str | None
    lease: str | None = None


class Told(Struct, frozen=True):
    """What became of one ref, and the remote's or git's own words for it."""

    outcome: Outcome
    words: str = ""

    @property
    def is_unsent(self) -> bool:
        """Whether git itself saw that the remote's ref is not what it must be, and sent nothing.
        What a remote has said of a ref stands behind other words.
        """
        return self.outcome == "rejected" and self.words == "[rejected] (stale info)"


class Pushed(Struct, frozen=True):
    """How a push ended: each ref's outcome; what git said where the whole has failed."""

    refs: Mapping[str, Told]
    failure: str = ""
    lacks_atomic: bool = False

    @property
    def is_clean(self) -> bool:
        """Whether every ref holds now what it should."""
        return all(told.outcome in ("moved", "same") for told in self.refs.values())


def push(
    repo: Repo,
    wire: Wire,
    remote: str,
    updates: Sequence[Update],
    *,
    atomic: bool = True,
    env: Mapping[str, str] | None = None,
) -> Pushed:
    """Moves refs of the remote: all or none, where `atomic` says so. `env`: what the git that does
    it has in its environment, too.

    With `lacks_atomic` the remote cannot do it so, and nothing was sent.
    """
    leases = [f"--force-with-lease={u.ref}:{u.lease}" for u in updates if u.lease is not None]
    specs = [f"{update.new or ''}:{update.ref}" for update in updates]
    words = ["push", "--porcelain", "--progress", "--no-follow-tags", "--recurse-submodules=no"]
    words += ["--atomic"] if atomic else []
    # A mirror's setting takes no refspecs; a hook is the user's, for branches; see `run`.
    talk = wire.talk(
        repo, ["-c", f"remote.{remote}.mirror=false", *words, *leases, "--", remote, *specs], env
    )
    found = dict(_flags(talk.out))
    refs = {update.ref: found.get(update.ref, Told("unknown")) for update in updates}
    failure = "" if found or talk.ok else _failure(talk)
    lacks = atomic and not found and "support --atomic" in talk.said
    if lacks:
        refs = dict.fromkeys(refs, Told("rejected", "it takes no atomic push"))
    return Pushed(refs, failure, lacks)


_LINE = re.compile(r"([ +*=!-])\t[^\t]*?:(\S+)\t(.*)")
_OUTCOMES: Mapping[str, Outcome] = {"=": "same", "!": "rejected"}


def _flags(out: bytes) -> list[tuple[str, Told]]:
    found = (_LINE.fullmatch(line) for line in os.fsdecode(out).split("\n"))
    return [
        (line.group(2), Told(_OUTCOMES.get(line.group(1), "moved"), line.group(3)))
        for line in found
        if line
    ]


def fetch(
    repo: Repo, wire: Wire, remote: str, refspecs: Sequence[str], *, prune: bool = False
) -> None:
    """Brings refs of the remote's here, by these refspecs. Raises RemoteFailed.

    `prune`: of what the refspecs name here, refs that the remote has no more go.
    """
    words = ["fetch", "--progress", "--refmap=", "--no-tags", "--no-write-fetch-head", "--atomic"]
    words += ["--no-auto-maintenance", "--recurse-submodules=no", "--no-prune-tags"]
    words += ["--prune" if prune else "--no-prune"]
    # Git holds in memory what is smaller; a hostile remote may send what is large.
    for left in reversed(range(RACES)):
        talk = wire.talk(repo, ["-c", "core.bigFileThreshold=4m", *words, "--", remote, *refspecs])
        if talk.ok:
            return
        if not left or "cannot lock ref" not in talk.said:
            raise _failed(remote, talk)
        time.sleep(random.uniform(0, PAUSE))  # noqa: S311  (another fetch was quicker here)


def list_remote(repo: Repo, wire: Wire, remote: str, *patterns: str) -> dict[str, str]:
    """The refs of the remote's that match, and what they hold. Raises RemoteFailed."""
    talk = wire.talk(repo, ["ls-remote", "--refs", "--", remote, *patterns])
    if not talk.ok:
        raise _failed(remote, talk)
    lines = (line.split("\t", 1) for line in os.fsdecode(talk.out).split("\n") if "\t" in line)
    return {name: oid for oid, name in lines}


def _failed(remote: str, talk: Talk) -> RemoteFailed:
    return RemoteFailed(
        f"the remote {remote} cannot be read: {_failure(talk)}",
        f"Nothing was lost. Look whether git reaches it: git ls-remote {remote}",
        silent=talk.silent,
    )


def _failure(talk: Talk) -> str:
    """The line that says most: git's first complaint, without its prefix."""
    if talk.silent:
        return "it was silent for too long"
    lines = talk.said.split("\n")
    complaints = [line for line in lines if line.startswith(("fatal: ", "error: ", "ssh: "))]
    line = (complaints or lines)[0] if talk.said else f"git ended with {talk.status}"
    return line.removeprefix("fatal: ").removeprefix("error: ")


# What there is


class Remote(Struct, frozen=True):
    """A remote as it is configured here."""

    name: str
    url: str
    mirror: bool = False
    refspecs: tuple[str, ...] = ()


def remotes(repo: Repo) -> dict[str, Remote]:
    """The configured remotes, by name, in the order in which they were added."""
    found: dict[str, dict[str, list[str]]] = {}
    for setting in settings(repo, "remote"):
        name, _, key = setting.key.removeprefix("remote.").rpartition(".")
        found.setdefault(name, {}).setdefault(key, []).append(setting.value)
    return {
        name: Remote(
            name,
            said["url"][0],
            said.get("mirror", ["false"])[-1] == "true",
            tuple(said.get("fetch", ())),
        )
        for name, said in found.items()
        if said.get("url")
    }


def without_user(url: str) -> str:
    """The URL without the user and the password in it, for where others see it."""
    return re.sub(r"(?<=://)[^/@\s]*@", "", url)


def place_of_remote(repo: Repo, name: str) -> str:
    """The URL that git fetches from, as the user's own settings rewrite it (`insteadOf`)."""
    return os.fsdecode(repo.git("ls-remote", "--get-url", name).out).rstrip("\n")


def remote_of_branch(repo: Repo, branch: str) -> str | None:
    """The remote that a branch follows."""
    found = repo.git("config", "--get", f"branch.{branch}.remote", ok=(0, 1)).out
    return os.fsdecode(found).rstrip("\n") or None
