"""Files with holes: as long as anybody likes, and next to nothing on the disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from git_phc.errors import PhcError
from git_phc.git.checkpoint.chunks import cut, pasted, write_file
from git_phc.git.loose import LooseWriter
from git_phc.git.objects import Reader
from tests.git.checkpoint.lab import Lab

PIECE = 1 << 16
SIZE = 64 << 20


class Counting(LooseWriter):
    puts = 0

    def put(self, kind: bytes, data: bytes) -> str:
        self.puts += 1
        return super().put(kind, data)


def holey(path: Path, size: int = SIZE, **data: int) -> Path:
    """A file of `size` bytes, each word of `data` at its place."""
    with path.open("wb") as file:
        file.truncate(size)
        for word, at in data.items():
            file.seek(at)
            file.write(word.encode())
    return path


@pytest.mark.parametrize("data", [{"x": 0}, {"x": SIZE // 2, "y": SIZE + 5}, {}])
@pytest.mark.parametrize("size", [SIZE, SIZE + 100])
def test_holes_are_one_blob(lab: Lab, data: dict[str, int], size: int) -> None:
    file = holey(lab.place / "holey", size, **data)
    writer = Counting(lab.repo)
    tree = cut(writer, file, PIECE)
    assert writer.puts < 60  # a piece of data has up to as much around it as the disk likes
    with Reader(lab.repo) as reader:
        parts = list(pasted(reader, tree))
    assert b"".join(parts) == file.read_bytes()
    assert {len(part) for part in parts[:-1]} == {PIECE}


@pytest.mark.parametrize(
    "parts",
    [
        [],
        [b""],
        [bytes(5)],
        [bytes(PIECE)] * 3,
        [b"a" * PIECE, bytes(PIECE), b"b"],
        [bytes(PIECE), b"\0\0a\0", bytes(3)],
    ],
)
def test_a_written_file_has_all_its_bytes(tmp_path: Path, parts: list[bytes]) -> None:
    write_file(tmp_path / "file", parts)
    assert (tmp_path / "file").read_bytes() == b"".join(parts)


def test_what_was_holes_takes_no_room_when_it_comes_back(lab: Lab) -> None:
    holey(lab.place / "holey", x=SIZE // 2)
    lab.there_and_back(max_blob=PIECE)
    assert (lab.place / "holey").stat().st_blocks * 512 < SIZE // 8


@pytest.mark.parametrize("name", ["new", "a.txt"])
def test_a_file_without_end_is_refused_by_name(lab: Lab, name: str) -> None:
    holey(lab.place / name, 2 << 40)
    with pytest.raises(PhcError, match=f"{name} has 2199023255552 bytes, and no checkpoint"):
        lab.take()
