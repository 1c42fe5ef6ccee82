"""A line of a note on a commit: which task made it, and by which run of which agent.

Sorted JSON, so that equal lines are one when notes are joined.
"""

from __future__ import annotations

import json

from git_phc.model.ids import EventId, TaskId

LONGEST = 1000  # bytes of a line


def link_line(task: TaskId, agent: str, run: str | None) -> bytes:
    """The line; without agent and run where it is not known which run made the commit."""
    return _encode({"agent": agent, "run": run, "task": task} if run else {"task": task})


def task_of_line(line: bytes) -> TaskId | None:
    """The task of a line that `link_line` could have written; None for any other.

    What comes from a remote is shown on terminals: such a line has no byte that does harm.
    """
    if len(line) > LONGEST:
        return None
    try:
        body = json.loads(line)
        if not isinstance(body, dict) or not all(isinstance(one, str) for one in body.values()):
            return None
        if body.keys() not in ({"task"}, {"agent", "run", "task"}) or _encode(body) != line:
            return None
        if "run" in body:
            EventId.parse(body["run"])
        return TaskId.parse(body["task"])
    except (ValueError, RecursionError):
        return None


def _encode(body: dict[str, str]) -> bytes:
    return json.dumps(body, sort_keys=True, separators=(",", ":")).encode()
