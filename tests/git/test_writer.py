from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from git_phc.errors import PhcError
from git_phc.git.encoding import BLOB, COMMIT, FILE, FOLDER, Entry, Signature, encode_commit
from git_phc.git.loose import LooseWriter, objects_folder
from git_phc.git.objects import Reader, put_tree
from git_phc.git.repo import Repo, open_repo
from tests.kit import MakeRepo, RunGit, run_program, unavailable


def place_of(repo: Repo, oid: str) -> Path:
    return objects_folder(repo) / oid[:2] / oid[2:]


def put_history(repo: Repo, who: Signature) -> str:
    """Two commits with folders, an empty tree, an empty and a binary blob; the second's id."""
    writer = LooseWriter(repo)
    blob, empty = writer.put(BLOB, bytes(range(256))), writer.put(BLOB, b"")
    folder = put_tree(writer, {b"x\ny": Entry(FILE, blob), b"z": Entry(FILE, empty)})
    nothing = put_tree(writer, {})
    top = put_tree(
        writer,
        {
            b"a": Entry(FOLDER, folder),
            b"a.b": Entry(FILE, blob),
            b"a0": Entry(FILE, empty),
            b"\xff": Entry(FILE, blob),
        },
    )
    first = writer.put(COMMIT, encode_commit(nothing, [], who, who, "first\n\nPhc-Event: created"))
    return writer.put(COMMIT, encode_commit(top, [first], who, who, "second"))


def test_git_reads_what_is_written_and_finds_no_fault(repo: Repo, ada: Signature) -> None:
    tip = put_history(repo, ada)
    repo.git("update-ref", "refs/phc/x", tip)
    done = repo.git("fsck", "--strict", "--full", "--no-dangling")
    assert (done.out, done.err) == (b"", b"")
    assert repo.git("log", "--format=%an <%ae> %at %s|%(trailers)", tip).out.decode() == (
        "Ada Tester <ada@example.com> 1767323045 second|\n"
        "Ada Tester <ada@example.com> 1767323045 first|Phc-Event: created\n\n"
    )
    names = repo.git("ls-tree", "-r", "-z", "--name-only", tip).out.split(b"\0")
    assert names == [b"a.b", b"a/x\ny", b"a/z", b"a0", b"\xff", b""]
    assert repo.git("cat-file", "blob", f"{tip}:a.b").out == bytes(range(256))


@pytest.mark.parametrize("kind", [b"blob", b"tree"])
def test_an_id_is_what_git_would_give(repo: Repo, writer: LooseWriter, kind: bytes) -> None:
    oid = writer.put(kind, b"")
    by_git = repo.git("hash-object", "-t", kind.decode(), "--stdin", input=b"").out
    assert oid == by_git.decode().strip()
    assert len(oid) == len(repo.zero)


def test_what_is_there_already_is_not_written_again(repo: Repo, writer: LooseWriter) -> None:
    oid = writer.put(BLOB, b"once")
    before = place_of(repo, oid).stat().st_ino
    assert writer.put(BLOB, b"once") == oid
    assert LooseWriter(repo).put(BLOB, b"once") == oid
    assert place_of(repo, oid).stat().st_ino == before


def test_a_lock_that_a_killed_writer_left_is_passed_by(repo: Repo, writer: LooseWriter) -> None:
    oid = repo.git("hash-object", "--stdin", input=b"stuck").out.decode().strip()
    lock = place_of(repo, oid).with_name(place_of(repo, oid).name + ".lock")
    lock.parent.mkdir(exist_ok=True)
    lock.touch()
    assert writer.put(BLOB, b"stuck") == oid
    assert repo.git("cat-file", "blob", oid).out == b"stuck"
    assert lock.exists()


def test_a_store_that_cannot_be_written_is_one_sentence(repo: Repo, writer: LooseWriter) -> None:
    shutil.rmtree(objects_folder(repo))
    objects_folder(repo).touch()
    with pytest.raises(PhcError) as failed:
        writer.put(BLOB, b"x")
    assert failed.value.message == "the repository cannot be written to: not a directory"


def test_a_linked_worktree_writes_to_the_shared_store(
    make_repo: MakeRepo, git: RunGit, tmp_path: Path
) -> None:
    root = make_repo()
    git(root, "worktree", "add", "-q", tmp_path / "linked")
    linked = open_repo(tmp_path / "linked")
    oid = LooseWriter(linked).put(BLOB, b"from the worktree")
    with Reader(open_repo(root)) as reader:
        assert reader.get(oid).data == b"from the worktree"


# -- the disk ----------------------------------------------------------------------------------

PUT = """
import sys
from pathlib import Path
from git_phc.git.encoding import BLOB
from git_phc.git.loose import LooseWriter
from git_phc.git.refs import Move, move_refs, read_ref
from git_phc.git.repo import open_repo
repo = open_repo(Path(sys.argv[1]))
print(LooseWriter(repo).put(BLOB, b"to be kept"))
move_refs(repo, [Move("refs/phc/x", None, sys.argv[2])])
"""


def traced(argv: list[str], trace: Path, cwd: Path) -> list[str]:
    """The system calls that name, sync or rename files, one a line, in their order."""
    strace = shutil.which("strace")
    if strace is None:
        unavailable("needs strace on PATH")
        return []
    calls = "trace=openat,fsync,fdatasync,rename,renameat,renameat2,link,linkat"
    words = [strace, "-f", "-y", "-qq", "-e", calls, "-o", str(trace), *argv]
    done = run_program(words, cwd=cwd, env=root_on_path())
    if "ptrace" in done.err:
        unavailable(f"strace may not trace here: {done.err.splitlines()[0]}")
    assert done.code == 0, done.err
    return trace.read_text(errors="replace").splitlines()


def root_on_path() -> Mapping[str, str]:
    return {"PYTHONPATH": str(Path(__file__).resolve().parents[2])}


def test_objects_and_refs_are_on_the_disk_before_they_are_named(repo: Repo, tmp_path: Path) -> None:
    head = repo.text("rev-parse", "HEAD")
    argv = [sys.executable, "-c", PUT, str(repo.worktree), head]
    calls = traced(argv, tmp_path / "trace", tmp_path)
    oid = repo.git("hash-object", "--stdin", input=b"to be kept").out.decode().strip()
    for name in (f"objects/{oid[:2]}/tmp_obj_", "refs/phc/x.lock"):
        found = re.compile(rf"(fsync|fdatasync|rename\w*|link\w*)\(.*{re.escape(name)}")
        order = [match[1] for call in calls if (match := found.search(call))]
        assert order[0] in {"fsync", "fdatasync"}, order
        assert order[-1].startswith("rename"), order
