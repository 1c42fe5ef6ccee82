"""Why a run ends before its time: somebody has said so, to it or to the one that it follows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from git_phc.model.ids import EventId
from git_phc.model.task import Task
from git_phc.services.actors import who_counts
from git_phc.services.context import Context
from git_phc.store.tasks import Loaded

Stop = Mapping[str, Any]  # with `who` and `clone`


class Stopped(Exception):
    """The run shall end: somebody asked for it, or this process was told to."""


def stop_left(ctx: Context, loaded: Loaded) -> Stop:
    """The stop that was meant for the run before this one, when its worker was gone and nobody
    ended it: it is this one's now. Empty where there is none, or none that counts here.
    """
    after = loaded.task.run.claim.get("after") if loaded.task.run else None
    former = loaded.state.runs.get(EventId(str(after)))
    if former is None or not former.is_open:
        return {}
    stop = former.parts.get("stop", {})
    return stop if stop and who_counts(ctx)(stop) else {}


def who_stopped(task: Task, left: Stop) -> str:
    """Why a run is cancelled, in words: by whom, without the address."""
    stop = (task.run.body.get("stop") if task.run else None) or left
    name = str(stop.get("who", "")).partition(" <")[0]
    return f"stopped by {name}" if name else "stopped"
