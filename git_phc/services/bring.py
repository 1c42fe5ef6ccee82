"""Brings what a task's remote holds beside the task itself: checkpoints and transcripts."""

from __future__ import annotations

from collections.abc import Sequence

from git_phc.git.refs import Move, move_refs, read_ref
from git_phc.git.remote import fetch
from git_phc.git.worktrees import is_merged
from git_phc.model.ids import TaskId
from git_phc.services.context import Context
from git_phc.services.pull import refspecs
from git_phc.store import layout
from git_phc.store.sync import look

KINDS = ("work", "runs")


def bring(ctx: Context, remote: str, id: TaskId, kinds: Sequence[str] = KINDS) -> None:
    """These refs of the task have one writer, who has the claim: so they are taken as they are
    there. What was here and is not part of it is kept in the trash. The commit that the task begins
    at comes along. Raises RemoteFailed.
    """
    wanted = [spec for kind in (*kinds, "base") for spec in refspecs(remote, [id], kind)]
    fetch(ctx.repo, ctx.wire, remote, wanted)
    now = look(ctx.repo, remote, [id])
    moves = []
    for kind in kinds:
        ours, theirs = now.ours[kind].get(id), now.theirs[kind].get(id)
        if theirs is None or ours == theirs:
            continue
        if ours and is_merged(ctx.repo, theirs, ours):
            continue  # what is here came after it
        if ours and not is_merged(ctx.repo, ours, theirs):
            moves.append(_aside(ctx, id, kind, ours))
        moves.append(Move(f"{layout.ROOT}{kind}/{id}", ours, theirs))
    if moves:
        move_refs(ctx.repo, moves)


def _aside(ctx: Context, id: TaskId, kind: str, oid: str) -> Move:
    ref = f"{layout.aside(id)}{kind}-{oid[:12]}"
    return Move(ref, read_ref(ctx.repo, ref), oid)
