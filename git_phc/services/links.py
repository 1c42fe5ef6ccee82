"""Links from commits of code to the task and run that made them: a line in a git note."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from git_phc.git.notes import add_lines, read
from git_phc.model.link import link_line
from git_phc.model.task import Task
from git_phc.services.context import Context, signature


def link_commits(ctx: Context, task: Task, commits: Iterable[str], run: str | None) -> None:
    """Notes the task on each of the commits, and the run that made them where it is known."""
    line = note_line(task, run)
    add_lines(ctx.repo, ctx.writer, {commit: [line] for commit in commits}, who=signature(ctx))


def carry_links(ctx: Context, rewritten: Sequence[tuple[str, str]]) -> None:
    """Gives each commit that took another's place the lines of that one too."""
    notes = read(ctx.repo, [old for old, _ in rewritten])
    lines: dict[str, set[bytes]] = {}
    for old, new in rewritten:
        lines.setdefault(new, set()).update(split_lines(notes.get(old, b"")))
    add_lines(ctx.repo, ctx.writer, lines, who=signature(ctx))


def split_lines(note: bytes) -> set[bytes]:
    """The lines of a note."""
    return {line for line in note.split(b"\n") if line}


def note_line(task: Task, run: str | None) -> bytes:
    """The line that ties a commit to the task, and to the run that made it."""
    return link_line(task.id, task.agent, run)


def trailer(task: Task) -> str:
    """The line of a commit's message that says whose work it is."""
    return f"Phc-Task: {task.id}"
