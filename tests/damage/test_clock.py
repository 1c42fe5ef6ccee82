"""The time of day is set back: what came later stays later."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from git_phc.git.repo import open_repo
from git_phc.host.clock import Clock, rfc3339
from git_phc.model.task import Task
from git_phc.services.context import Context
from git_phc.services.edit import edit
from git_phc.services.end import delete, finish, undo
from git_phc.services.find import find
from git_phc.services.history import history
from git_phc.store.tasks import load
from tests.damage.place import Place

NOON, DAY = 1_800_000_000, 86_400


def at(place: Place, seconds: int) -> Callable[[], Context]:
    clock = Clock(now=lambda: rfc3339(seconds))
    return lambda: Context(open_repo(place.repo), place.repo, clock=clock)


def titled(ctx: Context, word: str, title: str) -> Task:
    return edit(ctx, find(ctx, word), {"title": title}, [], [])


def test_the_later_title_wins_though_its_time_is_earlier(place: Place) -> None:
    today, yesterday = at(place, NOON), at(place, NOON - DAY)
    titled(today(), place.task, "said first")
    task = titled(yesterday(), place.task, "said then")
    assert task.title == "said then"
    ctx = today()
    assert load(ctx.repo, task.id, task.tip).task.title == "said then"
    assert task.contested("title") == []
    times = [entry.at[:10] for entry in history(ctx, task)][-2:]
    assert times == [rfc3339(NOON)[:10], rfc3339(NOON - DAY)[:10]]
    assert place.ok("status", "-q") == place.task


@pytest.mark.slow
def test_the_last_mark_is_taken_back_whatever_the_time(place: Place) -> None:
    today, yesterday = at(place, NOON), at(place, NOON - DAY)
    ctx = today()
    finish(ctx, find(ctx, place.task))
    ctx = yesterday()
    delete(ctx, find(ctx, place.task))
    back = undo(yesterday(), find(yesterday(), place.task))
    assert back.verb == "delete"
    assert back.task.is_done
    assert undo(yesterday(), find(yesterday(), place.task)).verb == "done"


@pytest.mark.slow
def test_a_time_to_come_is_shown_as_now(place: Place) -> None:
    ctx = at(place, 4_000_000_000)()
    finish(ctx, find(ctx, place.task))
    (line,) = place.ok("status", "-a").splitlines()
    assert line.split()[2:4] == ["done", "0s"]
    place.ok("undo", place.task)
    place.ok("send", place.task, "again", "-q")
    assert place.ok("status", "-q", "--status", "ready") == place.task
