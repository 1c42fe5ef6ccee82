from __future__ import annotations

import sys
from collections import Counter

import pytest

from git_phc.errors import DamagedTask
from git_phc.git.repo import open_repo
from git_phc.store.tasks import list_tasks, load
from tests.kit import ROOT, MakeRepo, Phc, RunGit, run_program


@pytest.mark.slow
@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_its_tasks_are_like_any_other(
    make_repo: MakeRepo, git: RunGit, phc: Phc, object_format: str
) -> None:
    path = make_repo(object_format=object_format)
    done = run_program([sys.executable, ROOT / "bench/make_tasks.py", path, "101"])
    assert (done.code, done.out, done.err) == (0, "", "")

    repo = open_repo(path)
    statuses: Counter[str] = Counter()
    for task in list_tasks(repo):
        assert not isinstance(task, DamagedTask)
        assert load(repo, task.id, task.tip).task == task
        statuses[task.status] += 1
    assert statuses == {"done": 98, "ready": 1, "waiting": 1, "failed": 1}

    assert git(path, "fsck", "--strict") == ""
    assert git(path, "count-objects").startswith("3 objects")  # those of the first commit
    assert not list((path / ".git/refs/phc/tasks").glob("*"))
    shown = phc("status", cwd=path)
    assert shown.code == 0
    assert shown.lines[-1] == "Not shown: 98 done (git phc status --all)"


def test_without_a_repository_and_a_number_it_says_how_it_is_used() -> None:
    done = run_program([sys.executable, ROOT / "bench/make_tasks.py", "ten"])
    assert done.code == 2
    assert "make_tasks.py REPO N" in done.err
