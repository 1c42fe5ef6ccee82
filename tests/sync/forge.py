"""Makes what no honest program makes: histories of a task that lie, in any repository."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from git_phc.git.encoding import BLOB, COMMIT, FILE, Entry, Signature, encode_commit
from git_phc.git.loose import LooseWriter
from git_phc.git.repo import Repo, open_repo
from git_phc.model import snapshot
from git_phc.model.codec import encode
from git_phc.model.event import Event
from git_phc.store.drafts import put_folders
from tests.model.making import Clone

WHO = Signature("Mallory", "mallory@example.com", 1_767_323_045)


@dataclass
class Forge:
    """Writes commits of any content into one repository."""

    repo: Repo
    writer: LooseWriter

    @classmethod
    def at(cls, path: Path) -> Forge:
        repo = open_repo(path)
        return cls(repo, LooseWriter(repo))

    def commit(
        self, files: Mapping[str, bytes | Entry], parents: Sequence[str] = (), message: str = "x"
    ) -> str:
        entries = {
            path: data if isinstance(data, Entry) else Entry(FILE, self.writer.put(BLOB, data))
            for path, data in files.items()
        }
        tree = put_folders(self.writer, entries)
        return self.writer.put(COMMIT, encode_commit(tree, parents, WHO, WHO, message))

    def history(self, clone: Clone, **texts: bytes) -> list[str]:
        """The honest commits of what a clone knows, one an event, oldest first."""
        known = Clone("later")
        oids: list[str] = []
        for event in clone.events.values():
            known.hear([event])
            oids.append(self.commit(self.files(known, event, **texts), oids[-1:]))
        return oids

    def files(self, known: Clone, event: Event | None, **texts: bytes) -> dict[str, bytes | Entry]:
        """The honest tree of a tip."""
        files: dict[str, bytes | Entry] = {**snapshot.files_from_state(known.id, known.state)}
        files |= {f"texts/{name}": data for name, data in texts.items()}
        return files | ({snapshot.EVENT: event.bytes} if event else {})

    def put(self, task: str, tip: str) -> str:
        self.repo.git("update-ref", f"refs/phc/tasks/{task}", tip)
        return task


def changed(event: Event, **fields: Any) -> bytes:
    """The event with other fields, in canonical form where there is one."""
    body = {**json.loads(event.bytes), **fields}
    try:
        return encode(body)
    except ValueError:
        return json.dumps(body, separators=(",", ":"), sort_keys=True).encode()


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
