"""A git that is kept to move refs, killed while it waits, while it works, or with its owner."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import psutil
import pytest

from git_phc.errors import GitFailed, LostRace, PhcError
from git_phc.git.encoding import BLOB
from git_phc.git.loose import LooseWriter
from git_phc.git.mover import Mover
from git_phc.git.refs import Move, move_refs, read_ref
from git_phc.git.repo import Repo
from git_phc.git.writers import forget_dead, left_locks
from tests.kit import require

REF = "refs/phc/tasks/x"
# A git that is killed when it is about to put the ref's new file in place of the old one.
KILLED = """\
#!/bin/sh
exec strace -qq -o /dev/null -e trace=rename -e inject=rename:signal=KILL:when=1 "{git}" "$@"
"""
KILLS_ITSELF = """
import os, signal, sys
from pathlib import Path
from git_phc.git.mover import Mover
from git_phc.git.refs import Move, move_refs
from git_phc.git.repo import open_repo
repo = open_repo(Path(sys.argv[1]))
move_refs(repo, [Move(sys.argv[2], None, sys.argv[3])], mover=Mover(repo))
os.kill(os.getpid(), signal.SIGKILL)
"""

# The same, when its git holds the locks and waits for the last word.
KILLS_ITSELF_HALF_WAY = """
import os, signal, sys
from pathlib import Path
from git_phc.git import mover
from git_phc.git.refs import Move, move_refs
from git_phc.git.repo import open_repo
ask = mover._ask
def killed(process, words, count):
    if words.startswith(b"commit"):
        os.kill(os.getpid(), signal.SIGKILL)
    return ask(process, words, count)
mover._ask = killed
repo = open_repo(Path(sys.argv[1]))
move_refs(repo, [Move(sys.argv[2], *sys.argv[3:])], mover=mover.Mover(repo))
"""


@pytest.fixture
def oids(writer: LooseWriter) -> list[str]:
    return [writer.put(BLOB, bytes([n])) for n in range(3)]


@pytest.fixture
def mover(repo: Repo) -> Iterator[Mover]:
    with closing(Mover(repo)) as mover:
        yield mover


def kept(repo: Repo) -> list[psutil.Process]:
    """The gits that this process keeps to move refs of the repository."""
    found = []
    for child in psutil.Process().children():
        with suppress(psutil.ZombieProcess):  # what another test has left
            if {"update-ref", f"--git-dir={repo.git_dir}"} <= set(child.cmdline()):
                found.append(child)
    return found


def records(repo: Repo) -> list[Path]:
    return list((repo.private / "writers").iterdir())


def test_one_git_makes_all_the_moves(repo: Repo, mover: Mover, oids: list[str]) -> None:
    assert kept(repo) == []
    move_refs(repo, [Move(REF, None, oids[0])], mover=mover)
    (first,) = kept(repo)
    move_refs(repo, [Move(REF, oids[0], oids[1])], mover=mover)
    assert kept(repo) == [first]
    assert [record.read_bytes() for record in records(repo)] == [b""]
    mover.close()
    assert not first.is_running()
    assert records(repo) == []
    move_refs(repo, [Move(REF, oids[1], oids[2])], mover=mover)
    assert read_ref(repo, REF) == oids[2]


def test_one_that_was_killed_while_it_waited_is_replaced(
    repo: Repo, mover: Mover, oids: list[str]
) -> None:
    move_refs(repo, [Move(REF, None, oids[0])], mover=mover)
    (first,) = kept(repo)
    first.kill()
    move_refs(repo, [Move(REF, oids[0], oids[1])], mover=mover)
    assert read_ref(repo, REF) == oids[1]
    assert kept(repo) not in ([], [first])


@pytest.mark.parametrize("is_kept", [True, False])
def test_the_lock_of_one_that_was_killed_at_work_is_healed(
    repo: Repo,
    mover: Mover,
    oids: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    is_kept: bool,
) -> None:
    require("strace")
    move_refs(repo, [Move(REF, None, oids[0])])
    wrapper = tmp_path / "bin" / "git"
    wrapper.parent.mkdir()
    wrapper.write_text(KILLED.format(git=shutil.which("git")))
    wrapper.chmod(0o755)
    with monkeypatch.context() as patched:
        patched.setenv("PATH", f"{wrapper.parent}:{os.environ['PATH']}")
        with pytest.raises(GitFailed):
            move_refs(repo, [Move(REF, oids[0], oids[1])], mover=mover if is_kept else None)
    assert left_locks(repo) != []
    assert read_ref(repo, REF) == oids[0]
    move_refs(repo, [Move(REF, oids[0], oids[1])], mover=mover)
    assert read_ref(repo, REF) == oids[1]
    assert left_locks(repo) == []


def test_what_a_dead_owner_once_moved_is_not_taken_for_its_own(repo: Repo, oids: list[str]) -> None:
    words = [sys.executable, "-c", KILLS_ITSELF, str(repo.worktree), REF, oids[0]]
    assert subprocess.run(words, check=False).returncode == -signal.SIGKILL
    assert read_ref(repo, REF) == oids[0]
    lock = repo.common_dir / f"{REF}.lock"
    lock.touch()  # a git of the user's is at work
    with pytest.raises(PhcError, match="stayed locked"):
        move_refs(repo, [Move(REF, oids[0], oids[1])], lock_wait=1.5)
    assert lock.exists()
    assert len(records(repo)) == 1
    assert forget_dead(repo) == 1
    assert records(repo) == []


def test_a_git_whose_owner_was_killed_half_way_takes_it_back(
    repo: Repo, mover: Mover, oids: list[str]
) -> None:
    move_refs(repo, [Move(REF, None, oids[0])], mover=mover)
    words = [sys.executable, "-c", KILLS_ITSELF_HALF_WAY, str(repo.worktree), REF, *oids[:2]]
    assert subprocess.run(words, check=False).returncode == -signal.SIGKILL
    move_refs(repo, [Move(REF, oids[0], oids[2])], mover=mover)  # waits for that git, at most
    assert read_ref(repo, REF) == oids[2]
    assert left_locks(repo) == []


SEEN = "refs/phc/remotes/origin/tasks/x"


def test_what_was_seen_is_set_by_another_that_syncs_nothing(
    repo: Repo, mover: Mover, oids: list[str]
) -> None:
    seen = {SEEN: oids[1], "refs/phc/remotes/origin/queue/x": None}
    move_refs(repo, [Move(REF, None, oids[0])], seen=seen, mover=mover)
    assert (read_ref(repo, REF), read_ref(repo, SEEN)) == (oids[0], oids[1])
    syncs = ["core.fsync=all" in process.cmdline() for process in kept(repo)]
    assert sorted(syncs) == [False, True]
    mover.close()
    assert kept(repo) == []


def test_what_was_seen_is_not_set_where_the_move_was_lost(
    repo: Repo, mover: Mover, oids: list[str]
) -> None:
    move_refs(repo, [Move(REF, None, oids[0])], mover=mover)
    with pytest.raises(LostRace):
        move_refs(repo, [Move(REF, oids[1], oids[2])], seen={SEEN: oids[2]}, mover=mover)
    assert (read_ref(repo, REF), read_ref(repo, SEEN)) == (oids[0], None)


def test_what_was_seen_and_cannot_be_set_stops_no_move(
    repo: Repo, mover: Mover, oids: list[str]
) -> None:
    lock = repo.common_dir / f"{SEEN}.lock"
    lock.parent.mkdir(parents=True)
    lock.touch()
    move_refs(repo, [Move(REF, None, oids[0])], seen={SEEN: oids[1]}, mover=mover, lock_wait=0.1)
    assert (read_ref(repo, REF), read_ref(repo, SEEN)) == (oids[0], None)
