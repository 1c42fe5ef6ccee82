"""A git that is kept sees what is packed, however often and quickly that is replaced."""

from __future__ import annotations

from contextlib import closing

import pytest

from git_phc.errors import LostRace
from git_phc.git.encoding import BLOB
from git_phc.git.loose import LooseWriter
from git_phc.git.mover import Mover
from git_phc.git.objects import Reader
from git_phc.git.refs import Move, move_refs, read_ref
from git_phc.git.repo import Repo
from tests.kit import chance

REF = "refs/phc/tasks/x"
ROUNDS = 60


@pytest.fixture
def oids(writer: LooseWriter) -> list[str]:
    return [writer.put(BLOB, bytes([n])) for n in range(3)]


def pack(repo: Repo, oid: str) -> None:
    """Has the ref packed at this value: a file of the same size as before."""
    repo.git("update-ref", REF, oid)
    repo.git("pack-refs", "--all", "--prune")


def test_a_reader_sees_what_is_packed_now(repo: Repo, oids: list[str]) -> None:
    dice = chance()
    with Reader(repo) as reader:
        for _ in range(ROUNDS):
            for oid in (latest := dice.choices(oids, k=dice.randint(1, 3))):
                pack(repo, oid)
            found = reader.find(REF)
            assert found is not None
            assert found.oid == latest[-1]


def test_a_mover_overwrites_nothing_that_was_packed_meanwhile(repo: Repo, oids: list[str]) -> None:
    dice = chance()
    first, theirs, ours = oids
    with closing(Mover(repo)) as mover:
        for _ in range(ROUNDS):
            pack(repo, first)
            move_refs(repo, [Move(REF, first, first)], mover=mover)
            for oid in (latest := dice.choices([first, theirs], k=dice.randint(1, 3))):
                pack(repo, oid)
            move = [Move(REF, first, ours)]
            if latest[-1] == first:
                move_refs(repo, move, mover=mover)
                assert read_ref(repo, REF) == ours
            else:
                with pytest.raises(LostRace):
                    move_refs(repo, move, mover=mover)
                assert read_ref(repo, REF) == theirs
