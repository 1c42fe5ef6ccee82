"""What git ignores in a checkout, and which of it a file of patterns chooses.

The patterns are read by git itself, so that they mean what they mean in a `.gitignore`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from git_phc.git import run
from git_phc.git.repo import Repo

Names = Sequence[str]
"""Paths from the root of a checkout; those of folders end with a slash."""

AT_ONCE = 500  # folders that one call is asked about; a list of arguments has an end


def ignored(here: Repo) -> Names:
    """What git ignores in this checkout. A folder that is ignored as such stands for all in it."""
    words = ("--porcelain", "-z", "--ignored=matching", "--untracked-files=all", "--no-renames")
    entries = _names(here.git("status", *words).out)
    return [entry[3:] for entry in entries if entry.startswith("!! ")]


def would_ignore(here: Repo, names: Iterable[str]) -> set[str]:
    """Those of the names that git would ignore here, as files or, with a slash, as folders;
    none that it tracks.

    For a name that leads through a link, or into a submodule, git refuses to answer at all: so
    the rest is asked for without it.
    """
    asked = list(names)
    if not asked:
        return set()
    found = here.git("check-ignore", "-z", "--stdin", input=_bytes(asked), ok=())
    if found.status in (0, 1):
        return set(_names(found.out))
    if len(asked) == 1:
        return set()
    half = len(asked) // 2
    return would_ignore(here, asked[:half]) | would_ignore(here, asked[half:])


def chosen(here: Repo, patterns: Path, names: Names) -> Names:
    """Those of the ignored `names` that the patterns match; of a folder which they do not match
    as such, the files in it that they do.
    """
    whole = _matched(here, patterns, names)
    rest = [name for name in names if name.endswith("/") and name not in whole]
    return [*(name for name in names if name in whole), *_inside(here, patterns, rest)]


def _matched(here: Repo, patterns: Path, names: Names) -> set[str]:
    """Asked in an empty repository: in the checkout, its own rules would answer."""
    case = here.git("config", "--type=bool", "--default=false", "core.ignoreCase").out.decode()
    import tempfile  # a repository that is not asked of furnishings does without

    with tempfile.TemporaryDirectory(prefix="git-phc-") as folder:
        run.git(["init", "-q", "--template=", folder])
        rules = ["-c", f"core.excludesFile={patterns}", "-c", f"core.ignoreCase={case.strip()}"]
        words = [*rules, "check-ignore", "-z", "--stdin"]
        found = run.git(words, cwd=Path(folder), input=_bytes(names), ok=(0, 1))
        return set(_names(found.out))


def _inside(here: Repo, patterns: Path, folders: Names) -> Iterator[str]:
    literal = {"GIT_LITERAL_PATHSPECS": "1"}
    words = ("ls-files", "-z", "--others", "--ignored", f"--exclude-from={patterns}", "--")
    for start in range(0, len(folders), AT_ONCE):
        yield from _names(here.git(*words, *folders[start : start + AT_ONCE], env=literal).out)


def _bytes(names: Iterable[str]) -> bytes:
    return b"".join(os.fsencode(name) + b"\0" for name in names)


def _names(answer: bytes) -> Names:
    return [os.fsdecode(name) for name in answer.split(b"\0") if name]
