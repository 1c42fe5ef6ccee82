"""Brings objects from a foreign clone, none of which is believed.

Copies of its object files are laid into a store of our own, beside the shadow: names that are
an object's, plain files, nothing else; so neither its alternates, which could lead to another
repository of this machine, nor its indexes of packs. Git packs from there what is wanted, and
our repository takes that in as it would from any stranger: each object is hashed, looked at as
by `git fsck`, and all that it names must be there.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from git_phc.errors import PhcError
from git_phc.git import run
from git_phc.git.foreign.beneath import Beneath, untaken
from git_phc.git.foreign.copies import Copies
from git_phc.git.housekeeping import missing
from git_phc.git.names import quoted
from git_phc.git.repo import ALLOC_LIMIT, Repo
from git_phc.host.sizes import disk_usage

STORE = "phc-store"
LARGEST = 16 << 30  # bytes that come in at once, packed; bytes of all copies in a store
MANY = 1_000_000  # files of objects, or of packs
_FANS = [f"{number:02x}" for number in range(256)]
_PACK = re.compile(r"pack-[0-9a-f]{40}(?:[0-9a-f]{24})?\.pack")

# Flaws that histories really have, and that do no harm; forges let them pass as well.
LENIENT = "badTimezone=ignore,missingSpaceBeforeDate=ignore,zeroPaddedFilemode=ignore"


def bring(
    shadow: Repo,
    clone: Beneath,
    wanted: Collection[str],
    known: Collection[str],
    perhaps: Collection[str] = (),
) -> None:
    """Brings the `wanted` objects, and all that they name, from the clone into our repository;
    so too those of `perhaps` that there are.

    `known`: commits of ours; what they name is here. Refused where something is not there, or is
    not what its name says.
    """
    lacking, maybe = missing(shadow, wanted), missing(shadow, perhaps)
    if not lacking and not maybe:
        return
    store = _store(shadow)
    try:
        _copy_all(store, clone)
        if gone := missing(store, lacking):
            raise untaken(f"the object {gone[0]} is not there")
        lacking += set(maybe).difference(missing(store, maybe), lacking)
        hand_over(store, shadow, lacking, known)
    except (PhcError, OSError):
        # What is damaged in there must not stand in the way of better, nor take up a full disk
        shutil.rmtree(store.git_dir, ignore_errors=True)
        raise


def hand_over(source: Repo, target: Repo, wanted: Collection[str], known: Collection[str]) -> None:
    """Packs what is `wanted` in one repository and not reached by `known`, and has the other one
    take it in as a stranger's. Refused in git's words.
    """
    words = ("pack-objects", "--revs", "--stdout", "--delta-base-offset", "-q", _WINDOW)
    if not wanted:
        return
    asked = "".join([*(f"{oid}\n" for oid in wanted), *(f"^{oid}\n" for oid in known)]).encode()
    with (
        tempfile.TemporaryFile() as question,
        tempfile.TemporaryFile() as said,
        _room(target) as room,
    ):
        question.write(asked)
        question.seek(0)
        giver = run.spawn(
            [f"--git-dir={source.git_dir}", *words], stdin=question, stderr=said, env=_BOUNDS
        )
        taker = run.spawn(
            [f"--git-dir={target.common_dir}", "-c", "core.fsync=all", *_TAKING],
            stdin=giver.stdout or subprocess.DEVNULL, stderr=said, env=_into(room),
        )  # fmt: skip
        codes = _ended(giver, taker)
        said.seek(0)
        words_said = said.read(4096).decode(errors="replace")
        if any(codes):
            raise untaken(" ".join(words_said.split())[:500] or f"git ended with {max(codes)}")
        _place(room)


_BOUNDS = {"GIT_NO_REPLACE_OBJECTS": "1", **ALLOC_LIMIT}
_WINDOW = "--window-memory=256m"  # else ten objects of any size, for each processor
_TAKING = ("index-pack", "--stdin", f"--strict={LENIENT}", f"--max-input-size={LARGEST}")


@contextmanager
def _room(target: Repo) -> Iterator[Path]:
    """A folder for what comes in: git leaves there what it has of a pack when it gives up. It is
    named as git names its own of this kind, so that a `gc` clears away what a kill has left.
    """
    room = Path(tempfile.mkdtemp(prefix="tmp_objdir-phc-", dir=target.common_dir / "objects"))
    try:
        yield room
    finally:
        shutil.rmtree(room, ignore_errors=True)


def _into(room: Path) -> Mapping[str, str]:
    """The environment of a git that reads the objects around the room, and writes into it."""
    around = quoted(os.fspath(room.parent)).decode()
    return {
        **_BOUNDS,
        "GIT_OBJECT_DIRECTORY": str(room),
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": around,
    }


def _place(room: Path) -> None:
    """Moves packs where they belong; their indexes last, for by these git knows of them."""
    for file in sorted(room.glob("pack/*"), key=lambda file: file.suffix == ".idx"):
        file.replace(room.parent / "pack" / file.name)


def _ended(giver: subprocess.Popen[bytes], taker: subprocess.Popen[bytes]) -> list[int]:
    if giver.stdout:
        giver.stdout.close()  # the taker has it now: the giver hears when that one ends
    if taker.stdout:
        taker.stdout.read()
        taker.stdout.close()
    return [taker.wait(), giver.wait()]


def _store(shadow: Repo) -> Repo:
    """The store of copies, which also sees what our own repository has."""
    place = shadow.git_dir / STORE
    if not (place / "HEAD").exists():
        shutil.rmtree(place, ignore_errors=True)
        make_bare(place, shadow.object_format, [shadow.common_dir / "objects"])
    return Repo(place, place, None, shadow.object_format)


def make_bare(place: Path, object_format: str, borrows: Collection[Path]) -> None:
    """An empty repository with nothing of the user's templates, which borrows objects."""
    kind = f"--object-format={object_format}"
    env = {"GIT_DEFAULT_REF_FORMAT": "files"}  # we read them, as files
    run.git(["init", "-q", "--bare", "--template=", kind, place], env=env)
    lines = b"".join(os.fsencode(f"{folder}\n") for folder in borrows)
    (place / "objects" / "info").mkdir(exist_ok=True)
    (place / "objects" / "info" / "alternates").write_bytes(lines)


def _copy_all(store: Repo, clone: Beneath) -> None:
    copies = Copies(clone, max(0, LARGEST - disk_usage(store.git_dir)))
    _copy_loose(store, clone, copies)
    _copy_packs(store, clone, copies)


def _copy_loose(store: Repo, clone: Beneath, copies: Copies) -> None:
    """The loose objects that were not copied yet; those that are gone, gone here too."""
    name = re.compile(rf"[0-9a-f]{{{len(store.zero) - 2}}}")
    for fan in _FANS:
        theirs = {one for one in clone.names(f"objects/{fan}") if name.fullmatch(one)}
        place = store.git_dir / "objects" / fan
        ours = {one.name for one in place.glob("*")}
        for one in ours - theirs:
            (place / one).unlink()
        for one in sorted(theirs - ours):
            place.mkdir(exist_ok=True)
            partial = place / f"tmp_obj_{one[:12]}"
            if copies.copy(f"objects/{fan}/{one}", partial):
                partial.replace(place / one)


def _copy_packs(store: Repo, clone: Beneath, copies: Copies) -> None:
    """The packs that were not copied yet, each with an index that is made anew."""
    place = store.git_dir / "objects" / "pack"
    names = set(clone.names("objects/pack"))
    theirs = {one for one in names if _PACK.fullmatch(one) and f"{one[:-5]}.idx" in names}
    taken = {one.name.removesuffix(".from") for one in place.glob("*.pack.from")}
    for one in sorted(theirs - taken):
        _take_pack(store, copies, one)


def _take_pack(store: Repo, copies: Copies, name: str) -> None:
    """A damaged pack is passed over: that its objects are missing is said where one is wanted."""
    place = store.git_dir / "objects" / "pack"
    found = copies.opened(f"objects/pack/{name}")
    if found is None:
        return
    with found as file:
        process = run.spawn(
            [f"--git-dir={store.git_dir}", "index-pack", "--stdin", "--fix-thin",
             f"--max-input-size={LARGEST}"], stdin=file, env=_BOUNDS,
        )  # fmt: skip
        process.communicate()
    for partial in place.glob("tmp_*"):  # git leaves it there when it gives up
        partial.unlink()
    (place / f"{name}.from").touch()
