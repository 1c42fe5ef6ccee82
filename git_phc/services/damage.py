"""Looks whether all that our refs lead to is there, and says how to go on where it is not."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from git_phc.git.refs import list_refs
from git_phc.git.whole import is_whole, newest_whole
from git_phc.services.context import Context
from git_phc.services.leftovers import Finding
from git_phc.store import layout


def missing_objects(ctx: Context) -> Iterator[Finding]:
    """A finding for each ref of ours that leads to what is missing or cannot be read."""
    refs = list(list_refs(ctx.repo, layout.ROOT, layout.NOTES))
    if is_whole(ctx.repo, [oid for _, oid in refs]):
        return
    for ref, oid in refs:
        if not is_whole(ctx.repo, [oid]):
            yield _finding(ctx, ref, oid)


def _finding(ctx: Context, ref: str, oid: str) -> Finding:
    name = shlex.quote(ref)
    fetch = f"Bring them back from a clone that has them: git fetch --refetch CLONE {name}"
    if is_whole(ctx.repo, [f"{oid}^{{tree}}"]):
        return Finding(
            f"objects of the history of {ref} are missing; what it holds is whole", fetch
        )
    good = newest_whole(ctx.repo, oid)
    back = (
        f"or go back to the last whole state: git update-ref {name} {good} {oid}"
        if good
        else "or look for what it held before: git fsck --lost-found"
    )
    return Finding(f"objects of {ref} are missing or cannot be read", f"{fetch}; {back}")
