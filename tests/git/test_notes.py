from __future__ import annotations

import pytest

from git_phc.errors import DamagedTask
from git_phc.git import notes
from git_phc.git.encoding import BLOB, Signature
from git_phc.git.loose import LooseWriter
from git_phc.git.refs import read_ref
from git_phc.git.repo import Repo
from tests.git.racing import run_at_once

BY_GIT = ("notes", f"--ref={notes.REF}")


def commits(repo: Repo, count: int) -> list[str]:
    """Names of commits; git takes a note on any name, whether it is there or not."""
    tree = repo.text("rev-parse", "HEAD^{tree}")
    return [repo.text("commit-tree", "-m", str(n), tree) for n in range(count)]


def by_git(repo: Repo, commit: str) -> bytes:
    return repo.git(*BY_GIT, "show", commit).out


def test_lines_are_sorted_and_kept_once(repo: Repo, writer: LooseWriter, ada: Signature) -> None:
    one, two, three = commits(repo, 3)
    assert notes.read(repo, [one]) == {}
    for line in (b'{"b":1}', b'{"a":1}', b'{"b":1}', b"\xff"):
        notes.add_lines(repo, writer, {one: [line]}, who=ada)
    notes.add_lines(repo, writer, {two: [b"other"]}, who=ada)
    expected = {one: b'{"a":1}\n{"b":1}\n\xff\n', two: b"other\n"}
    assert notes.read(repo, [two, one, three, one, "nowhere"]) == expected
    assert {commit: by_git(repo, commit) for commit in (one, two)} == expected
    assert repo.text("log", "--format=%an|%s", notes.REF).splitlines() == [
        f"Ada Tester|note on {commit[:12]}" for commit in (two, one, one, one)
    ]
    assert repo.git("fsck", "--strict", "--no-dangling").err == b""


def test_a_line_that_is_there_makes_no_commit(
    repo: Repo, writer: LooseWriter, ada: Signature
) -> None:
    (one,) = commits(repo, 1)
    notes.add_lines(repo, writer, {one: [b"line"]}, who=ada)
    tip = read_ref(repo, notes.REF)
    notes.add_lines(repo, writer, {one: [b"line"]}, who=ada)
    assert read_ref(repo, notes.REF) == tip


@pytest.mark.parametrize("line", [b"", b"two\nlines", b"end\n"])
def test_only_a_line_is_taken(repo: Repo, writer: LooseWriter, ada: Signature, line: bytes) -> None:
    with pytest.raises(ValueError, match="is not one line"):
        notes.add_lines(repo, writer, {"1" * 40: [line]}, who=ada)


def test_notes_of_git_are_read_and_added_to(
    repo: Repo, writer: LooseWriter, ada: Signature
) -> None:
    one, two, three = commits(repo, 3)
    repo.git(*BY_GIT, "add", "-m", "z\n\na", one)
    repo.git(*BY_GIT, "add", "-m", "kept", two)
    assert notes.read(repo, [one, two]) == {one: b"a\nz\n", two: b"kept\n"}
    notes.add_lines(repo, writer, {one: [b"m"]}, who=ada)
    notes.add_lines(repo, writer, {three: [b"new"]}, who=ada)
    repo.git(*BY_GIT, "append", "-m", "b", three)
    expected = {one: b"a\nm\nz\n", two: b"kept\n", three: b"b\nnew\n"}
    assert notes.read(repo, [one, two, three]) == expected
    assert repo.git(*BY_GIT, "list").out.count(b"\n") == 3


def test_notes_that_git_has_fanned_out(repo: Repo, writer: LooseWriter, ada: Signature) -> None:
    blob = writer.put(BLOB, b"old\n")
    size = len(repo.zero)
    names = [f"{n:04x}".ljust(size, "7") for n in range(0, 65536, 500)]
    places = (f"{name[:2]}/{name[2:4]}/{name[4:]}" for name in names)
    script = "".join(f"M 100644 {blob} {place}\n" for place in places)
    head = f"commit {notes.REF}\ncommitter A <a> 1 +0000\ndata 0\n"
    repo.git("fast-import", "--quiet", input=(head + script).encode())
    fresh = "abcdef".ljust(size, "8")
    for name in (names[7], fresh):
        notes.add_lines(repo, writer, {name: [b"new"]}, who=ada)
    found = notes.read(repo, [*names, fresh])
    assert found == dict.fromkeys(names, b"old\n") | {names[7]: b"new\nold\n", fresh: b"new\n"}
    listed = repo.git(*BY_GIT, "list").out.decode().split()[1::2]
    assert sorted(listed) == sorted([*names, fresh])


def test_what_else_is_in_the_tree_stays(repo: Repo, writer: LooseWriter, ada: Signature) -> None:
    (one,) = commits(repo, 1)
    blob = writer.put(BLOB, b"mine\n")
    listing = f"100644 blob {blob}\tREADME\0" + f"100644 blob {blob}\t{one[:2]}\0"
    tree = repo.git("mktree", "-z", input=listing.encode()).out.decode().strip()
    repo.git("update-ref", notes.REF, repo.text("commit-tree", "-m", "x", tree))
    notes.add_lines(repo, writer, {one: [b"line"]}, who=ada)
    assert notes.read(repo, [one]) == {one: b"line\n"}
    names = repo.text("ls-tree", "--name-only", notes.REF).splitlines()
    assert sorted(names) == sorted(["README", one[:2], one])


def test_a_note_that_a_merge_put_in_two_places_becomes_one(
    repo: Repo, writer: LooseWriter, ada: Signature
) -> None:
    (one,) = commits(repo, 1)
    top, below = writer.put(BLOB, b"b\na\n"), writer.put(BLOB, b"c\n")
    inner = f"100644 blob {below}\t{one[2:]}\0"
    folder = repo.git("mktree", "-z", input=inner.encode()).out.decode().strip()
    listing = f"100644 blob {top}\t{one}\0" + f"040000 tree {folder}\t{one[:2]}\0"
    tree = repo.git("mktree", "-z", input=listing.encode()).out.decode().strip()
    repo.git("update-ref", notes.REF, repo.text("commit-tree", "-m", "x", tree))
    assert notes.read(repo, [one]) == {one: b"a\nb\nc\n"}
    notes.add_lines(repo, writer, {one: [b"d"]}, who=ada)
    assert notes.read(repo, [one]) == {one: b"a\nb\nc\nd\n"}
    assert repo.text("ls-tree", "-r", "--name-only", notes.REF) == f"{one[:2]}/{one[2:]}"


def test_a_ref_that_holds_no_notes_is_damage(
    repo: Repo, writer: LooseWriter, ada: Signature
) -> None:
    blob = writer.put(BLOB, b"no commit")
    repo.git("update-ref", notes.REF, blob)
    with pytest.raises(DamagedTask):
        notes.add_lines(repo, writer, {"1" * 40: [b"line"]}, who=ada)
    with pytest.raises(DamagedTask):
        notes.read(repo, ["1" * 40])
    assert read_ref(repo, notes.REF) == blob


ADD = """
from pathlib import Path
from git_phc.git import notes
from git_phc.git.encoding import Signature
from git_phc.git.loose import LooseWriter
from git_phc.git.repo import open_repo

place, who, *commits = sys.argv[1:]
repo = open_repo(Path(place))
writer, ada = LooseWriter(repo), Signature("A", "a@example.com", 1)
for commit in commits:
    notes.add_lines(repo, writer, {commit: [f"line of {who}".encode()]}, who=ada)
"""


def race(repo: Repo, writers: int, commits: list[str]) -> None:
    run_at_once(ADD, [[str(repo.worktree), f"{n:02}", *commits] for n in range(writers)])
    whole = "".join(f"line of {n:02}\n" for n in range(writers)).encode()
    assert notes.read(repo, commits) == dict.fromkeys(commits, whole)
    assert repo.text("rev-list", "--count", notes.REF) == str(writers * len(commits))


def test_lines_added_at_once_are_all_kept(repo: Repo) -> None:
    race(repo, 4, commits(repo, 1))


@pytest.mark.races
def test_lines_added_by_twenty_at_once_are_all_kept(repo: Repo) -> None:
    race(repo, 20, commits(repo, 3))
