"""Makes every Python process of a test countable, step by step, and ends one of them by SIGKILL.

Python reports what it is about to do to its audit hooks: opening a file to write, renaming,
removing, starting a process; so do we where Python is not asked. Each such report that comes from
our code is a step. A step is known by what it is, by the functions of ours that lead to it, by the
program, and by how often that has happened before: the same in every run, whatever the processes'
timing.

    WALK_LOG    steps are noted in this file, a line each
    WALK_KILL   `N NAME`: at the Nth step of that name, this process kills itself
    WALK_HIT    a file that is there from then on
"""

from __future__ import annotations

import os
import signal
import sys
from itertools import pairwise
from types import FrameType
from typing import Any

LOG, KILL = os.environ.get("WALK_LOG"), os.environ.get("WALK_KILL")
HIT = os.environ.get("WALK_HIT", os.devnull)
NUMBER, _, NAME = (KILL or "0 ").partition(" ")
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
# A spawn that only reads leaves things as the step before left them.
READERS = frozenset(
    {
        "cat-file", "check-ref-format", "config", "diff", "diff-tree", "for-each-ref", "log",
        "ls-files", "ls-tree", "merge-base", "rev-list", "rev-parse", "show-ref", "status",
        "symbolic-ref", "var",
    }
)  # fmt: skip
EVENTS = frozenset(
    {
        "os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir", "os.symlink", "os.truncate",
        "os.chmod", "shutil.rmtree", "subprocess.Popen",
        "git_phc.move",  # refs are about to be moved, by a git that runs already
    }
)  # fmt: skip
seen: dict[str, int] = {}
busy = False


def watch(event: str, args: tuple[Any, ...]) -> None:
    global busy
    if busy or not (event in EVENTS or (event == "open" and is_write(args))):
        return
    busy = True
    try:
        name = name_of(event, args)
        if name:
            note(name)
    finally:
        busy = False


def is_write(args: tuple[Any, ...]) -> bool:
    path, _, flags = args  # a path that is a number is a pipe's
    named = isinstance(path, str | bytes | os.PathLike) and path not in (os.devnull, LOG)
    return named and isinstance(flags, int) and bool(flags & WRITES)


def name_of(event: str, args: tuple[Any, ...]) -> str:
    """`event what < function < function …`, our own functions only; "" where there is none."""
    frame: FrameType | None = sys._getframe(2)
    ours = []
    while frame is not None:
        module = frame.f_globals.get("__name__", "")
        if module.startswith("git_phc."):
            ours.append(f"{module.removeprefix('git_phc.')}.{frame.f_code.co_name}")
        frame = frame.f_back
    if not ours:
        return ""
    what = program(args[1]) if event == "subprocess.Popen" else ""
    if what in READERS or changes_nothing(event, args):
        return ""
    return f"{event} {what} < {' < '.join(ours[:8])}{role()}"


def changes_nothing(event: str, args: tuple[Any, ...]) -> bool:
    """Whether a folder is to be made that is there, or a file removed that is not."""
    if event not in ("os.mkdir", "os.remove"):
        return False
    path, at = args[0], args[-1]  # `at` is the folder that a relative path starts from, or -1
    try:
        os.stat(path, dir_fd=None if at == -1 else at, follow_symlinks=False)
    except OSError:
        return event == "os.remove"
    return event == "os.mkdir"


def role() -> str:
    """Which program this is, if not `git phc` itself: each counts its own steps."""
    spec = getattr(sys.modules.get("__main__"), "__spec__", None)
    name = spec.name if spec else "another"
    return "" if name == "git_phc.__main__" else f" ({name})"


def program(argv: Any) -> str:
    """git's subcommand, or the name of another program."""
    words = [os.fsdecode(word) for word in argv]
    if words[0] != "git":
        return os.path.basename(words[0])
    plain = (word for last, word in pairwise(words) if last not in ("-C", "-c", "--git-dir"))
    return next((word for word in plain if not word.startswith("-")), "git")


def note(name: str) -> None:
    if LOG:
        with open(LOG, "a", encoding="utf-8") as file:
            file.write(name + "\n")
    seen[name] = seen.get(name, 0) + 1
    if name == NAME and seen[name] == int(NUMBER):
        os.close(os.open(HIT, os.O_CREAT | os.O_WRONLY))
        os.kill(os.getpid(), signal.SIGKILL)


if LOG or KILL:
    sys.addaudithook(watch)
