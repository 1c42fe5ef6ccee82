"""A merge, rebase, cherry-pick, revert or bisect that is under way: its files and refs."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from git_phc.git.desk import Desk
from git_phc.git.objects import Reader
from git_phc.git.refs import Move, list_refs, move_refs
from git_phc.git.repo import Repo

FILES = (
    "MERGE_HEAD", "MERGE_MSG", "MERGE_MODE", "MERGE_RR", "MERGE_AUTOSTASH", "SQUASH_MSG",
    "CHERRY_PICK_HEAD", "REVERT_HEAD", "REBASE_HEAD", "ORIG_HEAD", "AUTO_MERGE",
    "BISECT_LOG", "BISECT_NAMES", "BISECT_START", "BISECT_TERMS", "BISECT_EXPECTED_REV",
    "BISECT_HEAD", "BISECT_ANCESTORS_OK", "BISECT_FIRST_PARENT", "BISECT_RUN",
)  # fmt: skip
FOLDERS = ("rebase-merge", "rebase-apply", "sequencer")
REFS = ("refs/bisect", "refs/worktree", "refs/rewritten")
"""The refs that each checkout has for itself."""
OWN_REFS = "refs/worktree/"
"""Those of them that are no operation's, but the user's."""

TIED = {b"rebase-merge": "a rebase", b"rebase-apply": "a rebase", b"BISECT_LOG": "a bisect"}
"""What goes on under the name of a branch, which is no other's to end."""


def is_state_file(name: str) -> bool:
    """Whether `name` is one of the files that an operation keeps in the git folder."""
    return name in FILES or name.partition("/")[0] in FOLDERS


def is_state_ref(ref: str) -> bool:
    """Whether `ref` belongs to one checkout alone."""
    return ref.startswith(tuple(f"{start}/" for start in REFS))


class State(Struct, frozen=True):
    """What stands in the git folder of one checkout besides HEAD and the index."""

    files: Mapping[str, bytes]
    refs: Mapping[str, str]

    def words(self) -> set[str]:
        """Everything in it that may be the id of an object, or the start of one."""
        texts = b"\n".join(self.files.values())
        found = {word.decode() for word in _ID.findall(texts)}
        return found.union(self.refs.values())


_ID = re.compile(rb"\b[0-9a-f]{7,64}\b")


def read_state(desk: Desk) -> State:
    """The operations under way in this checkout."""
    return State(read_state_files(desk.repo.git_dir), state_refs(desk.repo))


def state_refs(repo: Repo) -> dict[str, str]:
    """The refs that are this checkout's alone."""
    return dict(list_refs(repo, *REFS))


def read_state_files(git_dir: Path) -> dict[str, bytes]:
    """The files of the operations under way, by their names in the git folder."""
    return {name: (git_dir / name).read_bytes() for name in _names(git_dir)}


def _names(git_dir: Path) -> Iterator[str]:
    yield from (name for name in FILES if (git_dir / name).is_file())
    for folder in FOLDERS:
        for place, _, names in os.walk(git_dir / folder):
            for name in names:
                yield os.path.relpath(os.path.join(place, name), git_dir)


def tied_to_branch(repo: Repo, link: str) -> str | None:
    """What was under way in the checkpoint `link` that ends on the branch it has begun on; in
    words, None for nothing.
    """
    with Reader(repo) as reader:
        files = f"{link}:state/files"
        names = reader.tree(files) if reader.find(files) else {}
    return next((what for name, what in TIED.items() if name in names), None)


def write_state(repo: Repo, state: State) -> None:
    """Sets the operations of a checkout that has none of its own, but traces of old ones."""
    for name in FILES:
        if name not in state.files:
            (repo.git_dir / name).unlink(missing_ok=True)
    for name, data in state.files.items():
        target = repo.git_dir / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    moves = [Move(ref, None, oid) for ref, oid in state.refs.items()]
    if moves:
        move_refs(repo, moves, reason="git phc: restore")
