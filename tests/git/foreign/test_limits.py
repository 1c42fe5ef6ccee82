"""What an agent makes as small as it likes for itself costs no more outside: disk and memory."""

from __future__ import annotations

import os
import resource
import zlib
from pathlib import Path

import pytest

from git_phc.errors import GitFailed, Refused
from git_phc.git.foreign.beneath import beneath
from git_phc.git.foreign.copies import Copies
from git_phc.git.foreign.store import STORE
from git_phc.git.foreign.take_in import take_in
from tests.git.foreign.yard import BRANCH, Yard

LARGE = 512 << 20


def sparse(path: Path, size: int = LARGE) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.truncate(size)
    return path


def shared_indexes(yard: Yard) -> list[str]:
    return sorted(path.name for path in yard.shadow.git_dir.glob("sharedindex.*"))


@pytest.mark.parametrize("name", ["objects/ab/" + "0" * 38, f"objects/pack/pack-{'0' * 40}.pack"])
def test_an_object_file_with_holes_is_refused_by_name(yard: Yard, name: str) -> None:
    yard.commit(**{"new.txt": "new\n"})
    odd = sparse(yard.clone / ".git" / name)
    odd.with_suffix(".idx").touch()
    with pytest.raises(Refused, match=f"{name} has holes"):
        take_in(yard.shadow)
    assert not (yard.shadow.git_dir / STORE).exists()
    odd.unlink()
    take_in(yard.shadow)


def test_one_file_under_many_names_is_refused(yard: Yard) -> None:
    yard.commit(**{"new.txt": "new\n"})
    oid = yard.git("rev-parse", "HEAD:new.txt")
    file = yard.clone / ".git/objects" / oid[:2] / oid[2:]
    os.link(file, file.with_name("0" * 38))
    with pytest.raises(Refused, match="is the file of another name, too"):
        take_in(yard.shadow)


def test_an_index_with_holes_is_refused(yard: Yard) -> None:
    sparse(yard.clone / ".git/index")
    with pytest.raises(Refused, match="index has holes"):
        take_in(yard.shadow)


def test_no_more_than_so_many_bytes_are_copied(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(b"x" * 60)
    with beneath(tmp_path.parent, tmp_path.name) as folder:
        copies = Copies(folder, 100)
        copies.copy("a", tmp_path / "one")
        with pytest.raises(Refused, match="more than the 40 bytes"):
            copies.copy("b", tmp_path / "other")
    assert not (tmp_path / "other").exists()


def test_copies_that_the_disk_has_no_room_for_are_taken_away(yard: Yard) -> None:
    yard.write("large.bin", os.urandom(300_000))
    yard.commit()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            take_in(yard.shadow)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not (yard.shadow.git_dir / STORE).exists()
    take_in(yard.shadow)


def test_a_damaged_pack_leaves_nothing_in_the_store(yard: Yard) -> None:
    yard.commit(**{"new.txt": "new\n"})
    place = yard.clone / ".git/objects/pack"
    (place / f"pack-{'1' * 40}.pack").write_bytes(b"PACK\0\0\0\2\0\0\0\1" + os.urandom(5000))
    (place / f"pack-{'1' * 40}.idx").touch()
    take_in(yard.shadow)
    kept = (yard.shadow.git_dir / STORE / "objects/pack").iterdir()
    assert [path.name for path in kept] == [f"pack-{'1' * 40}.pack.from"]


def test_shared_indexes_that_the_index_does_not_name_stay_there(yard: Yard) -> None:
    for digit in "12":
        sparse(yard.clone / f".git/sharedindex.{digit * 40}")
    yard.write("staged.txt", "staged\n")
    yard.git("add", "staged.txt")
    take_in(yard.shadow)
    assert shared_indexes(yard) == []


def test_of_shared_indexes_the_one_in_use_is_kept(yard: Yard) -> None:
    found = []
    for name in ("one.txt", "two.txt"):
        yard.write(name, name)
        yard.git("add", name)
        yard.git("update-index", "--split-index")
        take_in(yard.shadow)
        found.append(shared_indexes(yard))
        assert name in yard.shadow.text("ls-files")
    assert [len(names) for names in found] == [1, 1]
    assert found[0] != found[1]
    yard.git("update-index", "--no-split-index")
    take_in(yard.shadow)
    assert shared_indexes(yard) == []


def test_a_shared_index_with_holes_is_refused(yard: Yard) -> None:
    yard.git("update-index", "--split-index")
    [base] = (yard.clone / ".git").glob("sharedindex.*")
    sparse(base)
    with pytest.raises(Refused, match=f"{base.name} has holes"):
        take_in(yard.shadow)
    assert shared_indexes(yard) == []


@pytest.mark.parametrize("kind", ["commit", "tree"])
def test_an_object_that_is_too_large_for_memory_is_refused(yard: Yard, kind: str) -> None:
    """Its head says how long it is, and so much memory git takes before it looks at the rest."""
    oid = "ab" + "1" * 38
    place = yard.clone / ".git/objects" / oid[:2]
    place.mkdir()
    (place / oid[2:]).write_bytes(zlib.compress(b"%s %d\0" % (kind.encode(), (1 << 30) + 1)))
    tip = yard.clone / ".git" / BRANCH
    tip.parent.mkdir()
    tip.write_text(f"{oid}\n")
    with pytest.raises(Refused, match="over limit 1073741824"):
        take_in(yard.shadow)


def test_git_in_a_clone_has_the_same_limit(yard: Yard) -> None:
    (yard.shadow.common_dir / "objects/ab").mkdir(exist_ok=True)
    oid = "ab" + "1" * 38
    data = zlib.compress(b"tree %d\0" % ((1 << 30) + 1))
    (yard.shadow.common_dir / "objects" / oid[:2] / oid[2:]).write_bytes(data)
    with pytest.raises(GitFailed, match="over limit"):
        yard.shadow.git("ls-tree", oid)


def test_an_operation_that_keeps_too_much_is_refused(yard: Yard) -> None:
    for number in range(5):
        sparse(yard.clone / f".git/rebase-merge/{number}", 16 << 20)
    with pytest.raises(Refused, match="operation under way has more than 67108864 bytes"):
        take_in(yard.shadow)


def test_what_does_not_come_in_whole_leaves_nothing_in_our_repository(yard: Yard) -> None:
    yard.write("a.bin", os.urandom(2_000_000))
    yard.write("b.bin", os.urandom(2_000_000))
    yard.commit()
    oid = yard.git("rev-parse", "HEAD:b.bin")
    file = yard.clone / ".git/objects" / oid[:2] / oid[2:]
    data = file.read_bytes()
    file.chmod(0o600)
    file.write_bytes(data[:-1_000_000] + bytes(1_000_000))  # its head is as it should be
    with pytest.raises(Refused):
        take_in(yard.shadow)
    assert sorted((yard.own.common_dir / "objects").rglob("tmp_*")) == []
    file.write_bytes(data)
    take_in(yard.shadow)
    assert yard.ours("cat-file", "-s", oid) == "2000000"
