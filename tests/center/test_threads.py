"""Deeds in threads: what is under way, and when it no longer is."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from textual.message import Message

from git_phc.center.deeds import Came, Deed
from git_phc.center.messages import Done
from git_phc.center.threads import Threads
from git_phc.errors import Refused
from git_phc.services.context import Context, open_context
from git_phc.workspaces.place import Say

PATIENCE = 20.0  # seconds


class Post:
    """Hears what threads post, and what is still under way then."""

    def __init__(self, repo: Path) -> None:
        self.threads = Threads(lambda: open_context(repo, {}), self)
        self.heard: list[tuple[Message, list[str]]] = []
        self.came = threading.Semaphore(0)

    def __call__(self, message: Message) -> bool:
        self.heard.append((message, self.threads.names))
        self.came.release()
        return True

    def wait(self) -> None:
        assert self.came.acquire(timeout=PATIENCE)


def well(ctx: Context, say: Say) -> Came:
    return Came("Done")


def badly(ctx: Context, say: Say) -> Came:
    raise Refused("it cannot be done", "Do another")


@pytest.fixture
def post(repo: Path) -> Post:
    return Post(repo)


@pytest.mark.parametrize("act", [well, badly])
def test_what_is_told_is_no_more_under_way(post: Post, act: object) -> None:
    """Else who waits for the last one to leave waits for ever."""
    for _ in range(20):
        post.threads.do(Deed("starting", act))  # type: ignore[arg-type]
        post.wait()
    assert [names for _, names in post.heard] == [[]] * 20


def test_what_is_not_told_is_under_way(post: Post) -> None:
    gate = threading.Event()

    def waits(ctx: Context, say: Say) -> Came:
        assert gate.wait(PATIENCE)
        return Came("Done")

    post.threads.do(Deed("waiting", waits))
    post.threads.do_all("all of them", [Deed("one", well), Deed("two", badly)])
    post.wait()
    (done, names), *_ = post.heard
    assert isinstance(done, Done)
    assert done.error
    assert done.error.message == "1 of 2 done; it cannot be done"
    assert names == post.threads.names == ["waiting"]
    gate.set()
    post.wait()
    assert post.threads.names == []
