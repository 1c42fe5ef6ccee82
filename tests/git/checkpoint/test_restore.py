"""Restoring: where it may, where it refuses, and what it does when the result is not right."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from git_phc.errors import DamagedTask, Refused
from git_phc.git.checkpoint import Checkpoint, HeadMode, NotRestored, restore
from git_phc.git.checkpoint.compare import compare
from git_phc.git.checkpoint.link import read_link
from git_phc.git.objects import Reader
from git_phc.git.repo import open_repo
from tests.git.checkpoint.lab import Lab, git, picture

EMPTY = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"


@pytest.fixture
def link(lab: Lab) -> Checkpoint:
    lab.write("a.txt", "changed\n")
    lab.write("new/file", "new\n")
    lab.git("rm", "-q", "b.txt")
    (lab.place / "run.sh").chmod(0o700)
    return lab.take()


def other(lab: Lab, *words: str) -> Path:
    place = lab.main.parent / "other"
    git(lab.main, "worktree", "add", "-q", "--detach", *words, str(place), "main")
    return place


def test_into_a_clean_checkout_of_something_else(lab: Lab, link: Checkpoint) -> None:
    git(lab.main, "checkout", "-q", "-b", "full")
    for name in ("x/y/z", "a.txt", "c"):
        (lab.main / name).parent.mkdir(parents=True, exist_ok=True)
        (lab.main / name).write_text("of something else\n")
    git(lab.main, "add", "-A")
    git(lab.main, "commit", "-q", "-m", "full")
    (lab.main / "bare/folder").mkdir(parents=True)

    restore(open_repo(lab.main), link.link, head=HeadMode.DETACHED)

    assert picture(lab.main) == picture(lab.place)


def test_head_stays_where_the_caller_has_set_it(lab: Lab, link: Checkpoint) -> None:
    place = other(lab, "--no-checkout")
    before = git(place, "rev-parse", "HEAD")

    restore(open_repo(place), link.link)

    assert git(place, "rev-parse", "HEAD") == before
    assert picture(place).files == picture(lab.place).files
    assert picture(place).index == picture(lab.place).index


def test_rewinding_goes_through_a_clean_checkout(lab: Lab, link: Checkpoint) -> None:
    before = picture(lab.place)
    lab.git("reset", "-q", "--hard")
    lab.git("clean", "-qfd")

    restore(lab.repo, link.link)

    assert picture(lab.place) == before


Dirt = Callable[[Path], object]


@pytest.mark.parametrize(
    "dirty",
    [
        lambda place: (place / "f").write_text("edited\n"),
        lambda place: (place / "untracked").write_text("x\n"),
        lambda place: (place / "f").unlink(),
        lambda place: git(place, "rm", "-q", "--cached", "f"),
        lambda place: git(place, "bisect", "start"),
        lambda place: [
            git(place, "update-index", "--assume-unchanged", "f"),
            (place / "f").write_text("hidden\n"),
        ],
    ],
)
def test_a_checkout_that_is_not_clean_is_left_alone(
    lab: Lab, link: Checkpoint, dirty: Dirt
) -> None:
    (lab.main / "f").write_text("f\n")
    git(lab.main, "add", "f")
    git(lab.main, "commit", "-q", "-m", "f")
    place = other(lab)
    dirty(place)
    before = picture(place)

    with pytest.raises(Refused, match="not clean"):
        restore(open_repo(place), link.link)

    assert picture(place) == before
    assert not (open_repo(place).git_dir / "index.lock").exists()


@pytest.mark.parametrize("name", ["a.txt", "new", "new/file", "run.sh/inside"])
def test_an_ignored_file_in_the_way_is_never_overwritten(
    lab: Lab, link: Checkpoint, name: str
) -> None:
    place = other(lab)
    exclude = lab.main / ".git/info/exclude"
    exclude.write_text("/a.txt\n/new\n/run.sh\n")
    (place / name).parent.mkdir(parents=True, exist_ok=True)
    (place / name).write_text("mine\n")

    with pytest.raises(Refused, match="in the way"):
        restore(open_repo(place), link.link)

    assert (place / name).read_text() == "mine\n"


def test_other_ignored_files_stay(lab: Lab, link: Checkpoint) -> None:
    place = other(lab)
    (lab.main / ".git/info/exclude").write_text("cache/\n*.log\n")
    (place / "cache").mkdir()
    (place / "cache/x").write_text("x\n")
    (place / "sub").mkdir()
    (place / "sub/y.log").write_text("y\n")

    restore(open_repo(place), link.link)

    assert (place / "cache/x").exists()
    assert (place / "sub/y.log").exists()


def test_a_branch_that_moved_on_is_never_taken_back(lab: Lab, link: Checkpoint) -> None:
    lab.destroy()
    lab.add_worktree("--no-checkout", "--detach")
    git(lab.main, "update-ref", "refs/heads/topic", "HEAD")

    with pytest.raises(Refused, match="refs/heads/topic is at"):
        restore(lab.repo, link.link, head=HeadMode.AS_TAKEN)


def test_a_branch_that_is_in_use_is_not_shared(lab: Lab, link: Checkpoint) -> None:
    place = other(lab, "--no-checkout")

    with pytest.raises(Refused, match="checked out at"):
        restore(open_repo(place), link.link, head=HeadMode.AS_TAKEN)


def test_another_git_at_work_is_respected(lab: Lab, link: Checkpoint) -> None:
    place = other(lab, "--no-checkout")
    lock = open_repo(place).git_dir / "index.lock"
    lock.touch()

    with pytest.raises(Refused, match="at work"):
        restore(open_repo(place), link.link)

    assert lock.exists()


@pytest.mark.parametrize(
    ("harm", "named"),
    [
        (lambda place: (place / "a.txt").write_text("harmed!\n"), "a.txt"),
        (lambda place: (place / "run.sh").chmod(0o755), "run.sh"),
        (lambda place: (place / "new/file").unlink(), "new/file"),
        (lambda place: (place / "empty").mkdir(), "empty"),
        (lambda place: git(place, "add", "a.txt"), "a.txt"),
    ],
)
def test_what_differs_is_named(lab: Lab, link: Checkpoint, harm: Dirt, named: str) -> None:
    harm(lab.place)

    with Reader(lab.repo) as reader:
        found = read_link(reader, link.link)
    with pytest.raises(NotRestored, match=named) as told:
        compare(lab.repo, found, with_head=True)

    assert any(named in path for path in told.value.paths)


@pytest.mark.parametrize("here", ["true", "false", "input"])
@pytest.mark.parametrize("there", ["true", "false"])
def test_the_settings_of_the_receiver_change_no_byte(lab: Lab, here: str, there: str) -> None:
    lab.git("config", "core.autocrlf", here)
    lab.commit(dos="one\r\ntwo\r\n", unix="one\ntwo\n")
    lab.write("new.txt", "new\r\n")
    lab.git("checkout", "-q", "HEAD~1")
    lab.git("checkout", "-q", "topic")
    before = picture(lab.place).files
    link = lab.take()
    lab.destroy()
    git(lab.main, "config", "core.autocrlf", there)

    lab.bring_back(link)

    assert picture(lab.place).files == before


def test_a_filter_that_is_missing_is_told_before_anything_is_written(lab: Lab) -> None:
    lab.git("config", "filter.rot.clean", "tr a-z n-za-m")
    lab.git("config", "filter.rot.smudge", "tr a-z n-za-m")
    lab.write(".gitattributes", "*.rot filter=rot\n")
    lab.write("old.rot", "secret\n")
    lab.commit()
    link = lab.take()
    git(lab.main, "config", "--remove-section", "filter.rot")
    place = other(lab, "--no-checkout")

    with pytest.raises(Refused, match="rot"):
        restore(open_repo(place), link.link)

    assert [path.name for path in place.iterdir()] == [".git"]


DEEP = b"[" * 200_000  # deeper than a reader of JSON can go


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b'{"v": "x"}', b'{"v": 1}', b"\xff", DEEP], ids=range(7)
)
def test_a_link_that_makes_no_sense_is_damaged(lab: Lab, link: Checkpoint, content: bytes) -> None:
    forged = forge(lab, link, "meta.json", content)

    with pytest.raises(DamagedTask):
        restore(open_repo(other(lab, "--no-checkout")), forged)


@pytest.mark.parametrize(
    ("entry", "content"),
    [
        ("folders", b"../escape\0"),
        ("folders", b"/absolute\0"),
        ("folders", b"sub/.GIT/hooks\0"),
        ("folders", "sub/.g\u200cit/hooks\0".encode()),
    ],
)
def test_a_path_that_leads_out_is_refused(
    lab: Lab, link: Checkpoint, entry: str, content: bytes
) -> None:
    forged = forge(lab, link, entry, content)
    place = other(lab, "--no-checkout")

    with pytest.raises(DamagedTask, match="no checkout can have"):
        restore(open_repo(place), forged)

    assert [path.name for path in place.iterdir()] == [".git"]


def test_a_strange_file_of_state_is_refused(lab: Lab, link: Checkpoint) -> None:
    lab.git("bisect", "start")
    found = lab.take()
    tree = lab.git("ls-tree", f"{found.link}:state/files").replace(b"BISECT_START", b"config")
    files = lab.git("mktree", input=tree).decode().strip()
    state = lab.git("ls-tree", f"{found.link}:state").decode().splitlines()
    state = [line if "files" not in line else f"040000 tree {files}\tfiles" for line in state]
    oid = lab.git("mktree", input="\n".join(state).encode() + b"\n").decode().strip()
    forged = forge_entry(lab, found, f"040000 tree {oid}\tstate")

    with pytest.raises(DamagedTask, match="strange"):
        restore(open_repo(other(lab, "--no-checkout")), forged)


@pytest.mark.parametrize(
    "setting", ["filter.evil.clean=touch ran", "core.sparsecheckout=touch ran", "core.bare=true"]
)
def test_a_setting_that_is_no_sparse_checkouts_is_refused(
    lab: Lab, link: Checkpoint, setting: str
) -> None:
    content = b"core.sparsecheckout=true\0" + setting.encode() + b"\0"
    oid = lab.git("hash-object", "-w", "--stdin", input=content).decode().strip()
    flags = lab.git("mktree", input=f"100644 blob {oid}\tsparse\n".encode()).decode().strip()
    forged = forge_entry(lab, link, f"040000 tree {flags}\tflags")
    place = other(lab, "--no-checkout")
    before = (lab.main / ".git/config").read_bytes()

    with pytest.raises(DamagedTask, match="none of its own"):
        restore(open_repo(place), forged)

    assert (lab.main / ".git/config").read_bytes() == before
    assert not list((lab.main / ".git").rglob("config.worktree"))


@pytest.mark.parametrize("name", [b"../evil", b".git/evil", b"sub/../../evil", b".GIT/evil"])
def test_an_index_that_names_what_is_outside_is_refused(
    lab: Lab, link: Checkpoint, name: bytes
) -> None:
    stand_in = b"x" * len(name)
    lab.git("update-index", "--add", "--cacheinfo", f"100644,{EMPTY},{stand_in.decode()}")
    index = (lab.repo.git_dir / "index").read_bytes().replace(stand_in, name)
    index = index[:-20] + hashlib.sha1(index[:-20]).digest()
    oid = lab.git("hash-object", "-w", "--stdin", input=index).decode().strip()
    pieces = lab.git("mktree", input=f"100644 blob {oid}\t00000000\n".encode()).decode().strip()
    forged = forge_entry(lab, link, f"040000 tree {pieces}\tindex.raw")
    place = other(lab, "--no-checkout")

    with pytest.raises(DamagedTask, match="no checkout can have"):
        restore(open_repo(place), forged)

    assert [path.name for path in place.iterdir()] == [".git"]


def test_a_folder_of_a_mode_that_is_a_symlink_elsewhere_is_refused(
    lab: Lab, link: Checkpoint
) -> None:
    outside = lab.main.parent / "outside"
    outside.mkdir(mode=0o700)
    (lab.place / "way").symlink_to(outside)
    found = lab.take()
    modes = lab.git("cat-file", "blob", f"{found.link}:modes") + b"777 way\0"
    forged = forge(lab, found, "folders", b"way\0")
    forged = forge(lab, replace(found, link=forged), "modes", modes)

    with pytest.raises(DamagedTask, match="symlink"):
        restore(open_repo(other(lab, "--no-checkout")), forged)

    assert outside.stat().st_mode & 0o777 == 0o700


def forge(lab: Lab, link: Checkpoint, entry: str, content: bytes) -> str:
    oid = lab.git("hash-object", "-w", "--stdin", input=content).decode().strip()
    return forge_entry(lab, link, f"100644 blob {oid}\t{entry}")


def forge_entry(lab: Lab, link: Checkpoint, line: str) -> str:
    name = line.partition("\t")[2]
    lines = lab.git("ls-tree", link.link).decode().splitlines()
    kept = [other for other in lines if other.partition("\t")[2] != name]
    tree = lab.git("mktree", input="\n".join([*kept, line, ""]).encode()).decode().strip()
    return lab.git("commit-tree", "-m", "forged", tree).decode().strip()
