"""Whatever is done to a checkout: what was taken comes back, by us and, mostly, by plain git."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from git_phc.errors import Refused
from git_phc.git.checkpoint.scan import MAX_BLOB
from tests.git.checkpoint.lab import Lab, picture

NAMES = [b"a", b"b", b"d/a", b"d/b", b"d/e/a", b"caf\xe9", b"n\nl", b"s p/x", b"d", b"b/c"]
TEXTS = [b"", b"1\n", b"2\n", b"one\ntwo\n", b"one\r\ntwo\r\n", b"\0\xff", b"x" * 5000]
MODES = [0o644, 0o755, 0o600, 0o444, 0o775]

Step = tuple[str, bytes, bytes, int]
steps = st.lists(
    st.tuples(
        st.sampled_from(
            [
                *("write", "write", "remove", "link", "chmod", "mkdir", "add", "add", "unstage"),
                *("announce", "commit", "rename", "assume", "skip", "conflict", "sparse", "text"),
                "big",
            ]
        ),
        st.sampled_from(NAMES),
        st.sampled_from(TEXTS),
        st.sampled_from(MODES),
    ),
    min_size=1,
    max_size=14,
)

NOT_BY_GIT = {"announce", "assume", "skip", "conflict", "sparse", "text", "unstage", "big"}
"""Steps after which git's own form is not asked to hold the state."""


def do(lab: Lab, step: Step) -> None:
    """Does one step, or nothing where it makes no sense."""
    what, name, text, mode = step
    place = lab.place / os.fsdecode(name)
    if what in FILES:
        FILES[what](place, text, mode)
    elif what in GIT:
        lab.git(*(name if word is NAME else word for word in GIT[what]), check=False)
    elif what == "conflict" and not lab.git("ls-files", "-u"):
        blob = lab.git("hash-object", "-w", "--stdin", input=text).strip()
        lines = b"".join(b"100644 %s %d\t%s\0" % (blob, n, name) for n in (1, 2, 3))
        # `rm` passes over what is skipped; both at once is no index that git makes
        lab.git("update-index", "--no-skip-worktree", "--", name, check=False)
        lab.git("rm", "-rqf", "--sparse", "--cached", "--ignore-unmatch", name, check=False)
        lab.git("update-index", "-z", "--index-info", input=lines, check=False)


def _write(place: Path, text: bytes, mode: int) -> None:
    if _is_free(place):
        place.write_bytes(text)
        place.chmod(mode)


def _link(place: Path, text: bytes, mode: int) -> None:
    if _is_free(place):
        place.symlink_to(os.fsdecode(text[:100].replace(b"\0", b"") or b"nowhere"))


def _remove(place: Path, text: bytes, mode: int) -> None:
    if os.path.lexists(place) and not _is_folder(place):
        place.unlink()


def _chmod(place: Path, text: bytes, mode: int) -> None:
    if os.path.lexists(place) and not place.is_symlink():
        place.chmod(mode | 0o700 if _is_folder(place) else mode)


def _mkdir(place: Path, text: bytes, mode: int) -> None:
    if _is_free(place):
        place.mkdir()


def _is_free(place: Path) -> bool:
    """Makes room for a file, where that takes no more than removing a file or empty folder."""
    parent = place.parent
    if parent.is_symlink() or (parent.exists() and not parent.is_dir()):
        return False
    parent.mkdir(parents=True, exist_ok=True)
    if not os.path.lexists(place):
        return True
    if not _is_folder(place):
        place.unlink()
    elif any(place.iterdir()):
        return False
    else:
        place.rmdir()
    return True


def _is_folder(place: Path) -> bool:
    return place.is_dir() and not place.is_symlink()


FILES: dict[str, Callable[[Path, bytes, int], None]] = {
    "write": _write,
    "link": _link,
    "remove": _remove,
    "chmod": _chmod,
    "mkdir": _mkdir,
}
NAME = "the name"
GIT = {
    "add": ("add", "-A", "--", NAME),
    "unstage": ("rm", "-q", "--cached", "--", NAME),
    "announce": ("add", "-N", "--", NAME),
    "commit": ("commit", "-q", "-m", "more"),
    "rename": ("mv", NAME, "renamed"),
    "assume": ("update-index", "--assume-unchanged", "--", NAME),
    "skip": ("update-index", "--skip-worktree", "--", NAME),
    "sparse": ("sparse-checkout", "set", "--no-cone", "/d/", "/a"),
    "text": ("config", "core.autocrlf", "true"),
}


def start(room: str) -> Lab:
    lab = Lab(Path(room))
    lab.write("b", "the first b\n")
    lab.write("d/b", "the first d/b\n")
    lab.write("d/e/a", "the first d/e/a\n")
    lab.commit()
    return lab


def comes_back(done: list[Step]) -> None:
    with tempfile.TemporaryDirectory() as room:
        lab = start(room)
        for step in done:
            do(lab, step)
        before = picture(lab.place)
        big = any(step[0] == "big" for step in done)  # files of 5,000 bytes count as very big then
        link = lab.there_and_back(max_blob=4000 if big else MAX_BLOB)
        if link.stash is None or any(step[0] in NOT_BY_GIT for step in done):
            return
        lab.destroy()
        lab.apply_stash(link)
        after = picture(lab.place)
        assert seen_by_git(after.files) == seen_by_git(before.files)
        assert after.index == before.index


def seen_by_git(files: dict[bytes, tuple[int, bytes]]) -> dict[bytes, tuple[int, bytes]]:
    return {path: (mode & 0o170100, content) for path, (mode, content) in files.items()}


quiet = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]


@settings(max_examples=8, suppress_health_check=quiet)
@given(steps)
def test_any_checkout_comes_back(done: list[Step]) -> None:
    comes_back(done)


def test_a_big_file_whose_name_has_two_lines_comes_back() -> None:
    comes_back([("write", b"d/n\nl", b"x" * 5000, 0o644), ("big", b"a", b"", 0o644)])


@pytest.mark.slow
@settings(max_examples=250, suppress_health_check=quiet)
@given(steps)
def test_very_many_checkouts_come_back(done: list[Step]) -> None:
    comes_back(done)


def test_an_index_that_git_does_not_make_is_refused_by_name() -> None:
    with tempfile.TemporaryDirectory() as room:
        lab = start(room)
        lab.git("update-index", "--skip-worktree", "b")
        blob = lab.git("hash-object", "-w", "--stdin", input=b"x\n").strip()
        lab.git("update-index", "-z", "--index-info", input=b"100644 %s 2\tb\0" % blob)
        with pytest.raises(Refused, match="holds b both whole and in conflict"):
            lab.take()
