"""What is kept of an agent's conversation may come from anywhere: where its files would lead."""

from __future__ import annotations

import pytest

from git_phc.git.encoding import BLOB, COMMIT, FILE, FOLDER, Entry, Signature, encode_commit
from git_phc.git.loose import LooseWriter
from git_phc.git.objects import put_tree
from git_phc.git.refs import Move, move_refs
from git_phc.git.repo import Repo, open_repo
from git_phc.model.ids import TaskId
from git_phc.store import layout
from git_phc.store.transcripts import segments, session_files
from tests.kit import MakeRepo

TASK = TaskId("k" * 32)
RUN = "a" * 64
WHO = Signature("Ada Tester", "ada@example.com", 1_767_323_045)


@pytest.fixture
def repo(make_repo: MakeRepo) -> Repo:
    return open_repo(make_repo())


def keep(repo: Repo, *names: tuple[bytes, ...], segment: bytes = b"000001.jsonl") -> None:
    """Keeps files of a session, each named by the entries of the trees that lead to it."""
    writer = LooseWriter(repo)
    blob = Entry(FILE, writer.put(BLOB, b"{}\n"))
    files: dict[bytes, Entry] = {}
    for name in names:
        entry = blob
        for part in reversed(name[1:]):
            entry = Entry(FOLDER, put_tree(writer, {part: entry}))
        files[name[0]] = entry
    turns = put_tree(writer, {b"1": Entry(FOLDER, put_tree(writer, files))})
    run = put_tree(writer, {segment: blob, b"session": Entry(FOLDER, turns)})
    top = put_tree(writer, {RUN.encode(): Entry(FOLDER, run)})
    tip = writer.put(COMMIT, encode_commit(top, [], WHO, WHO, "transcript"))
    move_refs(repo, [Move(layout.runs_ref(TASK), None, tip)])


def test_its_files_are_read_by_their_names(repo: Repo) -> None:
    keep(repo, (b"main.jsonl",), (b"files", b"sub", b"a.json"))
    assert session_files(repo, TASK, RUN) == {"main.jsonl": b"{}\n", "files/sub/a.json": b"{}\n"}


@pytest.mark.parametrize(
    "name",
    [
        (b"files", b"/etc/passwd"),
        (b"files", b"..", b"x"),
        (b"files", b"../x"),
        (b"files", b".", b"x"),
        (b"files", b".git", b"config"),
        (b"files", b"no utf-8 \xff"),
        (b"files", b"bell\x07"),
    ],
)
def test_none_is_taken_where_one_leads_elsewhere(repo: Repo, name: tuple[bytes, ...]) -> None:
    keep(repo, (b"main.jsonl",), name)
    assert session_files(repo, TASK, RUN) == {}


def test_a_segment_of_any_name_is_read(repo: Repo) -> None:
    keep(repo, (b"main.jsonl",), segment=b"\xff.jsonl")
    assert [segment.size for segment in segments(repo, TASK)] == [3]
