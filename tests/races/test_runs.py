"""Runs that are begun at the same time: each task has one at a time, and none is lost."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from git_phc.git.repo import open_repo
from git_phc.services.context import Context
from git_phc.services.find import find
from tests.git.racing import housekeeping, run_at_once
from tests.kit import MakeRepo, Outcome
from tests.races.crowd import sound
from tests.races.programs import BLOCK, at_once, phc, told

pytestmark = pytest.mark.races

RESUME = """
import os
from pathlib import Path
from git_phc.errors import PhcError
from git_phc.git.repo import open_repo
from git_phc.services.context import Context
from git_phc.services.find import find
from git_phc.services.talk import resume

place, task, said = sys.argv[1:]
ctx = Context(open_repo(Path(place)), Path(place))
try:
    resume(ctx, find(ctx, task), lambda words: None)
    word = "won"
except PhcError as error:
    word = error.message
Path(said).write_text(word)
"""


def runs_of(repo: Path, task: str) -> int:
    events = open_repo(repo).text(
        "log", "--format=%(trailers:key=Phc-Event)", f"refs/phc/tasks/{task}"
    )
    return events.count("Phc-Event: claimed")


def ended_well(repo: Path, ended: Sequence[Outcome]) -> None:
    told(ended)
    if any(done.code for done in ended):
        tasks = json.loads(phc(repo, "status", "--all", "--json").out)["tasks"]
        reasons = [(task["status"], task.get("reason")) for task in tasks]
        logs = [log.read_text() for log in repo.glob(".git/phc/runs/*/supervisor.log")]
        pytest.fail("\n".join([f"{[done for done in ended if done.code]}", f"{reasons}", *logs]))


def resume_rounds(make_repo: MakeRepo, tmp_path: Path, rounds: int, rivals: int) -> None:
    repo, go = make_repo(), tmp_path / "go"
    go.touch()
    env = {"PHC_GO": str(go)}
    task = phc(repo, "start", "a race", "-q", *BLOCK, **env).out.strip()
    for number in range(rounds):
        go.unlink()
        said = [tmp_path / f"said {rival}" for rival in range(rivals)]
        argvs = [[str(repo), task, str(file)] for file in said]
        run_at_once(f"import os\nos.environ.update({env!r})\n{RESUME}", argvs)
        words = sorted(file.read_text() for file in said)
        assert words == ["this task runs here already"] * (rivals - 1) + ["won"]
        go.touch()
        assert phc(repo, "wait", task).code == 0
        assert runs_of(repo, task) == number + 2
    sound(open_repo(repo))


def test_of_two_that_resume_one_wins(make_repo: MakeRepo, tmp_path: Path) -> None:
    resume_rounds(make_repo, tmp_path, rounds=2, rivals=2)


@pytest.mark.races
def test_of_many_that_resume_one_wins_each_time(make_repo: MakeRepo, tmp_path: Path) -> None:
    resume_rounds(make_repo, tmp_path, rounds=40, rivals=4)


def storm(make_repo: MakeRepo, count: int) -> None:
    repo = make_repo()
    words = ["start", "one of many", "-q", "--", "sh", "-c", "echo made > made.txt"]
    chores = (["worktree", "prune"], ["pack-refs", "--all", "--prune"], ["gc", "--quiet"])
    with housekeeping(open_repo(repo), *chores):
        ended = at_once(repo, [words] * count)
    ended_well(repo, ended)
    tasks = {done.out.strip() for done in ended}
    listed = json.loads(phc(repo, "status", "--json").out)["tasks"]
    assert {task["id"] for task in listed} == tasks
    assert len(tasks) == count
    places = [Path(task["worktree"]) for task in listed]
    assert len(set(places)) == count
    assert all((place / "made.txt").read_text() == "made\n" for place in places)
    assert {task["status"] for task in listed} == {"ready"}
    sound(open_repo(repo))


def test_a_storm_of_starts(make_repo: MakeRepo) -> None:
    storm(make_repo, 4)


@pytest.mark.races
def test_a_great_storm_of_starts(make_repo: MakeRepo) -> None:
    storm(make_repo, 40)


IDENTITY = """
from pathlib import Path
from git_phc.git.repo import open_repo
from git_phc.store.identity import clone_id

place, said = sys.argv[1:]
Path(said).write_text(clone_id(open_repo(Path(place))))
"""


@pytest.mark.parametrize("rounds", [1, pytest.param(50, marks=pytest.mark.races)])
def test_a_clone_has_one_name_whoever_asks_first(
    make_repo: MakeRepo, tmp_path: Path, rounds: int
) -> None:
    for number in range(rounds):
        repo = make_repo(f"repo{number}")
        said = [tmp_path / f"said {rival}" for rival in range(20)]
        run_at_once(IDENTITY, [[str(repo), str(file)] for file in said])
        names = {file.read_text() for file in said}
        assert len(names) == 1
        assert len(names.pop()) == 16
        assert [file.name for file in (repo / ".git/phc").iterdir()] == ["clone"]


def work_and_prune(make_repo: MakeRepo, rounds: int) -> None:
    """Checkpoints are whole, though git prunes whatever has no name while they are made."""
    repo = make_repo(files={f"file{n}": f"{n}\n" * 50 for n in range(20)})
    script = 'for n in $(seq 12); do echo "$PHC_PROMPT $n" > "new $n"; echo more >> "file$n"; done'
    task = phc(repo, "start", "0", "-q", "--", "sh", "-c", script).out.strip()
    with housekeeping(open_repo(repo), ["gc", "--quiet", "--prune=now"]) as codes:
        for number in range(1, rounds):  # each is looked at before the next tidies up after it
            ended_well(repo, [phc(repo, "send", task, str(number))])
        ended_well(repo, [phc(repo, "done", task)])
    assert codes
    sound(open_repo(repo))
    assert phc(repo, "undo", task).code == 0
    place = Path(phc(repo, "path", task).out.strip())
    assert [(place / f"new {n}").read_text() for n in range(1, 13)] == [
        f"{rounds - 1} {n}\n" for n in range(1, 13)
    ]
    assert (place / "file1").read_text() == "1\n" * 50 + "more\n" * rounds


@pytest.mark.parametrize("rounds", [2, pytest.param(30, marks=pytest.mark.races)])
def test_a_checkpoint_is_whole_whatever_git_prunes(make_repo: MakeRepo, rounds: int) -> None:
    work_and_prune(make_repo, rounds)


TALK = """
import os, sys, time
sys.stdout.write(("x" * 99 + chr(10)) * 30000)
sys.stdout.flush()
while not os.path.exists(os.environ["PHC_GO"]):
    time.sleep(0.05)
"""


def test_a_long_transcript_is_not_pruned_on_its_way(make_repo: MakeRepo, tmp_path: Path) -> None:
    repo, go = make_repo(), tmp_path / "go"
    words = ["start", "talk", "-d", "-q", "--", sys.executable, "-c", TALK]
    task = phc(repo, *words, PHC_GO=str(go)).out.strip()
    ctx = Context(open_repo(repo), repo)
    while len(phc(repo, "logs", task).out) < 3_000_000:
        pass
    ctx.repo.git("gc", "--quiet", "--prune=now")
    go.touch()
    assert phc(repo, "wait", task).code == 0
    assert find(ctx, task).status == "ready"
    assert phc(repo, "logs", task).out.count("x" * 99) == 30000
    sound(ctx.repo)
