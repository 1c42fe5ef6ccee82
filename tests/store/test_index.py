from __future__ import annotations

import random
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path

import pytest

from bench.make_tasks import ACTOR, make_tasks
from git_phc.errors import DamagedTask
from git_phc.git.loose import LooseWriter
from git_phc.git.refs import list_refs, raw_refs
from git_phc.git.repo import Repo, open_repo
from git_phc.host.clock import Clock
from git_phc.model.events.archived import Archived
from git_phc.model.events.deleted import Deleted
from git_phc.model.events.edited import Edited
from git_phc.model.events.finished import Finished
from git_phc.model.ids import TaskId
from git_phc.store import layout
from git_phc.store.index import read_index
from git_phc.store.survey import FEW, survey, why_away
from git_phc.store.tasks import Tasks, list_tasks
from tests.kit import MakeRepo, Phc, RunGit, run_program

COUNT = FEW + 60

Facts = tuple[list[str], dict[str, int], list[str], list[str]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with more tasks than are read without the index."""
    path = tmp_path_factory.mktemp("made") / "repo"
    assert run_program(["git", "init", "-q", path]).code == 0
    assert run_program(["git", "commit", "-q", "--allow-empty", "-m", "1"], cwd=path).code == 0
    make_tasks(open_repo(path), COUNT)
    return path


@pytest.fixture
def repo(made: Path, tmp_path: Path) -> Repo:
    return open_repo(shutil.copytree(made, tmp_path / "repo"))


def tasks_of(repo: Repo) -> Tasks:
    return Tasks(repo, LooseWriter(repo), ACTOR, Clock())


def seen(repo: Repo) -> Facts:
    found = survey(repo)
    shown = [f"{task.id} {task.tip} {task.body}" for task in found.tasks]
    damaged = [error.message for error in found.damaged]
    return shown, dict(found.away), damaged, found.names


def expected(repo: Repo) -> Facts:
    """What `survey` must say, by reading every task from git."""
    read = list(list_tasks(repo))
    tasks = [task for task in read if not isinstance(task, DamagedTask)]
    shown = [f"{task.id} {task.tip} {task.body}" for task in tasks if not why_away(task)]
    away = Counter(why for task in tasks if (why := why_away(task)))
    damaged = [error.message for error in read if isinstance(error, DamagedTask)]
    names = [ref.removeprefix(layout.TASKS) for ref, _ in list_refs(repo, layout.TASKS)]
    return shown, dict(away), damaged, names


def agrees(repo: Repo) -> None:
    assert seen(repo) == expected(repo)


@pytest.mark.slow
def test_it_is_written_once_and_says_what_git_says(repo: Repo) -> None:
    index = layout.index_file(repo)
    agrees(repo)
    written = index.stat().st_ino
    agrees(repo)
    assert index.stat().st_ino == written
    assert seen(repo)[1] == {"done": COUNT - 5}


def test_a_few_tasks_need_none(make_repo: MakeRepo) -> None:
    repo = open_repo(make_repo())
    agrees(repo)
    make_tasks(repo, 3)
    agrees(repo)
    assert not layout.index_file(repo).exists()


def test_whatever_moves_refs_it_is_right(repo: Repo, git: RunGit) -> None:
    """A property: after any change, by us or by plain git, it says what git says."""
    seed = random.randrange(10**6)
    dice, top = random.Random(seed), repo.worktree or repo.git_dir
    tasks = tasks_of(repo)
    ids = [TaskId(name) for name in survey(repo).names]
    bodies = (
        Finished(None),
        Finished(1),
        Archived(True),
        Archived(False),
        Deleted(True),
        Deleted(False),
        Edited({"title": "Another one"}),
    )
    for step in range(25):
        id = dice.choice(ids)
        ref = layout.task_ref(id)
        match dice.randrange(6):
            case 0:
                git(top, "update-ref", "-d", ref)
            case 1:
                git(top, "update-ref", ref, f"{ref}~1", check=False)
            case 2:
                git(top, "update-ref", ref, "HEAD")  # not a task
            case 3:
                git(top, "pack-refs", "--all")
            case _:
                with suppress(DamagedTask):
                    tasks.append(id, lambda _: [dice.choice(bodies)])
        assert seen(repo) == expected(repo), f"seed {seed}, step {step}"


def test_a_damaged_task_is_looked_at_each_time(repo: Repo, git: RunGit) -> None:
    top = repo.worktree or repo.git_dir
    task = tasks_of(repo).append(TaskId(survey(repo).names[0]), lambda _: [Archived(True)])
    layout.index_file(repo).unlink()
    blob = git(top, "rev-parse", f"{task.tip}:{layout.TASK_FILE}")
    stored = repo.common_dir / "objects" / blob[:2] / blob[2:]
    stored.rename(aside := stored.with_name("aside"))
    for _ in range(2):
        agrees(repo)
        assert len(seen(repo)[2]) == 1
    aside.rename(stored)
    agrees(repo)
    assert seen(repo)[2] == []


def test_many_news_are_read_from_git_and_kept(repo: Repo) -> None:
    agrees(repo)
    first = layout.index_file(repo).stat().st_ino
    make_tasks(repo, 10)
    agrees(repo)
    assert layout.index_file(repo).stat().st_ino == first
    make_tasks(repo, FEW)
    agrees(repo)
    assert layout.index_file(repo).stat().st_ino != first


def _empty(data: bytes) -> bytes:
    return b""


def _cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def _garbage(data: bytes) -> bytes:
    return b"no database" * 1000


def _torn(data: bytes) -> bytes:
    return data[:4096] + bytes(8192) + data[12288:]


def _other_version(data: bytes) -> bytes:
    return _changed(data, "UPDATE meta SET version = '999'")


def _no_version(data: bytes) -> bytes:
    return _changed(data, "DELETE FROM meta")


def _other_tables(data: bytes) -> bytes:
    return _changed(data, "DROP TABLE counts")


def _body_of_nobody(data: bytes) -> bytes:
    return _changed(data, "UPDATE shown SET body = '{}'")


def _changed(data: bytes, words: str) -> bytes:
    with closing(sqlite3.connect(":memory:")) as db:
        db.deserialize(data)
        db.execute(words)
        db.commit()
        return db.serialize()


DAMAGE = (
    _empty, _cut, _garbage, _torn, _other_version, _no_version, _other_tables, _body_of_nobody,
)  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_file_that_is_no_index_of_ours_is_written_anew(
    repo: Repo, damage: Callable[[bytes], bytes]
) -> None:
    agrees(repo)
    index = layout.index_file(repo)
    good = index.read_bytes()
    index.write_bytes(damage(good))
    agrees(repo)
    assert index.read_bytes() == good


def test_a_folder_in_its_place_is_gone_without(repo: Repo) -> None:
    layout.index_file(repo).mkdir(parents=True)
    agrees(repo)
    agrees(repo)


@pytest.mark.modes
def test_a_folder_that_cannot_be_written_to_is_read_all_the_same(repo: Repo) -> None:
    repo.private.mkdir(exist_ok=True)
    repo.private.chmod(0o500)
    try:
        agrees(repo)
        assert not layout.index_file(repo).exists()
    finally:
        repo.private.chmod(0o700)


def test_where_the_folder_cannot_be_made_it_does_without(repo: Repo) -> None:
    """What root can see of it, too: a file stands where the folder should be."""
    shutil.rmtree(repo.private, ignore_errors=True)
    repo.private.write_text("in the way")
    agrees(repo)
    agrees(repo)


def test_readers_writers_and_vandals_at_once(repo: Repo) -> None:
    truth, index = expected(repo), layout.index_file(repo)

    def work(number: int) -> None:
        for step in range(6):
            if number % 4 == 0:
                index.unlink(missing_ok=True)
            elif number % 4 == 1 and step % 2:
                index.write_bytes(b"SQLite format 3\0" + bytes(number * 100))
            assert seen(repo) == truth

    with ThreadPoolExecutor(8) as workers:
        list(workers.map(work, range(8)))
    index.unlink(missing_ok=True)
    agrees(repo)
    assert not [path for path in repo.private.iterdir() if path.name.startswith(".")]


def test_status_is_the_same_with_and_without_it(repo: Repo, phc: Phc) -> None:
    for words in ((), ("--mine",), ("-l", "x"), ("--status", "done"), ("-a",)):
        layout.index_file(repo).unlink(missing_ok=True)
        cold = phc("status", "--json", *words, cwd=repo.worktree)  # the list itself has ages
        phc("status", cwd=repo.worktree)
        assert layout.index_file(repo).exists()
        warm = phc("status", "--json", *words, cwd=repo.worktree)
        assert (warm.code, warm.out, warm.err) == (cold.code, cold.out, cold.err)


def test_it_does_not_answer_for_another_listing(repo: Repo) -> None:
    agrees(repo)
    raw = raw_refs(repo, layout.TASKS)
    lines = raw.splitlines(keepends=True)
    moved = lines[0].replace(lines[0][:4], b"0000", 1)
    index = read_index(repo)
    assert index is not None
    with index:
        known = index.about(moved + b"".join(lines[2:]))
    assert known is not None
    assert known.news == [moved.rstrip(b"\n")]
    assert known.gone == {line.rpartition(b"/")[2].strip().decode() for line in lines[:2]}
    assert known.away.total() + len(index.bodies.keys() - known.gone) == COUNT - 2
