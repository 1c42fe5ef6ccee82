"""The index's flags, and what a sparse checkout is made of."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from git_phc.errors import DamagedTask
from git_phc.git.checkpoint.listing import Listing
from git_phc.git.desk import Desk
from git_phc.git.names import bytes_from_names, names_from_bytes
from git_phc.git.repo import Repo

ASSUMED, SKIPPED = b"assume-unchanged", b"skip-worktree"
PATTERNS, SPARSE = b"sparse-checkout", b"sparse"
_KEYS = (
    "core.sparsecheckout",
    "core.sparsecheckoutcone",
    "index.sparse",
    "sparse.expectfilesoutsideofpatterns",
)
_SETTINGS = {f"{key}={value}" for key in _KEYS for value in ("true", "false")}


class Flags(Struct, frozen=True):
    """What the index hides, and why.

    Attributes:
        sparse: the settings of a sparse checkout, None where there is none.
        patterns: the content of `info/sparse-checkout`, None where there is no such file.
    """

    assumed: tuple[str, ...]
    skipped: tuple[str, ...]
    sparse: tuple[str, ...] | None
    patterns: bytes | None

    def encode(self) -> dict[bytes, bytes]:
        """The files of the link's `flags` folder."""
        found = {
            ASSUMED: bytes_from_names(self.assumed),
            SKIPPED: bytes_from_names(self.skipped),
            SPARSE: bytes_from_names(self.sparse or ()),
            PATTERNS: self.patterns or b"",
        }
        return {name: data for name, data in found.items() if data}


def decode_flags(files: Mapping[bytes, bytes]) -> Flags:
    """Reads what `Flags.encode` wrote. Its settings come from anywhere, and git runs what some
    others name: raises DamagedTask at any that `sparse_settings` would not have found.
    """
    assumed, skipped, sparse = (
        tuple(names_from_bytes(files.get(name, b""))) for name in (ASSUMED, SKIPPED, SPARSE)
    )
    if strange := [setting for setting in sparse if setting not in _SETTINGS]:
        raise DamagedTask(f"the checkpoint has a setting that is none of its own: {strange[0]!r}")
    return Flags(assumed, skipped, sparse or None, files.get(PATTERNS))


def read_flags(desk: Desk, listing: Listing, settings: tuple[str, ...] | None) -> Flags:
    """The flags of this checkout, whose sparse settings are known already."""
    patterns = _patterns(desk.repo) if settings else None
    return Flags(listing.assumed, listing.skipped, settings, patterns)


def sparse_settings(repo: Repo) -> tuple[str, ...] | None:
    """`key=value` for each setting of a sparse checkout, None where it is off."""
    words = (
        "config",
        "--type=bool",
        "-z",
        "--get-regexp",
        r"^((core|index)\.sparse|sparse\.expect)",
    )
    found = names_from_bytes(repo.git(*words, ok=(0, 1)).out)
    values = dict(line.split("\n", 1) for line in found if "\n" in line)
    if values.get(_KEYS[0]) != "true":
        return None
    return tuple(f"{key}={values[key]}" for key in _KEYS if key in values)


def _patterns(repo: Repo) -> bytes | None:
    try:
        return (repo.git_dir / "info" / "sparse-checkout").read_bytes()
    except FileNotFoundError:
        return None
