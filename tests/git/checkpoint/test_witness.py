"""A look that trusts the last one finds what a look at every file finds."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from git_phc.git.checkpoint.scan import MAX_BLOB, Scanner, Scene
from git_phc.git.checkpoint.shelf import Shelf
from git_phc.git.checkpoint.witness import Witness, load
from git_phc.git.desk import desk_for
from git_phc.git.loose import LooseWriter
from git_phc.git.objects import Reader
from tests.git.checkpoint.lab import Lab

Edit = Callable[[Lab], object]


def look(lab: Lab, *, trusting: bool) -> Scene:
    with desk_for(lab.repo) as desk, Reader(lab.repo) as reader:
        writer, shelf = LooseWriter(lab.repo), Shelf(lab.repo, reader)
        return Scanner(desk, reader, writer, shelf, MAX_BLOB, trusting=trusting).scan()


def known(lab: Lab) -> Witness | None:
    with desk_for(lab.repo) as desk:
        return load(desk)


def settle(lab: Lab) -> None:
    """Waits until nothing here is young any more, and looks."""
    time.sleep(3.1)
    lab.git("status")
    look(lab, trusting=True)


EDITS: list[Edit] = [
    lambda lab: lab.write("a.txt", "ONE\n"),
    lambda lab: (lab.place / "b.txt").chmod(0o600),
    lambda lab: (lab.place / "sub/deep/c.txt").unlink(),
    lambda lab: lab.write("sub/new", "untracked\n", 0o640),
    lambda lab: lab.git("add", "sub/new"),
    lambda lab: (lab.place / "sub/empty").mkdir(),
    lambda lab: lab.git("commit", "-q", "-m", "sub/new"),
    lambda lab: lab.git("mv", "run.sh", "ran.sh"),
    lambda lab: lab.write("dos.txt", "one\r\n"),
    lambda lab: lab.write(".gitattributes", "*.txt text\n"),
    lambda lab: lab.git("add", "--renormalize", "dos.txt"),
    lambda lab: lab.git("update-index", "--assume-unchanged", "a.txt"),
    lambda lab: lab.git("reset", "-q", "--hard"),
    lambda lab: lab.git("checkout", "-q", "HEAD~1"),
]


@pytest.mark.slow
def test_it_misses_nothing(lab: Lab) -> None:
    lab.commit(dos="ONE\n")
    settle(lab)
    trusted = known(lab)
    assert trusted is not None
    assert {"a.txt", "run.sh", "sub/deep/c.txt"} <= trusted.modes.keys()
    for number, edit in enumerate(EDITS):
        edit(lab)
        found, true = look(lab, trusting=True), look(lab, trusting=False)
        assert found.entries == true.entries, number
        if number % 4 == 3:
            settle(lab)


def test_what_is_young_is_not_trusted(lab: Lab) -> None:
    look(lab, trusting=True)

    trusted = known(lab)

    assert trusted is not None
    assert trusted.modes == {}


@pytest.mark.parametrize("damage", [b"", b"{}\n", b"\xff", b'{"v": 1}\n'])
def test_a_damaged_one_is_dropped(lab: Lab, damage: bytes) -> None:
    look(lab, trusting=True)
    (facts,) = (lab.repo.private / "witness").glob("*.facts")
    facts.write_bytes(damage)

    assert known(lab) is None
    assert look(lab, trusting=True).entries == look(lab, trusting=False).entries


@pytest.mark.slow
def test_it_is_renewed_with_the_index_and_misses_nothing(lab: Lab) -> None:
    settle(lab)
    (lab.place / "a.txt").chmod(0o600)
    lab.git("update-index", "--refresh")
    look(lab, trusting=True)

    trusted = known(lab)

    assert trusted is not None
    assert trusted.is_of(lab.repo.git_dir / "index")
    assert trusted.young == {"a.txt"}
    assert look(lab, trusting=True).entries == look(lab, trusting=False).entries
    (lab.place / "a.txt").chmod(0o640)
    assert look(lab, trusting=True).entries == look(lab, trusting=False).entries


def test_one_of_another_index_is_dropped(lab: Lab) -> None:
    look(lab, trusting=True)
    (index,) = (lab.repo.private / "witness").glob("*.index")
    index.write_bytes((lab.repo.git_dir / "index").read_bytes())

    assert known(lab) is None
