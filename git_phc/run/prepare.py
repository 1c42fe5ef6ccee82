"""Makes a workspace ready before its agent starts; what the setup says is in the task's log."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from git_phc.errors import PhcError
from git_phc.git.repo import Repo
from git_phc.model.environment import Environment
from git_phc.model.ids import EventId
from git_phc.model.task import Task
from git_phc.plugins.records import Record
from git_phc.services.context import Context
from git_phc.services.environments import kept
from git_phc.services.setup import Outcome, run_setup
from git_phc.services.trust import require_consent

if TYPE_CHECKING:  # it asks us what the run's words are
    from git_phc.run.confined import Confinement

LEFT = "the setup has left processes running; they end with the task"


def words_of_run(ctx: Context, task: Task) -> Environment | None:
    """What the task's environment says in this run, None where it has none. Raises NotTrusted
    where nobody here has consented to it: whoever started the run may not have asked.
    """
    if task.cell("environment") is None:
        return None
    file = kept(ctx, task)
    if file is None:
        raise PhcError(
            "what the environment of this run says is gone",
            f"Start it again: git phc resume {task.id.short}",
        )
    require_consent(ctx, file)
    return file.environment


def set_up(
    ctx: Context,
    task: Task,
    claim: EventId,
    checkout: Repo,
    said: Environment,
    *,
    write: Callable[[Record], None],
    is_over: Callable[[], bool],
    confinement: Confinement,
) -> Outcome:
    """Runs the setup, and tells of it in the log. Raises PhcError when it cannot be started."""

    def look() -> bool:
        confinement.look()
        return is_over()

    record = {"kind": "setup", "environment": said.name}
    write({**record, "status": "running"})

    def hear(text: str) -> None:
        write({"kind": "text", "stream": "setup", "text": text})

    try:
        outcome = run_setup(
            ctx, task, claim, checkout, said, hear=hear, is_over=look, within=confinement.within
        )
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise PhcError(f"the setup of {said.name} could not be started: {why}") from error
    confinement.leave(task)
    ended = outcome.ended
    seconds = round(ended.seconds, 1)
    if ended.code == 0:
        write({**record, "status": "ok", "seconds": seconds})
    else:
        status = "failed" if ended.code is not None or ended.limit else "stopped"
        write({**record, "status": status, "seconds": seconds, "reason": ended.how})
    if outcome.left:
        write({"kind": "note", "text": LEFT})
    return outcome
