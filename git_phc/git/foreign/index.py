"""The index of a foreign clone: taken over as it stands, once what it names is fit.

It is git's own file, and the times in it are those of the files in the folder: only a copy of
it spares a look at every file. So git reads it in a private place first.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from git_phc.errors import DamagedTask, GitFailed
from git_phc.git.checkpoint.contents import safe
from git_phc.git.checkpoint.listing import GITLINK
from git_phc.git.foreign.beneath import Beneath, untaken
from git_phc.git.names import names_from_bytes
from git_phc.git.repo import Repo

LARGEST = 1 << 30  # bytes
_SHARED = re.compile(r"sharedindex\.[0-9a-f]{40}(?:[0-9a-f]{24})?")


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
    found = clone.opened("index")
    if found is None:
        yield Staged(None, ())
        return
    folder = Path(tempfile.mkdtemp(prefix="phc-index-", dir=shadow.git_dir))
    try:
        fresh, ours = folder / "index", shadow.git_dir / "index"
        _copy(found, fresh)
        if ours.exists() and _is_same(fresh, ours):
            yield Staged(fresh, ())
        else:
            _copy_shared(shadow, clone)
            yield Staged(fresh, _new_blobs(shadow, fresh, ours))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _copy(fd: int, target: Path) -> None:
    """Copies a file with its time of change, which tells git what it need not look at."""
    with os.fdopen(fd, "rb") as source, target.open("xb") as copy:
        stat = os.fstat(fd)
        if stat.st_size > LARGEST:
            raise untaken(f"its index has more than {LARGEST} bytes")
        shutil.copyfileobj(source, copy, 1 << 20)
    os.utime(target, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def _is_same(one: Path, other: Path) -> bool:
    a, b = one.stat(), other.stat()
    if (a.st_size, a.st_mtime_ns) != (b.st_size, b.st_mtime_ns):
        return False
    return one.read_bytes() == other.read_bytes()


def _copy_shared(shadow: Repo, clone: Beneath) -> None:
    """A split index has most of its entries in another file, which git looks for by its name."""
    for name in clone.names(""):
        if _SHARED.fullmatch(name) and (data := clone.read(name, LARGEST)) is not None:
            (shadow.git_dir / name).write_bytes(data)


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
