"""What was sent to a task's arbiter, while nobody knows whether it has arrived there.

A file for each task, made before the push and gone when it is known. It names a commit, and does
not hold it against `git gc`: what has arrived is brought back from there, and what has not was
never said. See docs/adr/0027.
"""

from __future__ import annotations

from git_phc.errors import LostRace
from git_phc.git.housekeeping import missing
from git_phc.git.loose import unwritable
from git_phc.git.repo import Repo
from git_phc.git.worktrees import is_merged
from git_phc.host.paths import create_file, read_text
from git_phc.model.ids import TaskId
from git_phc.store import layout


def note(repo: Repo, id: TaskId, tip: str) -> None:
    """From now on this is on its way. Raises LostRace where something else is."""
    try:
        is_noted = create_file(layout.pending_file(repo, id), tip.encode())
    except OSError as error:
        raise unwritable(error) from error
    if not is_noted:
        raise LostRace(f"another command is sending the task {id.short} just now", "Try again")


def noted(repo: Repo, id: TaskId) -> str | None:
    """The commit that is on its way, if one is."""
    return read_text(layout.pending_file(repo, id))


def forget(repo: Repo, id: TaskId) -> None:
    """What became of it is known."""
    layout.pending_file(repo, id).unlink(missing_ok=True)


def all_noted(repo: Repo) -> dict[str, str]:
    """All that is on its way and can be read here, by the task's name."""
    folder = layout.pending_folder(repo)
    files = [path for path in folder.glob("*") if not path.name.startswith(".")]
    sent = {path.name: tip for path in files if (tip := read_text(path))}
    gone = set(missing(repo, list(sent.values())))
    return {name: tip for name, tip in sent.items() if tip not in gone}


def has_arrived(repo: Repo, sent: str, there: str | None) -> bool:
    """Whether a commit that was sent is in what the remote holds now: `there` was fetched."""
    return there is not None and not missing(repo, [sent]) and is_merged(repo, sent, there)
