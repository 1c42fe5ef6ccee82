"""Ports: valid, free, the owner's own, and there again."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from git_phc.errors import PhcError
from git_phc.host.ports import END, FIRST, SIZE, Owner, is_free, release, reserve


@contextmanager
def listening(port: int, address: str = "127.0.0.1") -> Iterator[None]:
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind((address, port))
        server.listen()
        yield


def owner(tmp_path: Path, name: str) -> Owner:
    return Owner(name, tmp_path / "records" / name)


def test_a_block_is_valid_and_stays_the_owners(tmp_path: Path) -> None:
    folder, one = tmp_path / "ports", owner(tmp_path, "one")
    found = reserve(folder, one)
    assert len(found) == SIZE
    assert FIRST <= found[0] <= found[-1] < END <= 32768
    with listening(found[3]):  # its own server
        assert reserve(folder, one) == found
    release(folder, one)
    assert list(folder.iterdir()) == []
    assert not one.record.exists()
    assert reserve(folder, one) == found  # where the search begins is told by the name
    release(folder, owner(tmp_path, "other"))
    assert reserve(folder, one) == found


@pytest.mark.parametrize("at", [0, SIZE - 1])
def test_a_block_on_which_somebody_listens_is_passed_over(tmp_path: Path, at: int) -> None:
    folder, one = tmp_path / "ports", owner(tmp_path, "one")
    first = reserve(folder, one)
    release(folder, one)
    with listening(first[at]):
        assert not is_free(first[at])
        assert reserve(folder, one)[0] != first[0]


def test_owners_of_one_name_in_two_repositories_share_none(tmp_path: Path) -> None:
    folder = tmp_path / "ports"
    one, two = (Owner("same", tmp_path / name / "record") for name in ("a", "b"))
    assert not set(reserve(folder, one)) & set(reserve(folder, two))


def test_a_record_that_was_copied_is_no_reservation(tmp_path: Path) -> None:
    folder, one, two = tmp_path / "ports", owner(tmp_path, "one"), owner(tmp_path, "two")
    found = reserve(folder, one)
    two.record.write_text(str(found[0]))
    assert not set(reserve(folder, two)) & set(found)
    release(folder, two)
    assert reserve(folder, one) == found


@pytest.mark.parametrize("text", ["", "x", "1", "10001", "99999999", "-20", "32760"])
def test_a_damaged_record_counts_for_nothing(tmp_path: Path, text: str) -> None:
    one = owner(tmp_path, "one")
    one.record.parent.mkdir()
    one.record.write_text(text)
    assert reserve(tmp_path / "ports", one)[0] >= FIRST


def hoard(tmp_path: Path, free: int) -> list[Path]:
    """Reserves all blocks but so many; the records of their owners."""
    records = []
    for start in range(FIRST + free * SIZE, END, SIZE):
        record = tmp_path / "hoard" / str(start)
        record.parent.mkdir(exist_ok=True)
        record.write_text(str(start))
        (tmp_path / "ports").mkdir(exist_ok=True)
        (tmp_path / "ports" / f"{start}.json").write_text(json.dumps({"record": str(record)}))
        records.append(record)
    return records


def test_when_all_are_taken_the_dead_ones_are_cleared_away(tmp_path: Path) -> None:
    folder, records = tmp_path / "ports", hoard(tmp_path, free=1)
    first, second = owner(tmp_path, "first"), owner(tmp_path, "second")
    assert reserve(folder, first)[0] == FIRST
    with pytest.raises(PhcError, match="all ports for tasks are reserved"):
        reserve(folder, second)
    records[7].unlink()  # its repository was deleted, say
    assert reserve(folder, second)[0] == int(records[7].name)
    assert len(list(folder.glob("*.json"))) == len(records) + 1
