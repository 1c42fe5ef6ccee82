"""Which remote a command means."""

from __future__ import annotations

from git_phc.errors import Refused, UsageError
from git_phc.git.remote import remote_of_branch, remotes
from git_phc.git.worktrees import current_branch
from git_phc.services.context import Context


def choose_remote(ctx: Context, named: str | None = None) -> str:
    """The remote: the one that is named, else phc.remote's, the branch's, origin, or the only
    one. Raises UsageError for one that is not there, Refused where there is none.
    """
    known = remotes(ctx.repo)
    wanted = named or ctx.setting("remote")
    if wanted:
        if wanted not in known:
            raise UsageError(
                f"there is no remote {wanted!r}",
                "See which there are: git remote; add one: git remote add NAME URL",
            )
        return wanted
    branch = current_branch(ctx.repo)
    follows = remote_of_branch(ctx.repo, branch) if branch else None
    found = next((name for name in (follows, "origin") if name in known), None)
    if not known:
        raise Refused(
            "this repository has no remote to share tasks with",
            "Add one: git remote add origin URL",
        )
    if found is None and len(known) > 1:
        raise Refused(
            "this repository has several remotes, and none is the usual one",
            "Name one: --remote NAME; for good: git config phc.remote NAME",
        )
    return found or next(iter(known))
