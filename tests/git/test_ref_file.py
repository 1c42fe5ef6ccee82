"""What a ref's own file says of it, and what only git can say."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from git_phc.git.encoding import BLOB
from git_phc.git.loose import LooseWriter
from git_phc.git.ref_file import oid_in_file
from git_phc.git.refs import read_ref
from git_phc.git.repo import Repo, open_repo

REF = "refs/phc/tasks/x"


@pytest.fixture(params=["sha1", "sha256"])
def repo(request: pytest.FixtureRequest, tmp_path: Path) -> Repo:
    words = ("init", "-q", "--bare", f"--object-format={request.param}")
    subprocess.run(["git", *words, tmp_path], check=True)
    return open_repo(tmp_path)


@pytest.fixture
def oid(repo: Repo) -> str:
    return LooseWriter(repo).put(BLOB, b"1")


def test_it_says_where_a_ref_is(repo: Repo, oid: str) -> None:
    assert oid_in_file(repo, REF) is None
    assert read_ref(repo, REF) is None
    repo.git("update-ref", REF, oid)
    assert oid_in_file(repo, REF) == oid == read_ref(repo, REF)


def test_of_one_that_is_packed_git_knows(repo: Repo, oid: str) -> None:
    repo.git("update-ref", REF, oid)
    repo.git("pack-refs", "--all", "--prune")
    assert oid_in_file(repo, REF) is None
    assert read_ref(repo, REF) == oid


def test_of_one_that_leads_to_another_git_knows(repo: Repo, oid: str) -> None:
    repo.git("update-ref", "refs/phc/other", oid)
    repo.git("symbolic-ref", REF, "refs/phc/other")
    assert oid_in_file(repo, REF) is None
    assert read_ref(repo, REF) == oid


@pytest.mark.parametrize(
    "said", [b"", b"\n", b"no id\n", b"{oid}", b"{oid} \n", b"{oid}\n\n", b"0{oid}\n"]
)
def test_what_git_would_not_write_is_left_to_git(repo: Repo, oid: str, said: bytes) -> None:
    repo.git("update-ref", REF, oid)
    (repo.common_dir / REF).write_bytes(said.replace(b"{oid}", oid.encode()))
    assert oid_in_file(repo, REF) is None


def test_a_folder_in_its_place_is_left_to_git(repo: Repo, oid: str) -> None:
    repo.git("update-ref", f"{REF}/below", oid)
    assert oid_in_file(repo, REF) is None
    assert read_ref(repo, REF) is None
