"""`gc` and `doctor --fix`: what is left over goes, what holds work stays."""

from __future__ import annotations

import json
import os
import re
import signal
from pathlib import Path

import psutil
import pytest

from tests.e2e.stage import until
from tests.kit import MakeRepo, Phc, RunGit


@pytest.fixture
def repo(make_repo: MakeRepo) -> Path:
    return make_repo()


def make_ready(phc: Phc, repo: Path) -> str:
    return phc("start", "one", "-q", "--", "sh", "-c", "seq 20000 > made", cwd=repo).out.strip()


def refs(git: RunGit, repo: Path) -> list[str]:
    return git(repo, "for-each-ref", "--format=%(refname)", "refs/phc").splitlines()


@pytest.mark.slow
def test_gc_drops_nothing_by_itself(repo: Path, phc: Phc, git: RunGit) -> None:
    task = make_ready(phc, repo)
    phc("delete", task, cwd=repo)
    before = refs(git, repo)
    done = phc("gc", cwd=repo)
    assert (done.code, done.err) == (0, "")
    assert refs(git, repo) == before
    assert phc("undo", cwd=repo).code == 0


def test_gc_while_git_packs_for_somebody_else(repo: Path, phc: Phc) -> None:
    (repo / ".git" / "gc.pid").write_text(f"{os.getpid()} {os.uname().nodename}")
    refused = phc("gc", cwd=repo)
    assert (refused.code, refused.out, refused.err) == (
        1,
        "",
        (
            "git phc: git packs this repository just now, for somebody else.\n"
            "Wait until it has, then try again: git phc gc\n"
        ),
    )


def test_gc_packs_refs_and_objects(repo: Path, phc: Phc, git: RunGit) -> None:
    make_ready(phc, repo)
    phc("gc", cwd=repo)
    assert [path for path in (repo / ".git/refs/phc").rglob("*") if path.is_file()] == []
    # what no ref names (a draft that lost, say) is not packed, and not dropped either
    assert int(git(repo, "count-objects").split()[0]) < 5


def test_a_dry_run_changes_nothing(repo: Path, phc: Phc, git: RunGit) -> None:
    make_ready(phc, repo)
    before = git(repo, "count-objects")
    assert "would be packed" in phc("gc", "--dry-run", cwd=repo).out
    assert git(repo, "count-objects") == before


def test_drop_shows_the_size_and_asks(repo: Path, phc: Phc, git: RunGit) -> None:
    task = make_ready(phc, repo)
    assert phc("gc", "--drop", task, "-y", cwd=repo).code == 1  # its worktree stands
    phc("delete", task, cwd=repo)
    before = refs(git, repo)
    asked = phc("gc", "--drop", task, cwd=repo)
    assert asked.code == 2
    assert "KiB that nothing else holds" in asked.out
    assert "-y" in asked.err
    assert refs(git, repo) == before
    declined = phc("gc", "--drop", task, cwd=repo, tty=True, input="n\n")
    assert declined.code == 0
    assert refs(git, repo) == before


@pytest.mark.slow
def test_what_was_dropped_comes_back_by_the_printed_commands(
    repo: Path, phc: Phc, git: RunGit
) -> None:
    task = make_ready(phc, repo)
    phc("delete", task, cwd=repo)
    dropped = phc("gc", "--drop", task, "-y", cwd=repo)
    assert dropped.code == 0
    assert refs(git, repo) == []
    for line in dropped.lines[1:]:
        git(repo, *line.partition(": git ")[2].split())
    assert phc("undo", task, cwd=repo).code == 0


def test_a_running_task_is_not_dropped(repo: Path, phc: Phc) -> None:
    task = phc("start", "one", "-dq", "--", "sleep", "60", cwd=repo).out.strip()
    done = phc("gc", "--drop", task, "-y", cwd=repo)
    assert done.code == 1
    assert "End its run first" in done.err
    phc("stop", task, cwd=repo)


@pytest.mark.slow
def test_doctor_ends_what_a_killed_supervisor_left(
    repo: Path, phc: Phc, git: RunGit, tmp_path: Path
) -> None:
    ready = tmp_path / "ready"
    task = phc(
        "start", "one", "-dq", "--", "sh", "-c", f"touch '{ready}'; exec sleep 60", cwd=repo
    ).out.strip()
    while not ready.exists():
        pass
    run = json.loads(phc("show", task, "--json", cwd=repo).out)["run"]["id"]
    agents = [p for p in psutil.process_iter() if environ(p).get("PHC_RUN") == run]
    for process in psutil.process_iter():
        if "git_phc.run" in command(process) and task in command(process):
            os.kill(process.pid, signal.SIGKILL)
    # the kernel lets go of the dead one's lock a moment after the signal
    while "interrupted" not in phc("status", cwd=repo).out:
        pass
    found = phc("doctor", cwd=repo)
    assert found.code == 1
    assert "was interrupted" in found.out
    assert f"processes of a run of {task[:8]} are left" in found.out
    phc("doctor", "--fix", cwd=repo)
    _, alive = psutil.wait_procs(agents, timeout=5)
    assert alive == []
    assert phc("stop", task, cwd=repo).code == 0
    assert phc("doctor", cwd=repo).out == "All is well.\n"


def environ(process: psutil.Process) -> dict[str, str]:
    try:
        return process.environ()
    except (psutil.Error, OSError):
        return {}


def command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except (psutil.Error, OSError):
        return []


def left_in_trash(repo: Path, place: Path) -> Path:
    """A folder that was moved aside, by somebody who was killed then."""
    trash = place.with_name(f".{place.name}.trash-ab12")
    trash.mkdir()
    (trash / "x").touch()
    record = repo / ".git/phc/trash/ab12"
    record.parent.mkdir(exist_ok=True)
    record.write_bytes(bytes(trash))
    return trash


@pytest.mark.parametrize("words", [["doctor", "--fix"], ["gc"]])
def test_what_was_to_be_deleted_is_named_and_deleted(
    repo: Path, phc: Phc, words: list[str]
) -> None:
    task = make_ready(phc, repo)
    place = Path(phc("path", task, cwd=repo).out.strip())
    trash = left_in_trash(repo, place)
    beside = place.with_name(f".{place.name}.trash-1")  # nobody has said that it is ours
    beside.mkdir()
    assert f"{trash} was to be deleted" in phc("doctor", cwd=repo).out
    assert phc(*words, cwd=repo).code == 0
    assert not trash.exists()
    assert beside.exists()
    assert place.exists()
    assert phc("doctor", cwd=repo).out == "All is well.\n"


@pytest.mark.slow
def test_worktrees_and_what_they_take(repo: Path, phc: Phc) -> None:
    first, second = make_ready(phc, repo), make_ready(phc, repo)

    def disk() -> int | None:
        shown: dict[str, int | None] = json.loads(phc("status", "--json", first, cwd=repo).out)
        return shown["disk"]

    until(lambda: disk() is not None)
    before = disk() or 0
    place = Path(phc("path", first, cwd=repo).out.strip())
    (place / "big").write_bytes(b"x" * 1_000_000)
    (place / "outside").symlink_to("/usr")
    assert disk() == before  # as of the last turn: nobody walks through files for a list
    shown = json.loads(phc("gc", "--dry-run", "--json", cwd=repo).out)
    sizes = {one["task"]: one["bytes"] for one in shown["worktrees"]}
    assert sizes[first] == disk()
    assert 1_000_000 <= sizes[first] - before < 1_100_000
    assert set(sizes) == {first, second}
    phc("delete", second, cwd=repo)
    until(lambda: not (repo / ".git/phc/housekeeping").exists())
    until(lambda: json.loads(phc("gc", "--dry-run", "--json", cwd=repo).out)["pool"])
    told = phc("gc", "--dry-run", cwd=repo).lines[-1]
    assert re.fullmatch(
        r"On the disk: 1 worktree of tasks, [\d.]+ MiB; 1 worktree kept ready, [\d.]+ KiB\.", told
    )
    assert "disk" not in json.loads(phc("show", "--json", second, cwd=repo).out)


@pytest.mark.slow
def test_the_next_done_deletes_what_a_killed_one_has_left(repo: Path, phc: Phc) -> None:
    first, second = make_ready(phc, repo), make_ready(phc, repo)
    place = Path(phc("path", first, cwd=repo).out.strip())
    trash = left_in_trash(repo, place)
    assert phc("done", second, cwd=repo).code == 0
    until(lambda: not trash.exists())
    until(lambda: not list(place.parent.glob(".trash-*")))
