"""Local mode: the checkout that the user stands in. Nothing here ever takes it away."""

from __future__ import annotations

from pathlib import Path

from git_phc.errors import Refused
from git_phc.git.repo import Repo, open_repo
from git_phc.git.worktrees import branch_tip, current_branch, is_kept_by_a_ref
from git_phc.host.paths import read_text, replace_file
from git_phc.model.task import Task
from git_phc.store import layout
from git_phc.workspaces.place import Say, Site, is_checkout_of


class Local:
    """The user's own checkout."""

    def find(self, site: Site, task: Task) -> Path | None:
        known = read_text(layout.place_file(site.repo, task.id))
        return Path(known) if known and is_checkout_of(site.repo, Path(known)) else None

    def check(self, site: Site, task: Task) -> None:
        self._place(site, task)

    def prepare(self, site: Site, task: Task, say: Say) -> Path:
        known = self._place(site, task)
        here = open_repo(known)
        if task.branch:
            _switch(here, task)
        replace_file(layout.place_file(site.repo, task.id), bytes(known))
        replace_file(layout.local_mark(here.git_dir), task.id.encode())
        return known

    def _place(self, site: Site, task: Task) -> Path:
        known = self.find(site, task) or site.repo.worktree
        if known is None:
            raise Refused(
                "a local task needs a checkout, and this is a bare repository",
                "Use --mode worktree",
            )
        return known

    def check_removal(self, site: Site, task: Task) -> None:
        return

    def put_away(self, site: Site, task: Task) -> Path | None:
        return None


def _switch(here: Repo, task: Task) -> None:
    """Switches to the task's branch, as git does it: only when nothing is lost."""
    branch = task.branch or ""
    if current_branch(here) == branch:
        return
    if current_branch(here) is None and not is_kept_by_a_ref(here, "HEAD"):
        raise Refused(
            f"the checkout cannot switch to {branch}: no branch holds the commit it is at",
            "Make one first: git branch NAME",
        )
    words = ["switch", "--quiet", "--no-overwrite-ignore", "--no-guess"]
    if branch_tip(here, branch) is None:
        words = [*words[:-1], "--no-track", "-c"]
    start = [task.base] if words[-1] == "-c" and task.base else []
    done = here.git(*words, branch, *start, ok=())
    if not done.ok:
        raise Refused(
            f"the checkout cannot switch to {branch}: {' '.join(done.said.split())[:500]}",
            "Commit or stash what you have, or use --mode worktree",
        )
