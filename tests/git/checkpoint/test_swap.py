"""A checkpoint in the place of another, in a checkout that its user goes on with."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from git_phc.errors import DamagedTask, Refused
from git_phc.git.checkpoint import Checkpoint, restore, swap
from git_phc.git.checkpoint.compare import is_still
from git_phc.git.encoding import BLOB, FILE, FOLDER, Entry
from git_phc.git.loose import LooseWriter
from git_phc.git.objects import put_tree
from git_phc.git.repo import open_repo
from tests.git.checkpoint.lab import Lab, picture
from tests.git.checkpoint.test_restore import forge, forge_entry, other


def leads_out(lab: Lab, link: Checkpoint) -> str:
    """A link with an untracked file in the folder above, which it says is to be skipped."""
    writer = LooseWriter(lab.repo)
    above = put_tree(writer, {b"victim": Entry(FILE, writer.put(BLOB, b"x"))})
    untracked = put_tree(writer, {b"..": Entry(FOLDER, above)})
    skips = writer.put(BLOB, b"../victim\0")
    flags = put_tree(writer, {b"skip-worktree": Entry(FILE, skips)})
    forged = forge_entry(lab, link, f"040000 tree {untracked}\tuntracked")
    return forge_entry(lab, replace(link, link=forged), f"040000 tree {flags}\tflags")


def test_no_file_elsewhere_is_taken_away(lab: Lab) -> None:
    forged = leads_out(lab, lab.take())
    lab.write("a.txt", "later\n")
    kept = lab.take()
    victim = lab.place.parent / "victim"
    victim.write_text("mine\n")
    before = picture(lab.place)

    with pytest.raises(DamagedTask, match="no checkout can have"):
        swap(lab.repo, forged, kept.link)

    assert (victim.read_text(), picture(lab.place)) == ("mine\n", before)


def test_a_file_that_only_the_target_skips_stays(lab: Lab) -> None:
    lab.write("s", "tracked\n")
    lab.git("add", "s")
    lab.git("update-index", "--skip-worktree", "s")
    (lab.place / "s").unlink()
    target = lab.take()
    lab.git("update-index", "--no-skip-worktree", "s")
    lab.git("rm", "-q", "--cached", "s")
    (lab.main / ".git/info/exclude").write_text("/s\n")
    lab.write("s", "ignored, and nowhere else\n")
    kept = lab.take()

    with pytest.raises(Refused, match="in the way"):
        swap(lab.repo, target.link, kept.link)

    assert (lab.place / "s").read_text() == "ignored, and nowhere else\n"
    assert is_still(lab.repo, kept.link)


@pytest.mark.parametrize("said", [b"644", b"644 755 755 7", b"644 755 10000000", b"-1 1 1"])
def test_modes_that_are_none_are_damage(lab: Lab, said: bytes) -> None:
    forged = forge(lab, lab.take(), "modes", said + b"\0")

    with pytest.raises(DamagedTask):
        restore(open_repo(other(lab, "--no-checkout")), forged)
