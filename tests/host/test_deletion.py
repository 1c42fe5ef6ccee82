"""A folder is deleted whole, and nothing that is not in it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from git_phc.host.deletion import delete_tree, mounted_in
from tests.kit import bound_by_modes, run_program, unavailable

DELETED = """
import sys
from pathlib import Path
from git_phc.host.deletion import delete_tree
print(delete_tree(Path(sys.argv[1])))
"""


def test_folders_that_nobody_may_write_or_enter_are_deleted_too(tmp_path: Path) -> None:
    inner = tmp_path / "gone" / "cache" / "module"
    inner.mkdir(parents=True)
    (inner / "file").write_text("x")
    (inner / "file").chmod(0o444)
    inner.chmod(0o555)
    inner.parent.chmod(0)
    done = run_program([*bound_by_modes(), sys.executable, "-c", DELETED, tmp_path / "gone"])
    assert (done.code, done.out) == (0, "True\n"), done.err
    assert list(tmp_path.iterdir()) == []


def test_folders_in_folders_are_deleted_however_many(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    code = "import os\nfor _ in range(2500): os.mkdir('ab'); os.chdir('ab')"
    assert run_program([sys.executable, "-c", code], cwd=gone).code == 0
    assert delete_tree(gone)
    assert list(tmp_path.iterdir()) == []


def test_a_link_goes_and_what_it_leads_to_stays(tmp_path: Path) -> None:
    outside, gone = tmp_path / "outside", tmp_path / "gone"
    outside.mkdir()
    (outside / "file").write_text("mine")
    outside.chmod(0o755)
    gone.mkdir()
    (gone / "folder").symlink_to(outside)
    (gone / "file").symlink_to(outside / "file")
    (gone / "broken").symlink_to("nowhere")
    os.link(outside / "file", gone / "hard")
    assert delete_tree(gone)
    assert (outside / "file").read_text() == "mine"
    (tmp_path / "root").symlink_to(outside)
    assert not delete_tree(tmp_path / "root")
    assert (outside / "file").read_text() == "mine"


MOUNTED = """
import subprocess, sys
from pathlib import Path
from git_phc.host.deletion import delete_tree, mounted_in
outside, gone = Path(sys.argv[1]), Path(sys.argv[2])
subprocess.run(["mount", "--bind", outside, gone / "in side"], check=True)
assert mounted_in(gone) == gone / "in side", mounted_in(gone)
assert not delete_tree(gone)
assert (gone / "in side/file").read_text() == "mine"
print("held")
"""


def test_what_is_mounted_inside_stops_it(tmp_path: Path) -> None:
    outside, gone = tmp_path / "outside", tmp_path / "gone"
    (gone / "in side").mkdir(parents=True)
    outside.mkdir()
    (outside / "file").write_text("mine")
    alone = ["unshare", "--map-root-user", "--mount"]
    if run_program([*alone, "mount", "--bind", outside, gone / "in side"]).code:
        unavailable("needs the right to mount in a namespace of its own")
    done = run_program([*alone, sys.executable, "-c", MOUNTED, outside, gone])
    assert (done.code, done.out) == (0, "held\n"), done.err
    assert mounted_in(gone) is None
    assert delete_tree(gone)


@pytest.mark.parametrize("name", ["plain", "with space", "tab\there"])
def test_nothing_is_mounted_in_a_usual_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    assert mounted_in(tmp_path / name) is None
