"""What a person wants to hear of a task without looking: it is finished, it has failed, it
needs them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from git_phc.model.task import Task

CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
WHAT = FINISHED, FAILED, NEEDS_YOU = "finished", "failed", "needs-you"
# What a person has done themselves (done, cancelled) they need not be told of.
OF_STATUS = {
    "ready": FINISHED,
    "failed": FAILED,
    "interrupted": FAILED,
    "waiting": NEEDS_YOU,
}


class Notice(Struct, frozen=True):
    """One thing to tell.

    Attributes:
        what: "finished", "failed" or "needs-you".
        detail: why it failed, or what it asks; "" where there is nothing to say.
        repository: the name of its folder.
    """

    what: str
    task: Task
    status: str
    detail: str
    repository: str

    @property
    def text(self) -> str:
        """One line for a person, without a control character."""
        words = {FINISHED: "is ready", FAILED: "has failed", NEEDS_YOU: "asks"}[self.what]
        detail = f": {self.detail}" if self.detail else ""
        whole = f"{self.task.title} {words}{detail} ({self.repository} {self.task.id.short})"
        return CONTROLS.sub(" ", whole)

    def data(self) -> dict[str, Any]:
        """The same for a program."""
        task = self.task
        about = {
            "id": task.id,
            "short": task.id.short,
            "title": task.title,
            "status": self.status,
            "mode": task.mode,
            "agent": task.agent,
            "branch": task.branch,
        }
        return {
            "schema": 1,
            "event": self.what,
            "text": self.text,
            "detail": self.detail,
            "repository": self.repository,
            "at": task.since,
            "task": {name: value for name, value in about.items() if value is not None},
        }


def notice(task: Task, status: str, repository: str) -> Notice | None:
    """What there is to tell of a task in this status; None for nothing."""
    what = OF_STATUS.get(status)
    if what is None:
        return None
    asked = next((str(one.get("title", "")) for one in task.waiting), "")
    return Notice(what, task, status, asked or task.reason or "", repository)


def is_worth_telling(event: Mapping[str, Any]) -> bool:
    """Whether an event may have brought a task to where somebody wants to hear of it."""
    if event["type"] == "run_ended":
        return event["data"]["outcome"] in ("ready", "failed")
    return bool(event["type"] == "asked")
