"""Takes over what a foreign clone's git folder says, so that its shadow says the same.

Objects come first, then what names them; a call that was cut off is made good by the next one.
Nothing is taken over by halves where something does not add up: then Refused says what.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from git_phc.git.checkpoint.state import FILES, FOLDERS, REFS
from git_phc.git.foreign import index
from git_phc.git.foreign.beneath import Beneath, beneath, untaken
from git_phc.git.foreign.heads import Heads, read_heads
from git_phc.git.foreign.shadow import OTHERS, branch_of
from git_phc.git.foreign.store import bring
from git_phc.git.refs import Move, list_refs, move_refs, read_ref
from git_phc.git.repo import Repo
from git_phc.git.run import Word
from git_phc.git.worktrees import resolve_commit
from git_phc.host.lock import in_turn
from git_phc.host.paths import replace_file

MOST_OTHERS = 1000  # refs that were made in the clone
STATE_FILES, STATE_FILE = 10_000, 16 << 20  # how many an operation may keep; bytes of each
STATE = 64 << 20  # bytes of all of them: they are in memory at once
WAIT = 60.0  # seconds for another one who takes in the same clone
_ID = re.compile(rb"\b[0-9a-f]{40}(?:[0-9a-f]{24})?\b")


def take_in(repo: Repo) -> None:
    """Brings a shadow up to date with its clone; nothing for any other repository."""
    if not repo.foreign or repo.worktree is None:
        return
    with in_turn(repo.git_dir / "phc-take-in", WAIT), beneath(repo.worktree, ".git") as clone:
        heads = read_heads(clone, len(repo.zero))
        state = dict(_state(clone))
        refs = _wanted_refs(repo, heads)
        tips = {oid for oid in (heads.head, *refs.values()) if oid}
        bring(repo, clone, tips, _known(repo), perhaps=_named(state, len(repo.zero)))
        with index.taken(repo, clone) as staged:
            bring(repo, clone, staged.blobs, sorted(tips))
            _move(repo, refs)
            _set_head(repo, heads, refs)
            staged.put_in_place(repo)
        _write_state(repo.git_dir, state)


def _wanted_refs(repo: Repo, heads: Heads) -> dict[str, str]:
    """What our refs shall hold: the shared branch, what an operation has, and the clone's own.

    The branch is never deleted for it: what the clone has lost, we have not.
    """
    found = {}
    for name, oid in heads.refs.items():
        if name == branch_of(repo) or name.startswith(tuple(f"{ref}/" for ref in REFS)):
            found[name] = oid
        elif name.startswith(("refs/heads/", "refs/tags/")) or name == "refs/stash":
            found[OTHERS + name.removeprefix("refs/")] = oid
    if len(found) > MOST_OTHERS:
        raise untaken(f"it has more than {MOST_OTHERS} refs of its own")
    return found


def _known(repo: Repo) -> list[str]:
    """Commits of ours that the clone's work begins at, so that only what is new is packed."""
    heads = [oid for _, oid in list_refs(repo, "refs/heads", "refs/remotes", "refs/worktree")]
    here = resolve_commit(repo, "HEAD")
    return list(dict.fromkeys([*heads, *([here] if here else [])]))


def _move(repo: Repo, wanted: Mapping[str, str]) -> None:
    now = dict(list_refs(repo, *REFS))
    if branch := read_ref(repo, branch_of(repo)):
        now[branch_of(repo)] = branch
    moves = [Move(ref, now.get(ref), oid) for ref, oid in wanted.items() if now.get(ref) != oid]
    gone = [ref for ref in now if ref not in wanted and ref != branch_of(repo)]
    # What goes first: refs/worktree/clone/heads/a may stand in the way of …/a/b
    for some in ([Move(ref, now[ref], None) for ref in gone], moves):
        if some:
            move_refs(repo, some, reason="git phc: taken over from the clone")


def _set_head(repo: Repo, heads: Heads, refs: Mapping[str, str]) -> None:
    """HEAD stands on the shared branch where the clone's does; on another one it is detached: a
    branch of that name may be somebody else's here. Before the first commit it stands on none.
    """
    words: list[Word]
    if heads.branch == branch_of(repo) and heads.branch in refs:
        said, words = f"ref: {heads.branch}", ["symbolic-ref", "HEAD", heads.branch]
    elif heads.head:
        said, words = heads.head, ["update-ref", "--no-deref", "HEAD", heads.head]
    else:
        said, words = f"ref: {UNBORN}", ["symbolic-ref", "HEAD", UNBORN]
    with suppress(OSError):
        if (repo.git_dir / "HEAD").read_text().strip() == said:
            return
    repo.git(*words)


UNBORN = f"{REFS[1]}/unborn"


def _state(clone: Beneath) -> Iterator[tuple[str, bytes]]:
    """The files of an operation under way."""
    inner = (name for folder in FOLDERS for name in clone.files(folder, STATE_FILES))
    total = 0
    for name in (*FILES, *inner):
        data = clone.read(name, STATE_FILE)
        if data is not None:
            total += len(data)
            if total > STATE:
                raise untaken(f"its operation under way has more than {STATE} bytes")
            yield name, data


def _named(state: Mapping[str, bytes], width: int) -> set[str]:
    """What in an operation's files may be the id of an object."""
    words = {word.decode() for data in state.values() for word in _ID.findall(data)}
    return {word for word in words if len(word) == width}


def _write_state(git_dir: Path, state: Mapping[str, bytes]) -> None:
    for name in FILES:
        if name not in state:
            (git_dir / name).unlink(missing_ok=True)
    for folder in FOLDERS:
        _drop_others(git_dir, folder, state)
    for name, data in state.items():
        replace_file(git_dir / name, data)


def _drop_others(git_dir: Path, folder: str, state: Mapping[str, bytes]) -> None:
    for place, _, names in os.walk(git_dir / folder, topdown=False):
        for name in names:
            path = Path(place, name)
            if str(path.relative_to(git_dir)) not in state:
                path.unlink()
        with suppress(OSError):  # not empty
            Path(place).rmdir()
