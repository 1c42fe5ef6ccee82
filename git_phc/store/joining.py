"""The commit that joins two histories of one task: everybody who makes it makes the same.

Its parents are in the order of their ids, its author is nobody in particular, its time the
later one of its parents', its tree the join. It holds no event.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from git_phc.errors import DamagedTask
from git_phc.git.encoding import BLOB, COMMIT, FILE, Entry, encode_join
from git_phc.git.objects import Reader, Writer
from git_phc.git.repo import Repo
from git_phc.model import snapshot
from git_phc.model.ids import TaskId
from git_phc.model.state import State
from git_phc.store.drafts import put_folders

MESSAGE = "join\n"
WHO = b"git-phc-merge <git-phc-merge>"


def put_join(
    repo: Repo,
    writer: Writer,
    id: TaskId,
    tips: tuple[str, str],
    state: State,
    texts: Mapping[str, Entry],
) -> str:
    """Stores the commit that joins two tips; `state` and `texts` are the join of theirs."""
    files = snapshot.files_from_state(id, state)
    tree = {path: Entry(FILE, writer.put(BLOB, data)) for path, data in files.items()}
    parents = sorted(tips)
    top = put_folders(writer, {**tree, **texts})
    data = encode_join(top, parents, _later(repo, parents), WHO, MESSAGE)
    return writer.put(COMMIT, data)


_COMMITTER = re.compile(rb"^committer .*> (\d{1,15}) ([+-]\d{4})$", re.MULTILINE)


def _later(repo: Repo, tips: list[str]) -> bytes:
    """The later committer's time, as it stands there; of two equal ones that of the higher id."""
    with Reader(repo) as reader:
        times = [_time(reader.get(tip).data) for tip in tips]
    return max(enumerate(times), key=lambda one: (int(one[1].split()[0]), one[0]))[1]


def _time(commit: bytes) -> bytes:
    found = _COMMITTER.search(commit.partition(b"\n\n")[0])
    if not found:
        raise DamagedTask("a commit of the task has no readable time", "Look closer: git fsck")
    return b" ".join(found.groups())
