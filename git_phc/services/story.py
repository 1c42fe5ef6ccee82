"""All of one task: what was said, run, kept and committed, and its diary."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from git_phc.model.codec import Json
from git_phc.model.runs import run_to_json
from git_phc.model.state import State
from git_phc.model.task import RunView, Task
from git_phc.model.text import Text
from git_phc.services.context import Context
from git_phc.services.describe import Data, describe_run
from git_phc.services.history import Entry, history, subjects
from git_phc.store.tasks import load, whole_text


class Whole(Struct, frozen=True):
    """Everything that a task's refs tell, oldest first."""

    task: Task
    messages: Sequence[Data]
    runs: Sequence[Data]
    checkpoints: Sequence[Mapping[str, Json]]
    commits: Sequence[Data]
    entries: Sequence[Entry]

    def data(self) -> Data:
        """What the JSON of a task in a list has not."""
        task = self.task
        body: Data = {
            "reason": task.reason,
            "command": task.cell("command"),
            "model": task.cell("model"),
            "messages": self.messages,
            "runs": self.runs,
            "checkpoints": self.checkpoints,
            "commits": self.commits,
            "history": [asdict(entry) for entry in self.entries],
        }
        return {name: value for name, value in body.items() if value is not None}


def whole(ctx: Context, task: Task) -> Whole:
    """Reads all of the task, as of its tip. Raises DamagedTask, NewerVersion."""
    state = load(ctx.repo, task.id, task.tip).state
    checkpoints = state.ordered("checkpoints")
    made = [str(commit) for one in checkpoints for commit in _list(one.get("commits"))]
    landed = (task.merged or {}).get("after")
    made += [str(landed)] if landed and landed not in made else []
    return Whole(
        task,
        list(_messages(ctx, task, state)),
        list(_runs(state)),
        checkpoints,
        [
            {"id": id, "subject": subject}
            for id, subject in subjects(ctx, list(dict.fromkeys(made)))
        ],
        list(history(ctx, task)),
    )


def _list(value: Json) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else ()


def _messages(ctx: Context, task: Task, state: State) -> Iterator[Data]:
    for item in state.ordered("messages"):
        text = whole_text(ctx.repo, task, Text.parse(item["text"]))
        yield {"id": item["id"], "at": item["at"], "who": item["who"], "text": text}


def first_message(ctx: Context, task: Task, state: State) -> str:
    """The prompt, whole; "" where there is none."""
    return next((str(message["text"]) for message in _messages(ctx, task, state)), "")


def _runs(state: State) -> Iterator[Data]:
    claimed = sorted((run.n, claim) for claim, run in state.runs.items() if run.n)
    for _, claim in claimed:
        if body := describe_run(RunView(run_to_json(claim, state.runs[claim]))):
            yield body
