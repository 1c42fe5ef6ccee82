from __future__ import annotations

import os
from pathlib import Path

import pytest

from git_phc.errors import DamagedTask, GitFailed
from git_phc.git.encoding import BLOB, FILE, Entry
from git_phc.git.loose import LooseWriter, objects_folder
from git_phc.git.objects import Object, Reader, put_tree, read_many
from git_phc.git.repo import Repo
from git_phc.host.beside import Beside
from tests.kit import Processes


def test_an_object_by_its_id_a_ref_or_a_path(repo: Repo) -> None:
    oid = repo.text("rev-parse", "HEAD:README.md")
    readme = Object(oid, BLOB, b"# A repository\n")
    with Reader(repo) as reader:
        assert reader.get(oid) == readme
        assert reader.get("HEAD:README.md") == readme
        assert reader.get(b"refs/heads/main:README.md") == readme
        assert reader.get("HEAD").kind == b"commit"
        assert reader.tree("HEAD^{tree}") == {b"README.md": Entry(FILE, oid)}


def test_an_empty_object_and_a_large_one(repo: Repo, writer: LooseWriter) -> None:
    large = os.urandom(1 << 20) * 3 + b"\n0123 blob 5\n"
    with Reader(repo) as reader:
        for data in (b"", large, b"\n", b""):
            assert reader.get(writer.put(BLOB, data)).data == data


@pytest.mark.parametrize(
    "name", ["", "nowhere", "HEAD:no such file", "1" * 40, "a b 12", "x\ny", "HEAD\nHEAD", "\udcff"]
)
def test_what_there_is_not_is_none_and_the_next_answer_is_right(repo: Repo, name: str) -> None:
    with Reader(repo) as reader:
        assert reader.find(name) is None
        assert reader.find("HEAD:README.md") == Object(
            repo.text("rev-parse", "HEAD:README.md"), BLOB, b"# A repository\n"
        )
        with pytest.raises(DamagedTask, match="is missing from this repository"):
            reader.get(name)


def test_names_in_a_tree_may_be_anything(repo: Repo, writer: LooseWriter) -> None:
    blob = writer.put(BLOB, b"x")
    names = [b"two\nlines", b"a b", b"\xff\xfe", b"missing", b"-rf", b'"q"', b"t\tab"]
    tree = put_tree(writer, {name: Entry(FILE, blob) for name in names})
    with Reader(repo) as reader:
        assert reader.tree(tree) == {name: Entry(FILE, blob) for name in names}
        found = {name: reader.find(tree.encode() + b":" + name) for name in names}
    assert [name for name, obj in found.items() if obj is None] == [b"two\nlines"]


@pytest.mark.parametrize("name", ["HEAD", "HEAD:README.md"])
def test_what_is_no_tree_is_damage_and_no_crash(repo: Repo, name: str) -> None:
    with Reader(repo) as reader, pytest.raises(DamagedTask, match="is no readable tree"):
        reader.tree(name)


def test_a_ref_is_seen_as_it_is_now(repo: Repo, writer: LooseWriter) -> None:
    one, two = writer.put(BLOB, b"1"), writer.put(BLOB, b"2")
    with Reader(repo) as reader:
        assert reader.find("refs/phc/x") is None
        for oid in (one, two, one):
            repo.git("update-ref", "refs/phc/x", oid)
            assert reader.get("refs/phc/x").oid == oid
        repo.git("pack-refs", "--all", "--prune")
        assert reader.get("refs/phc/x").oid == one
        repo.git("update-ref", "-d", "refs/phc/x")
        assert reader.find("refs/phc/x") is None


def test_it_tells_where_a_ref_is_as_others_move_it(repo: Repo, writer: LooseWriter) -> None:
    one, two = writer.put(BLOB, b"1"), writer.put(BLOB, b"2")
    with Reader(repo) as reader:
        assert not reader.is_at("refs/phc/x", one)
        for oid, other in ((one, two), (two, one)):
            repo.git("update-ref", "refs/phc/x", oid)
            assert reader.is_at("refs/phc/x", oid)
            assert not reader.is_at("refs/phc/x", other)
        repo.git("pack-refs", "--all", "--prune")
        assert reader.is_at("refs/phc/x", two)
        repo.git("update-ref", "refs/tags/refs/phc/x", one)  # what the name might mean, too
        assert reader.is_at("refs/phc/x", two)
        repo.git("update-ref", "-d", "refs/phc/x")
        assert not reader.is_at("refs/phc/x", two)


def test_threads_share_a_reader(repo: Repo, writer: LooseWriter) -> None:
    texts = [b"%d" % number * 5000 for number in range(200)]
    oids = [writer.put(BLOB, text) for text in texts]
    with Reader(repo) as reader, Beside() as beside:
        for found in [
            beside.submit(lambda: [reader.get(oid).data for oid in oids]) for _ in range(4)
        ]:
            assert found.result() == texts


def test_a_reader_survives_gc_and_repack(repo: Repo, writer: LooseWriter) -> None:
    oid = writer.put(BLOB, b"moved into a pack")
    repo.git("update-ref", "refs/phc/x", oid)
    with Reader(repo) as reader:
        assert reader.get("HEAD").kind == b"commit"
        repo.git("gc", "--quiet", "--prune=now")
        assert not (objects_folder(repo) / oid[:2] / oid[2:]).exists()
        assert reader.get(oid).data == b"moved into a pack"
        repo.git("repack", "-adq", "--window=1")
        assert reader.get(oid).data == b"moved into a pack"
        late = LooseWriter(repo).put(BLOB, b"after the pack")
        assert reader.get(late).data == b"after the pack"


def test_a_reader_whose_process_was_killed_starts_another(repo: Repo, processes: Processes) -> None:
    with Reader(repo) as reader:
        first = reader.get("HEAD")
        for _ in range(3):
            (running,) = processes()
            running.kill()
            running.wait(5)
            assert reader.get("HEAD") == first
        (running,) = processes()
        running.suspend()
        running.kill()
        assert reader.get("HEAD") == first
    assert processes() == []


def truncate(repo: Repo, writer: LooseWriter) -> tuple[str, str]:
    """A good object's id, and that of one whose file has lost its second half."""
    good, bad = writer.put(BLOB, b"good"), writer.put(BLOB, os.urandom(50_000))
    path = objects_folder(repo) / bad[:2] / bad[2:]
    path.chmod(0o644)
    os.truncate(path, path.stat().st_size // 2)
    return good, bad


def test_a_truncated_object_is_damage_and_harms_no_other(repo: Repo, writer: LooseWriter) -> None:
    good, bad = truncate(repo, writer)
    with Reader(repo) as reader:
        with pytest.raises(DamagedTask) as failed:
            reader.get(bad)
        assert failed.value.message == f"git cannot read the object {bad}"
        assert reader.get(good).data == b"good"


def test_many_at_once_in_their_order(repo: Repo, writer: LooseWriter) -> None:
    oids = [writer.put(BLOB, b"\n" * n) for n in range(5)]
    names = [oids[3], "1" * 40, "two\nlines", oids[0], "HEAD:README.md", "\udcff", "", oids[4]]
    found = [obj and obj.data for obj in read_many(repo, names)]
    assert found == [b"\n" * 3, None, None, b"", b"# A repository\n", None, None, b"\n" * 4]
    assert list(read_many(repo, [])) == []
    assert [obj and obj.oid for obj in read_many(repo, iter(oids))] == oids


def test_one_truncated_object_among_many_is_one_none(repo: Repo, writer: LooseWriter) -> None:
    good, bad = truncate(repo, writer)
    found = list(read_many(repo, [good, bad, "nowhere", good]))
    assert [obj and obj.data for obj in found] == [b"good", None, None, b"good"]


def test_a_repository_that_is_gone_is_no_list_of_nothing(repo: Repo) -> None:
    assert repo.worktree
    (repo.git_dir / "HEAD").unlink()
    with pytest.raises(GitFailed):
        list(read_many(repo, ["HEAD", "main"]))
    with Reader(repo) as reader, pytest.raises(DamagedTask):
        reader.find("HEAD")


def test_objects_of_an_alternate_are_found(repo: Repo, tmp_path: Path) -> None:
    alternates = objects_folder(repo) / "info/alternates"
    oid = repo.text("rev-parse", "HEAD")
    (objects_folder(repo)).rename(tmp_path / "other")
    (objects_folder(repo) / "info").mkdir(parents=True)
    alternates.write_text(f"{tmp_path / 'other'}\n")
    with Reader(repo) as reader:
        assert reader.get(oid).kind == b"commit"
    assert len(LooseWriter(repo).put(BLOB, b"new")) == len(repo.zero)
