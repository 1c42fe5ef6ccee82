"""What `start` would make, and what it has made."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import asdict

from git_phc.cli.render import paint
from git_phc.cli.safe import one_line
from git_phc.cli.summary import attempt_words
from git_phc.cli.terminal import Terminal
from git_phc.model.task import Task
from git_phc.services.describe import Data
from git_phc.services.place import known_place
from git_phc.services.start import Plan
from git_phc.store.arbiters import arbiter

SHOWN = ("title", "prompt", "mode", "agent", "autonomy", "branch", "base", "labels", "sandbox")


def plan_data(plan: Plan) -> Data:
    """The plan as data: keys as in the JSON of a task, as far as they are known."""
    whole = asdict(plan)
    environment = {"environment": plan.environment.path} if plan.environment else {}
    return {name: whole[name] for name in SHOWN if whole[name] is not None} | environment


def plan_lines(plan: Plan, attempts: int = 1) -> Iterator[str]:
    """What `start` would make, once or more often."""
    often = f" {attempts} attempts" if attempts > 1 else ""
    yield f"Would start{often}: {one_line(plan.title)}"
    facts = {
        "mode": plan.mode,
        "agent": f"{plan.agent}, autonomy {plan.autonomy}",
        "base": plan.base,
        "branch": plan.branch or ("one of its own" if plan.mode != "local" else None),
        "remote": plan.remote,
        "labels": ", ".join(plan.labels),
        "env": plan.environment.name if plan.environment else None,
        "sandbox": plan.sandbox,
    }
    yield from (f"  {name:<9} {one_line(value)}" for name, value in facts.items() if value)


def started_lines(terminal: Terminal, task: Task) -> Iterator[str]:
    """What a new task is called, and where it works."""
    place = known_place(terminal.context, task)
    title = attempt_words(task) + one_line(task.title)
    done = "Queued" if task.awaits_worker else "Started"
    yield f"{done} {paint(terminal, task.id.short, bold=True)}: {title}"
    if task.awaits_worker:
        remote = arbiter(terminal.context.repo, task.id) or ""
        yield f"  on {one_line(remote)}, for a worker: git phc worker --remote {one_line(remote)}"
    branch = f" on {one_line(task.branch)}" if task.branch else ""
    if place:
        yield f"  in {one_line(str(place))}{branch}"
