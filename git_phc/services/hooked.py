"""What our git hooks do, once the shell has found that there is something to do.

In a checkout of the user's a task counts only in the environment of its agent: there the user
commits, too. In the worktree of a task every commit is the task's.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from git_phc.git.refs import read_ref
from git_phc.git.trailers import add_trailer
from git_phc.git.worktrees import resolve_commit
from git_phc.host.paths import read_text
from git_phc.host.process import MARKER
from git_phc.model.ids import EventId, TaskId
from git_phc.model.task import Task
from git_phc.services.context import Context
from git_phc.services.links import carry_links, link_commits, trailer
from git_phc.store import layout
from git_phc.store.arbiters import Sharings
from git_phc.store.tasks import list_tasks, read_task

# Sources of a message that is there already. Where an editor opens on an empty one, a trailer
# would keep git from taking an empty message for "do not commit".
WRITTEN = ("message", "merge", "squash", "commit")


def commit_made(ctx: Context) -> None:
    """Notes the task on the commit that was just made (post-commit)."""
    commit, found = resolve_commit(ctx.repo, "HEAD"), task_here(ctx)
    if commit and found:
        link_commits(ctx, found[0], [commit], found[1])


def message_prepared(ctx: Context, words: Sequence[str]) -> None:
    """Puts the task's trailer into a commit's message (prepare-commit-msg FILE SOURCE …)."""
    if words[1:2] and words[1] in WRITTEN and (found := task_here(ctx)):
        add_trailer(ctx.repo, Path(ctx.cwd, words[0]), trailer(found[0]))


def commits_rewritten(ctx: Context, said: str) -> None:
    """Carries notes along (post-rewrite): a line `OLD NEW …` for each commit.

    Not by git's own `notes.rewriteRef`, which loses what others write at the same time.
    """
    pairs = [line.split(" ")[:2] for line in said.splitlines()]
    carry_links(ctx, [(old, new) for old, new in pairs])


def push_along(ctx: Context, words: Sequence[str], said: str) -> list[str]:
    """Sends the shared tasks of the branches that are being pushed (pre-push REMOTE URL, and a
    line `LOCAL-REF ID REMOTE-REF ID` for each); what went wrong, a line each.
    """
    from git_phc.services.push_whole import push_whole

    remote = words[0] if words else ""
    shared = Sharings(ctx.repo).shared_with(remote)
    branches = {line.split(" ")[0].removeprefix("refs/heads/") for line in said.splitlines()}
    tasks = list_tasks(ctx.repo) if shared else ()
    found = [
        task.id
        for task in tasks
        if isinstance(task, Task) and task.id in shared and task.branch in branches
    ]
    sent = push_whole(ctx, remote, found) if found else []
    return [f"{one.name[:8]} was not sent: {one.why}" for one in sent if one.why]


def task_here(ctx: Context) -> tuple[Task, str | None] | None:
    """The task that commits here, and its run where an agent's environment names it."""
    id = _named(ctx.environ.get("PHC_TASK", ""))
    if id and read_ref(ctx.repo, layout.task_ref(id)):  # else that of another repository
        return read_task(ctx.repo, id), _run(ctx.environ.get(MARKER, ""))
    id = _named(read_text(layout.checkout_mark(ctx.repo.git_dir)) or "")
    if id and ctx.repo.git_dir != ctx.repo.common_dir and read_ref(ctx.repo, layout.task_ref(id)):
        task = read_task(ctx.repo, id)
        return (task, None) if task.cell("mode") != "local" else None
    return None


def _named(word: str) -> TaskId | None:
    try:
        return TaskId.parse(word)
    except ValueError:
        return None


def _run(word: str) -> str | None:
    try:
        return EventId.parse(word)
    except ValueError:
        return None
