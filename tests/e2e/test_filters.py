"""Files that git converts on their way: put away, taken back and merged, byte for byte."""

from __future__ import annotations

import pytest

from tests.e2e.stage import Stage, snapshot
from tests.kit import require

pytestmark = pytest.mark.slow


def goes_away_and_comes_back(stage: Stage, task: str) -> None:
    tree = stage.tree(task)
    before = snapshot(tree)
    stage.ok("archive", task)
    stage.ok("unarchive", task)
    assert snapshot(tree) == before
    stage.ok("rewind", task, "--to", "0")
    assert snapshot(tree) != before
    stage.ok("undo", task)
    assert snapshot(tree) == before


def attributes(stage: Stage, text: str, **files: bytes) -> None:
    (stage.repo / ".gitattributes").write_text(text)
    for name, data in files.items():
        (stage.repo / name.replace("_", ".")).write_bytes(data)
    stage.git("add", "-A")
    stage.git("commit", "-qm", "attributes")


def test_what_git_lfs_keeps(stage: Stage) -> None:
    require("git-lfs")
    stage.git("lfs", "install", "--local", "--skip-repo")
    attributes(stage, "*.bin filter=lfs diff=lfs merge=lfs -text\n", a_bin=b"one" * 9000)
    task = stage.start("printf two > a.bin; printf new > n.bin; printf s > s.bin; git add s.bin")
    goes_away_and_comes_back(stage, task)
    stage.ok("merge", task)
    found = {name: (stage.repo / f"{name}.bin").read_bytes() for name in "ans"}
    assert found == {"a": b"two", "n": b"new", "s": b"s"}
    assert "git-lfs" in stage.git("show", "HEAD:n.bin")
    assert stage.git("status", "--porcelain") == ""
    assert stage.git("lfs", "fsck") == "Git LFS fsck OK"


def test_line_endings_by_autocrlf(stage: Stage) -> None:
    stage.git("config", "core.autocrlf", "true")
    attributes(stage, "", a_txt=b"one\r\n", b_txt=b"bee\n")
    task = stage.start(r"printf 'two\r\n' > a.txt; printf 'x\r\ny\n' > mixed; : > empty")
    goes_away_and_comes_back(stage, task)
    stage.ok("merge", task)
    assert (stage.repo / "a.txt").read_bytes() == b"two\r\n"
    assert stage.git("show", "HEAD:a.txt") == "two"
    assert stage.git("status", "--porcelain") == ""


@pytest.mark.parametrize("required", ["true", "false"])
def test_a_filter_that_fails(stage: Stage, required: str) -> None:
    attributes(stage, "*.f filter=f\n", a_f=b"one\n")
    task = stage.start("echo two > a.f; echo new > n.f; echo plain > p")
    for key, value in ("clean", "false"), ("smudge", "cat"), ("required", required):
        stage.git("config", f"filter.f.{key}", value)
    goes_away_and_comes_back(stage, task)
    if required == "true":
        before = snapshot(stage.repo)
        for verb in ("merge", "apply"):
            assert "only git itself can add them: a.f, n.f." in stage.no(1, verb, task)
            assert snapshot(stage.repo) == before
        stage.ok("done", task)
        assert "a.f, n.f" in stage.no(1, "apply", task)
        stage.git("config", "filter.f.clean", "cat")  # it is mended
        stage.ok("undo", task)
    stage.ok("merge", task)
    assert [(stage.repo / name).read_text() for name in ("a.f", "n.f")] == ["two\n", "new\n"]


def test_a_file_too_big_for_one_blob_is_never_left_out_in_silence(stage: Stage) -> None:
    task = stage.start("truncate -s 46M big; echo small > small")
    assert "only git itself can add them: big" in stage.no(1, "merge", task)
    stage.ok("archive", task)
    stage.ok("unarchive", task)
    tree = stage.tree(task)
    assert (tree / "big").stat().st_size == 46 << 20
    stage.run_git(tree, "add", "big")
    stage.run_git(tree, "commit", "-qm", "big")
    stage.ok("merge", task)
    assert (stage.repo / "big").stat().st_size == 46 << 20
