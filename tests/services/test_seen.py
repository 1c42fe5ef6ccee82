"""What is seen of a task whose run ends just while somebody looks."""

from __future__ import annotations

from pathlib import Path

import pytest

from git_phc.git.repo import open_repo
from git_phc.host.lock import try_lock
from git_phc.services.context import Context
from git_phc.services.describe import describe
from git_phc.services.find import find
from git_phc.store import layout
from git_phc.store.transcripts import journal_file
from tests.kit import MakeRepo, Phc

GATED = ("--", "sh", "-c", 'until test -e "$GATE"; do sleep 0.02; done')


@pytest.fixture
def repo(make_repo: MakeRepo) -> Path:
    return make_repo()


def test_what_is_told_of_a_task_is_of_one_moment(
    repo: Path, phc: Phc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = tmp_path / "gate"
    monkeypatch.setenv("GATE", str(gate))
    id = phc("start", "x", "-d", "-q", *GATED, cwd=repo).out.strip()
    ctx = Context(open_repo(repo), repo)
    before = find(ctx, id)
    assert before.is_open
    gate.touch()
    phc("wait", id, cwd=repo)
    told = describe(ctx, before)
    assert (told["status"], told["run"]["outcome"]) == ("ready", "ready")


def test_what_a_supervisor_has_still_to_clear_away_is_not_left_over(repo: Path, phc: Phc) -> None:
    id = phc("start", "x", "-q", "--", "true", cwd=repo).out.strip()
    ctx = Context(open_repo(repo), repo)
    task = find(ctx, id)
    assert task.run
    journal = journal_file(ctx.repo, task.run.id)
    with try_lock(layout.live_lock(ctx.repo, task.id), tries=400) or pytest.fail("it never ends"):
        journal.parent.mkdir(parents=True)
        journal.touch()
        assert phc("doctor", cwd=repo).out == "All is well.\n"
    assert "was not folded in" in phc("doctor", cwd=repo).out
