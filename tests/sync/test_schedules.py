"""Three clones and a hub, with real git: whatever is said where, and whoever syncs when, all end
on the same tips, no event is lost, and a sync more does nothing.

A schedule is one task's. Many of them share their git programs, which take nearly all the time:
each step is of some of the tasks, so that each of them sees another order of steps.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from git_phc.git.objects import read_many
from git_phc.model import decide
from git_phc.model.codec import encode
from git_phc.model.event import parse_event
from git_phc.model.events.body import Body
from git_phc.model.events.edited import Edited
from git_phc.model.events.labelled import Labelled
from git_phc.model.events.messaged import Messaged
from git_phc.model.fold import fold
from git_phc.model.ids import TaskId
from git_phc.model.snapshot import files_from_state
from git_phc.model.text import text_from_string
from git_phc.services.context import Context
from git_phc.services.pull import take_in
from git_phc.services.push import push
from git_phc.services.sync import sync
from git_phc.store.tasks import load
from tests.kit import SCHEDULES, MakeRepo, Phc, RunGit, chance
from tests.sync.team import Mate, Yes

CLONES = 3
TOGETHER = 40  # schedules that share their git programs
Said = dict[str, set[bytes]]  # events, by task


def clones(make_repo: MakeRepo, phc: Phc, git: RunGit, folder: Path, number: int) -> list[Mate]:
    hub = make_repo(f"hub{number}.git", bare=True)
    found = []
    for name in range(CLONES):
        path = folder / f"clone{number}-{name}"
        git(folder, "clone", "-q", hub, path)
        found.append(Mate(path, phc, git))
    return found


def listening(mate: Mate, said: Said) -> Context:
    """The clone's context, which remembers what is said in it."""
    ctx = mate.context

    def tell(task: Mapping[str, Any], event: Mapping[str, Any]) -> None:
        said.setdefault(task["id"], set()).add(encode(event))

    ctx.tasks = replace(ctx.tasks, tell=tell)
    return ctx


def say(ctx: Context, task: TaskId, dice: random.Random) -> None:
    """Something that people and runs say at any time."""
    text, texts = text_from_string(dice.choice(("short", "long " * 5000)) + str(dice.random()))
    word = str(dice.randrange(3))
    bodies: list[Body] = [
        Edited({"title": word, "assignee": dice.choice((None, word))}),
        Labelled((word,), (str(dice.randrange(3)),)),
        Messaged(text),
        decide.claim(ctx.tasks.load(task).task, host="x", mode="local", holder_is_dead=True),
    ]
    chosen = dice.choice(bodies)
    ctx.tasks.append(task, lambda _: [chosen], texts if isinstance(chosen, Messaged) else {})


def play(mates: list[Mate], dice: random.Random, tasks: int, steps: int) -> None:
    said: Said = {}
    contexts = [listening(mate, said) for mate in mates]
    made = [mates[0].make(f"Task {number}") for number in range(tasks)]
    push(contexts[0], "origin", made)
    for ctx in contexts[1:]:
        take_in(ctx, "origin")
    for _ in range(steps):
        ctx = dice.choice(contexts)
        for task in made:
            if dice.random() < 0.15:
                say(ctx, task, dice)
        moved = [task for task in made if dice.random() < 0.4]
        if moved and dice.random() < 0.5:
            take_in(ctx, "origin", moved)
        if moved and dice.random() < 0.7:
            push(ctx, "origin", moved)
    for ctx in [*contexts, *contexts]:
        sync(ctx, "origin", Yes())
    check(mates, made, said)


def check(mates: list[Mate], made: Sequence[TaskId], said: Said) -> None:
    hub = mates[0].git("ls-remote", "origin", "refs/phc/tasks/*").replace("\t", " ").split("\n")
    for mate in mates:
        listing = ("for-each-ref", "--format=%(objectname) %(refname)", "refs/phc/tasks")
        assert mate.git(*listing).split("\n") == hub
        assert sync(mate.context, "origin", Yes()) == []
        assert mate.git("for-each-ref", "refs/phc/quarantine", "refs/phc/withdrawn") == ""
    repo = mates[0].context.repo
    for task in made:
        tip = mates[0].tip(task)
        commits = mates[0].git("rev-list", "--no-merges", tip).split()
        blobs = list(read_many(repo, [f"{commit}:event.json" for commit in commits]))
        events = {blob.data for blob in blobs if blob}
        assert said.get(task, set()) <= events
        state = fold(map(parse_event, events))
        assert files_from_state(task, state) == files_from_state(task, load(repo, task, tip).state)


@pytest.mark.slow
def test_ten_schedules(make_repo: MakeRepo, phc: Phc, git: RunGit, tmp_path: Path) -> None:
    play(clones(make_repo, phc, git, tmp_path, 0), chance(), tasks=10, steps=4)


@pytest.mark.slow
@pytest.mark.timeout(600 + 3 * SCHEDULES)
def test_two_hundred_schedules(make_repo: MakeRepo, phc: Phc, git: RunGit, tmp_path: Path) -> None:
    """Or as many as PHC_SCHEDULES says."""
    dice = chance()
    for number in range(-(-SCHEDULES // TOGETHER)):
        mates = clones(make_repo, phc, git, tmp_path, number)
        play(mates, dice, tasks=TOGETHER, steps=10)
        for folder in tmp_path.iterdir():
            shutil.rmtree(folder)
