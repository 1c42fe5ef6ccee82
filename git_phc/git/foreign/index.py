"""The index of a foreign clone: taken over as it stands, once what it names is fit.

It is git's own file, and the times in it are those of the files in the folder: only a copy of
it spares a look at every file. So git reads it in a private place first.
"""

from __future__ import annotations

import filecmp
import mmap
import re
import shutil
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from git_phc.errors import DamagedTask, GitFailed
from git_phc.git.checkpoint.contents import safe
from git_phc.git.checkpoint.listing import GITLINK
from git_phc.git.foreign.beneath import Beneath, untaken
from git_phc.git.foreign.copies import Copies
from git_phc.git.names import names_from_bytes
from git_phc.git.repo import Repo

LARGEST = 1 << 30  # bytes, with those of a shared one
_SHARED = re.compile(r"sharedindex\.(?:[0-9a-f]{40}|[0-9a-f]{64})")
# Of the extension that names a shared index: its size, and the name
_LINK = {width: re.compile(rb"link(?=.{4}(.{%d}))" % (width // 2), re.DOTALL) for width in (40, 64)}


class Staged(Struct, frozen=True):
    """A copy of the clone's index.

    Attributes:
        fresh: where the copy is; None where the clone has no index.
        blobs: the objects that it names, and our index does not.
    """

    fresh: Path | None
    blobs: tuple[str, ...]

    def put_in_place(self, shadow: Repo) -> None:
        """Makes it the shadow's index."""
        if self.fresh:
            self.fresh.replace(shadow.git_dir / "index")
        else:
            (shadow.git_dir / "index").unlink(missing_ok=True)


@contextmanager
def taken(shadow: Repo, clone: Beneath) -> Iterator[Staged]:
    """The clone's index, copied and looked at. Refused where no checkout can have such a one."""
    folder = Path(tempfile.mkdtemp(prefix="phc-index-", dir=shadow.git_dir))
    try:
        fresh, ours = folder / "index", shadow.git_dir / "index"
        copies = Copies(clone, LARGEST)
        if copies.copy("index", fresh) is None:
            yield Staged(None, ())
        elif ours.exists() and _is_same(fresh, ours):
            yield Staged(fresh, ())
        else:
            _copy_shared(shadow, fresh, clone, copies)
            yield Staged(fresh, _new_blobs(shadow, fresh, ours))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        _drop_shared(shadow)


def _is_same(one: Path, other: Path) -> bool:
    a, b = one.stat(), other.stat()
    if (a.st_size, a.st_mtime_ns) != (b.st_size, b.st_mtime_ns):
        return False
    return filecmp.cmp(one, other, shallow=False)


def _copy_shared(shadow: Repo, index: Path, clone: Beneath, copies: Copies) -> None:
    """A split index has most of its entries in another file, which git looks for by its name."""
    name = _shared_of(shadow, index, clone.names(""))
    if name and not (shadow.git_dir / name).exists():
        copies.copy(name, shadow.git_dir / name)


def _drop_shared(shadow: Repo) -> None:
    """Removes every shared index that the one in place is not part of."""
    names = {path.name for path in shadow.git_dir.glob("sharedindex.*")}
    for name in names - {_shared_of(shadow, shadow.git_dir / "index", names)}:
        (shadow.git_dir / name).unlink()


def _shared_of(shadow: Repo, index: Path, names: Collection[str]) -> str | None:
    """Which of `names` an index is split from: the last that is named in it, for the extensions
    stand at its end.
    """
    there = {name for name in names if _SHARED.fullmatch(name)}
    if not there or not index.exists() or not index.stat().st_size:
        return None
    found = None
    with index.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        for match in _LINK[len(shadow.zero)].finditer(data):
            name = f"sharedindex.{match[1].hex()}"
            found = name if name in there else found
    return found


def _new_blobs(shadow: Repo, fresh: Path, ours: Path) -> tuple[str, ...]:
    new = _entries(shadow, fresh)
    try:
        list(safe(line.partition("\t")[2] for line in new))
    except DamagedTask as error:
        raise untaken(f"its index has a path that no checkout can have ({error.message})") from None
    if ours.exists():
        new -= _entries(shadow, ours)
    heads = (line.partition("\t")[0].split(" ") for line in new)
    return tuple(sorted({oid for mode, oid, _ in heads if mode != GITLINK}))


def _entries(shadow: Repo, index: Path) -> set[str]:
    """`MODE OID STAGE` and the path of each entry; git reads nothing but the index for it."""
    try:
        found = shadow.git("ls-files", "-s", "-z", env={"GIT_INDEX_FILE": str(index)})
    except GitFailed as error:
        raise untaken(f"its index is damaged ({error.stderr[:300]})") from error
    return set(names_from_bytes(found.out))
