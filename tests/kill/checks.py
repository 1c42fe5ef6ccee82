"""A place with a task, and what must hold of it after every kill."""

from __future__ import annotations

import json
from pathlib import Path

from tests.kill.walk import Place

WRITE = ["--", "sh", "-c", "echo more >> made.txt; echo said"]


def with_a_task(place: Place) -> Place:
    """Starts a task that comes to rest, and leaves all kinds of work in its worktree."""
    place.ok("start", "first", *WRITE)
    folder = tree(place)
    (folder / "README.md").write_text("changed\n")
    (folder / "staged.txt").write_text("staged\n")
    place.git("-C", str(folder), "add", "staged.txt")
    (folder / "staged.txt").write_text("and changed again\n")
    (folder / "untracked.txt").write_text("untracked\n")
    return place


def only_task(place: Place) -> str:
    (task,) = place.ok("status", "-q", "--all").split()
    return task


def status(place: Place) -> str:
    tasks = json.loads(place.ok("status", "--json", "--all"))["tasks"]
    return str(tasks[0]["status"]) if tasks else ""


def tree(place: Place) -> Path:
    return Path(place.ok("path", only_task(place)).rstrip("\n"))


def holds_all(place: Place) -> None:
    """Whether the worktree has what `at_rest` put there, index included."""
    folder = tree(place)
    assert (folder / "README.md").read_text() == "changed\n"
    assert (folder / "staged.txt").read_text() == "and changed again\n"
    assert (folder / "untracked.txt").read_text() == "untracked\n"
    assert place.git("-C", str(folder), "show", ":staged.txt") == "staged\n"


def sound(place: Place) -> None:
    """What must hold after every kill: git is content, and tasks can be listed.

    `git fsck` errs where the administration of a worktree is renamed under it, by the washing of
    one that was put away. What is broken stays so: it is asked once more.
    """
    place.ok("status", "--all")
    words = ("fsck", "--full", "--strict", "--no-dangling")
    try:
        place.git(*words)
    except AssertionError:
        place.git(*words)


def settle(place: Place) -> None:
    """Waits for a run that goes on, and goes on with one that was cut off."""
    place.phc("wait", only_task(place))
    if status(place) in ("interrupted", "failed"):
        place.ok("resume", only_task(place))
    assert status(place) == "ready"
