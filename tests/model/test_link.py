from __future__ import annotations

import pytest

from git_phc.model.ids import TaskId
from git_phc.model.link import link_line, task_of_line

TASK, RUN = TaskId("k" * 32), "a" * 64


@pytest.mark.parametrize("agent", ["claude", "ä\x1b[2J", ""])
def test_a_line_is_read_back(agent: str) -> None:
    assert task_of_line(link_line(TASK, agent, RUN)) == TASK
    assert task_of_line(link_line(TASK, agent, None)) == TASK
    assert link_line(TASK, agent, RUN).isascii()


@pytest.mark.parametrize(
    "line",
    [
        b"", b"{}", b"[]", b"null", b"words", b"\xff", b"[" * 900, b"{" * 5000,
        b'{"task":1}', b'{"task":"k"}', b'{"task": "%s"}' % TASK.encode(),
        b'{"run":"%s","task":"%s"}' % (RUN.encode(), TASK.encode()),
        b'{"agent":"x","run":"short","task":"%s"}' % TASK.encode(),
        b'{"more":"x","task":"%s"}' % TASK.encode(),
        b'{"task":"%s"}\x1b' % TASK.encode(),
        link_line(TASK, "x" * 2000, RUN),
        link_line(TASK, "x", RUN).replace(b'"x"', '"\x9b"'.encode()),
    ],
)  # fmt: skip
def test_any_other_is_nobodys(line: bytes) -> None:
    assert task_of_line(line) is None
