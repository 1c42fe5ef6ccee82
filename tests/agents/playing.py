"""Plays one turn of an agent, as the supervisor would, without a repository."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from git_phc.plugins.protocols import Agent, Answer, Run, Turn

Told = dict[str, Any]
Decide = Callable[[Told], Answer | None]

_numbers = iter(range(1 << 30))


def turn_for(folder: Path, prompt: str, session: str | None = None, **settings: Any) -> Turn:
    """A turn in `folder / "work"`, with the test's environment."""
    scratch = folder / f"scratch-{next(_numbers)}"
    work = folder / "work"
    scratch.mkdir()
    work.mkdir(exist_ok=True)
    (scratch / "prompt").write_text(prompt)
    env = {**os.environ, "PHC_RUN": f"{os.environ['PHC_TEST']}-{scratch.name}", "PWD": str(work)}
    given = {"autonomy": "ask", "path": env["PATH"], **settings}
    return Turn(prompt, scratch / "prompt", work, env, scratch, given, session)


def play(run: Run, decide: Decide | None = None) -> list[Told]:
    """All records of a run. `decide` sees each as it comes, and what it answers is answered."""
    told: list[Told] = []
    for record in run.records():
        told.append(dict(record))
        answer = decide(told[-1]) if decide else None
        if answer is not None:
            run.answer(str(record["ask"]), answer)
    assert [record["kind"] for record in told].count("done") == 1
    assert told[-1]["kind"] == "done"
    return told


def choose(*kinds: str) -> tuple[Decide, list[Told]]:
    """Answers each `ask` with its option of the next of these kinds, the last one for ever; and
    where it notes what was asked.
    """
    asked: list[Told] = []

    def decide(record: Told) -> Answer | None:
        if record["kind"] != "ask":
            return None
        asked.append(record)
        kind = kinds[min(len(asked), len(kinds)) - 1]
        return Answer(next(o["id"] for o in record["options"] if o["kind"] == kind))

    return decide, asked


def play_until(run: Run, seen: Callable[[Told], bool], then: Callable[[], None]) -> list[Told]:
    """Plays a run, and does `then` in another thread when a record comes that is waited for."""
    threads: list[threading.Thread] = []

    def look(record: Told) -> None:
        if not threads and seen(record):
            threads.append(threading.Thread(target=then))
            threads[0].start()

    told = play(run, look)
    assert threads, told
    threads[0].join()
    return told


def of(told: Sequence[Mapping[str, Any]], kind: str) -> list[Told]:
    """The records of one kind."""
    return [dict(record) for record in told if record["kind"] == kind]


def said(told: Sequence[Mapping[str, Any]]) -> str:
    """What the agent has said."""
    return "".join(record["text"] for record in of(told, "text"))


def final(agent: Agent, turn: Turn, decide: Decide | None = None) -> Told:
    """The last record of a turn."""
    return play(agent.start(turn), decide)[-1]
