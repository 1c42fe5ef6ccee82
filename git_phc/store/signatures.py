"""Whether the events of tasks are signed by those who say that they have made them.

A good verdict is kept by the commit's id, for as long as the keys that are trusted here stay
the same. Other verdicts are worked out anew: a key may become known. A join is made by whoever
meets two histories, always the same, and is never signed; what it joins is.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

from msgspec import Struct

from git_phc.git.objects import Object, read_many
from git_phc.git.repo import Repo
from git_phc.git.signatures import GOOD, UNSIGNED, Trust, Verdict, taken_apart
from git_phc.model import event, snapshot
from git_phc.store import layout


class Judged(Struct, frozen=True):
    """One event of a task: its commit, who says that they have made it, and when."""

    commit: str
    who: str
    at: str
    what: str
    verdict: Verdict


class Signatures:
    """Checks the signatures of events, and keeps what it has found good."""

    def __init__(self, repo: Repo) -> None:
        self._repo, self._trust = repo, Trust(repo)
        state = json.dumps(self._trust.state).encode()
        self._file = layout.signatures_folder(repo) / hashlib.sha256(state).hexdigest()[:32]
        self._good = self._read()

    def judge(self, commits: Sequence[str]) -> Iterator[Judged]:
        """Judges the commits of events, in their order; one with two parents is left out."""
        names = (name for commit in commits for name in (commit, f"{commit}:{snapshot.EVENT}"))
        found = read_many(self._repo, names, event.LONGEST)
        new: list[str] = []
        try:
            for commit in commits:
                whole, said = next(found), next(found)
                if whole is None or whole.data.count(b"\nparent ", 0, _end(whole)) < 2:
                    judged = self._judged(commit, whole, said)
                    if judged.verdict is GOOD and commit not in self._good:
                        new.append(commit)
                    yield judged
        finally:  # also where the caller has heard enough
            self._keep(new)

    def _judged(self, commit: str, whole: Object | None, said: Object | None) -> Judged:
        fields = _fields(said)
        actor: dict[str, Any] = fields.get("actor") or {}
        email = str(actor.get("email", ""))
        who = f"{actor.get('name', '')} <{email}>"
        verdict = self._verdict(commit, whole, email)
        return Judged(commit, who, str(fields.get("at", "")), str(fields.get("type", "")), verdict)

    def _verdict(self, commit: str, whole: Object | None, email: str) -> Verdict:
        if whole is None or whole.is_cut:
            return Verdict("bad", "its commit cannot be read")
        signed = taken_apart(whole.data, self._repo.object_format)
        if signed is None:
            return UNSIGNED
        return GOOD if commit in self._good else self._trust.check(signed, email)

    def _read(self) -> frozenset[str]:
        with suppress(OSError):
            return frozenset(self._file.read_text().split("\n"))
        return frozenset()

    def _keep(self, commits: Sequence[str]) -> None:
        """Adds to what is known good, and forgets what was so by other keys."""
        if not commits:
            return
        with suppress(OSError):  # it is a cache
            self._file.parent.mkdir(parents=True, exist_ok=True)
            if not self._file.exists():
                for old in self._file.parent.iterdir():
                    old.unlink(missing_ok=True)
            with self._file.open("a") as file:
                file.write("".join(f"{commit}\n" for commit in commits))


def _fields(said: Object | None) -> dict[str, Any]:
    """An event as JSON; what is none says nothing."""
    if said is None or said.is_cut:
        return {}
    try:
        fields = json.loads(said.data)
    except (ValueError, RecursionError):
        return {}
    is_whole = isinstance(fields, dict) and isinstance(fields.get("actor", {}), dict)
    return fields if is_whole else {}


def _end(commit: Object) -> int:
    """Where a commit's header ends."""
    return commit.data.find(b"\n\n")
