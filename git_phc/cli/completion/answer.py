"""`git-phc __complete SHELL WORD…`: the candidates for the last word, which may be empty."""

from __future__ import annotations

import gc
import os
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from git_phc.cli.safe import one_line
from git_phc.errors import PhcError

Candidates = Iterable[tuple[str, str]]  # a word, and what it is; "" where that is plain

FILES = ((":files", ""),)
"""In place of candidates: the shell shall offer files, as it does elsewhere."""

MANY = 99
# How many TASKs commands take, so that they need not be loaded to be asked; a test looks.
TASKS = {
    **dict.fromkeys(
        ("answer", "apply", "attach", "checkpoints", "edit", "fork", "handoff", "logs", "merge",
         "open", "path", "pick", "resume", "rewind", "send", "show", "status", "undo"), 1),
    "diff": 2,
    **dict.fromkeys(
        ("archive", "compare", "delete", "done", "pull", "push", "stop", "unarchive",
         "verify", "wait"),
        MANY),
}  # fmt: skip
LONGEST = 200  # characters of a description
_WORD = re.compile(r"[\w./@:+,=%-]+")


def main(shell: str, words: Sequence[str]) -> int:
    """The program. It has nothing to say of errors: who presses a key has asked no question."""
    gc.disable()  # what little there is goes with the process
    try:
        out = answer(Path.cwd(), os.environ, shell, words)
        sys.stdout.buffer.write(out.encode(errors="replace"))
        sys.stdout.flush()
    except (PhcError, OSError):
        return 1
    return 0


def answer(cwd: Path, environ: Mapping[str, str], shell: str, words: Sequence[str]) -> str:
    """The candidates for the last word, a line each. Raises PhcError, for one outside of a
    repository.
    """
    typed = words[-1] if words else ""
    name, sign, value = typed.partition("=")
    before = ""
    if sign and name.startswith("--"):  # bash takes what stands behind the sign for the word
        words, typed = [*words[:-1], name, value], value
        before = "" if shell == "bash" else f"{name}="
    return "".join(
        f"{before}{word}\t{one_line(about)[:LONGEST]}\n"
        for word, about in candidates(cwd, environ, words)
        if word == FILES[0][0] or (word.startswith(typed) and _WORD.fullmatch(word))
    )


def candidates(cwd: Path, environ: Mapping[str, str], words: Sequence[str]) -> Candidates:
    """What may stand in the place of the last of `words`."""
    command, *between = words[:-1] or [""]
    if _is_task(command, between, words[-1:]):
        from git_phc.cli.completion.tasks import tasks

        return tasks(cwd, environ, command, words[-1])
    from git_phc.cli.completion.options import offered

    return offered(cwd, environ, words)


def _is_task(command: str, between: Sequence[str], typed: Sequence[str]) -> bool:
    """Whether it is a TASK for sure: behind an option it may be that one's value."""
    plain = not any(word.startswith("-") for word in (*between, *typed))
    return plain and len(between) < TASKS.get(command, 0)
