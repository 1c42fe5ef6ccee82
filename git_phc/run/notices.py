"""`python -m git_phc.run.notices GIT_DIR TASK`: tells of a task, apart from the run that it is of.

The task is read anew: a question that has been answered in the meantime is none any more.
"""

from __future__ import annotations

import sys
from pathlib import Path

from git_phc.errors import PhcError
from git_phc.git.repo import without_checkout
from git_phc.model.ids import TaskId
from git_phc.services.context import Context
from git_phc.services.notify import notice_of, tell
from git_phc.store.tasks import read_task


def main(argv: list[str]) -> int:
    """Tells; what went wrong goes to standard error, which is the log of notices."""
    git_dir, word = argv
    ctx = Context(without_checkout(Path(git_dir)), Path(git_dir))
    try:
        task = read_task(ctx.repo, TaskId.parse(word))
        told = notice_of(ctx, task, task.status)
        trouble = tell(ctx, told) if told else []
    except PhcError as error:
        trouble = [error.message]
    for line in trouble:
        print(f"{ctx.clock.now()} {word[:8]} {line}", file=sys.stderr)  # noqa: T201
    return 1 if trouble else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
