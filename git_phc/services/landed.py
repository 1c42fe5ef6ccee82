"""Links from the commits that a merge has made to the task and runs whose work they have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from git_phc.git.diffs import commits_between
from git_phc.git.landing.commits import fingerprints
from git_phc.git.notes import add_lines, read
from git_phc.model.events.merged import Merged
from git_phc.model.task import Task
from git_phc.services.context import Context, signature
from git_phc.services.links import link_commits, note_line, split_lines


def link_landed(ctx: Context, task: Task, merged: Merged, head: str) -> None:
    """Notes what a merge has made: a commit takes on the lines of those whose work it has.

    `head` is where the task's branch was before what was not committed was.
    """
    before, tip, after = str(merged.before), str(merged.tip), str(merged.after)
    if tip != head:
        link_commits(ctx, task, [tip], _last_run(task))
    theirs = commits_between(ctx.repo, before, tip)
    new = [one for one in commits_between(ctx.repo, before, after) if one not in set(theirs)]
    if not new:
        return
    notes = {commit: split_lines(note) for commit, note in read(ctx.repo, theirs).items()}
    whole = {line for lines in notes.values() for line in lines} or {
        note_line(task, _last_run(task))
    }
    origins = _origins(ctx, theirs, new) if merged.how == "rebase" else {}
    lines = {one: notes.get(origins[one], set()) if one in origins else whole for one in new}
    add_lines(ctx.repo, ctx.writer, lines, who=signature(ctx))


def _origins(ctx: Context, old: Sequence[str], new: Sequence[str]) -> Mapping[str, str]:
    """For each new commit that a rebase has made of an old one, that one."""
    known = {print_: commit for commit, print_ in fingerprints(ctx.repo, old).items()}
    made = fingerprints(ctx.repo, new)
    return {commit: known[print_] for commit, print_ in made.items() if print_ in known}


def _last_run(task: Task) -> str | None:
    return task.run.id if task.run and task.run.claim else None
