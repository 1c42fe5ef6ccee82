"""A state once more: a link that says what an earlier one said, at another place of a chain."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from git_phc.git.checkpoint.link import META, Checkpoint, encode_meta, read_link
from git_phc.git.encoding import BLOB, COMMIT, FILE, Entry, Signature, encode_commit
from git_phc.git.objects import Reader, Writer, put_tree
from git_phc.git.repo import Repo


def again(
    repo: Repo,
    writer: Writer,
    link: str,
    *,
    previous: str | None,
    who: Signature,
    message: str,
    facts: Mapping[str, object],
    branch: str | None = None,
) -> Checkpoint:
    """The state of `link`, as the link after `previous`; moves no ref. Nothing is copied.

    `branch`, without `refs/heads/`: the one that it is of from now on.
    """
    with Reader(repo) as reader:
        found = read_link(reader, link)
    on = f"refs/heads/{branch}" if branch else found.checkpoint.branch
    checkpoint = replace(found.checkpoint, changed=True, facts=dict(facts), branch=on)
    meta = writer.put(BLOB, encode_meta(checkpoint, previous, found.kept, found.terms))
    tree = put_tree(writer, {**found.tree, META: Entry(FILE, meta)})
    parents = [oid for oid in (previous, checkpoint.stash, found.kept) if oid]
    oid = writer.put(COMMIT, encode_commit(tree, parents, who, who, message))
    return replace(checkpoint, link=oid)
