"""Clones of one bare repository, and the people in them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from git_phc.model.events.body import Body
from git_phc.model.events.created import Created
from git_phc.model.events.edited import Edited
from git_phc.model.events.messaged import Messaged
from git_phc.model.ids import TaskId
from git_phc.model.task import Task
from git_phc.model.text import text_from_string
from git_phc.services.context import Context, open_context
from tests.kit import Outcome, Phc, RunGit, overlaid

FIELDS = {"title": "Fix it", "mode": "worktree", "agent": "command", "autonomy": "ask"}


@dataclass
class Mate:
    """One person's clone."""

    path: Path
    phc: Phc
    run_git: RunGit

    def __call__(self, *words: str | Path, code: int = 0, **given: Any) -> Outcome:
        """Runs a command, which must end with this exit code and without a defect."""
        done = self.phc(*words, **{"cwd": self.path, **given})
        assert done.code == code, (words, done)
        assert "defect" not in done.err
        return done

    def outcomes(self, *words: str | Path, code: int = 0) -> dict[str, str]:
        """What became of each task in a push, a pull or a sync."""
        found = json.loads(self(*words, "--json", code=code).out)["tasks"]
        return {one["id"]: one["outcome"] for one in found}

    def git(self, *words: str | Path, **given: Any) -> str:
        return self.run_git(self.path, *words, **given)

    def ref(self, name: str) -> str:
        """What a ref holds, "" for nothing."""
        return self.git("rev-parse", "-q", "--verify", name, check=False)

    def tip(self, task: str) -> str:
        return self.ref(f"refs/phc/tasks/{task}")

    @property
    def context(self) -> Context:
        return open_context(self.path, overlaid())

    def make(self, title: str = "Fix it", prompt: str = "Fix it, please") -> TaskId:
        """A new task, without a run."""
        text, texts = text_from_string(prompt)
        bodies = [Created(), Edited({**FIELDS, "title": title}), Messaged(text)]
        return self.context.tasks.create(bodies, lambda _: [], texts).id

    def say(self, task: str, *bodies: Body, **texts: bytes) -> Task:
        """Appends events."""
        return self.context.tasks.append(TaskId(task), lambda _: bodies, texts)

    def title(self, task: str) -> str:
        return str(self.show(task)["title"])

    def show(self, task: str) -> dict[str, Any]:
        shown: dict[str, Any] = json.loads(self("show", task, "--json").out)
        return shown


class Yes:
    """Who agrees to all that a push asks."""

    def __call__(self, question: str, /) -> bool:
        return True

    def say(self, words: str, /) -> None:
        pass


@dataclass
class Team:
    """A bare repository, and two clones of it."""

    hub: Path
    ada: Mate
    bob: Mate
    run_git: RunGit

    def there(self, task: str, kind: str = "tasks") -> str:
        """What the hub holds of a task, "" for nothing."""
        name = f"refs/phc/{kind}/{task}"
        return self.run_git(self.hub, "rev-parse", "-q", "--verify", name, check=False)
