"""`git phc hook NAME …`: what the git hooks in `hooks/` run.

A user waits for it at each commit, so it takes a path of its own: no click, no plugins. It
never fails the git command that runs it: what goes wrong is one line of talk.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from git_phc.errors import PhcError

if TYPE_CHECKING:
    from git_phc.services.context import Context


def main() -> None:
    """The program, with the streams and the environment of its process."""
    _, _, *words = sys.argv
    said = "" if sys.stdin.closed else sys.stdin.read()
    for line in run(words, said, Path.cwd(), os.environ):
        print(line, file=sys.stderr)  # noqa: T201  (nothing of cli.diagnostics is loaded here)
    sys.exit(0)


def run(words: Sequence[str], said: str, cwd: Path, environ: Mapping[str, str]) -> list[str]:
    """Does what the hook `words[0]` is for; what went wrong, as lines. Raises nothing."""
    from git_phc.cli.safe import one_line
    from git_phc.services.context import open_context

    acts = _acts()
    if not words or words[0] not in acts:
        return ["git phc: this is for git hooks; see: git phc hooks -h"]
    name, *rest = words
    try:
        wrong = acts[name](open_context(cwd, environ), rest, said) or []
    except PhcError as error:
        wrong = [error.message]
    except Exception as error:  # noqa: BLE001  (whatever it is, the commit stands)
        wrong = [f"{type(error).__name__}: {error}"]
    return [f"git phc: {name}: {one_line(line)}" for line in wrong]


Act = Callable[["Context", Sequence[str], str], list[str] | None]


def _acts() -> Mapping[str, Act]:
    from git_phc.services import hooked

    return {
        "post-commit": lambda ctx, _words, _said: hooked.commit_made(ctx),
        "prepare-commit-msg": lambda ctx, words, _said: hooked.message_prepared(ctx, words),
        "post-rewrite": lambda ctx, _words, said: hooked.commits_rewritten(ctx, said),
        "pre-push": hooked.push_along,
    }
