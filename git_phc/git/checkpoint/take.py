"""Takes a checkpoint: the whole state of a checkout, as git objects.

Nothing that the user has is touched: no file, no index, no ref. What git ignores is not
taken: it is neither tracked nor work that git would ever keep.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from msgspec.structs import replace

from git_phc.git.checkpoint.chunks import cut
from git_phc.git.checkpoint.link import (
    META,
    RAW_INDEX,
    Checkpoint,
    Link,
    Terms,
    encode_meta,
    read_link,
)
from git_phc.git.checkpoint.scan import MAX_BLOB, Scanner, Scene
from git_phc.git.checkpoint.shelf import Shelf
from git_phc.git.checkpoint.stashform import Committer
from git_phc.git.desk import desk_for
from git_phc.git.encoding import FILE, FOLDER, Entry, Signature
from git_phc.git.objects import Reader, Writer
from git_phc.git.repo import Repo


def take(
    repo: Repo,
    writer: Writer,
    *,
    previous: str | None,
    who: Signature,
    message: str,
    facts: Mapping[str, object],
    max_blob: int = MAX_BLOB,
    also: Collection[str] = (),
) -> Checkpoint:
    """Makes the next link after `previous`; moves no ref.

    `facts` are JSON values that go into the link's `meta.json`. Files above `max_blob` bytes
    are stored in chunks. The commits `also` are held with it. Everything is on disk when this
    returns. Raises PhcError, and leaves nothing behind, where a file or folder cannot be read.
    """
    with desk_for(repo) as desk, Reader(repo) as reader:
        shelf = Shelf(repo, reader)
        scene = Scanner(desk, reader, writer, shelf, max_blob, also=also).scan()
        former = read_link(reader, previous) if previous else None
        same = former is not None and former.state == scene.entries
        if same:
            shelf.clear()
        by = Committer(shelf, who)
        stash, kept = _commits(by, scene, former if same else None, message)
        link = Checkpoint(
            "", stash, scene.head, scene.branch, scene.uncarried, not same, dict(facts),
            scene.left_out,
        )  # fmt: skip
        meta = Entry(FILE, shelf.blob(encode_meta(link, previous, kept, _terms(scene, max_blob))))
        tree = {**scene.entries, META: meta, **_raw(scene, writer, former if same else None)}
        parents = [oid for oid in (previous, stash, kept) if oid]
        oid = by.commit(shelf.tree(tree), parents, message)
        shelf.write(writer)
    return replace(link, link=oid)


def _terms(scene: Scene, max_blob: int) -> Terms:
    return Terms(max_blob, scene.rules.conversion, tuple(scene.rules.filters))


def _commits(
    by: Committer, scene: Scene, same: Link | None, message: str
) -> tuple[str | None, str | None]:
    """The stash, and the commit that keeps what nothing else names; those of `same` if any."""
    if same:
        return same.checkpoint.stash, same.kept
    stash = kept = None
    if scene.stashable and scene.head:
        stash = by.stash(scene.head, scene.trees, message, untracked=scene.has_untracked)
    if scene.kept.commits or scene.kept.tree:
        kept = by.keep(scene.kept.tree, scene.kept.commits)
    return stash, kept


def _raw(scene: Scene, writer: Writer, same: Link | None) -> dict[bytes, Entry]:
    """The raw index, in chunks, where the tree does not say all."""
    if scene.raw is None:
        return {}
    if same and RAW_INDEX in same.tree:
        return {RAW_INDEX: same.tree[RAW_INDEX]}
    return {RAW_INDEX: Entry(FOLDER, cut(writer, scene.raw))}
