"""Where a foreign clone's HEAD and refs are, by the files that git keeps them in."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from msgspec import Struct

from git_phc.git.foreign.beneath import Beneath, untaken

MOST = 5_000  # refs that are loose files, and folders of them
PACKED = 16 << 20  # bytes of `packed-refs`
LINE = 4096  # bytes of one ref's file
_STRANGE = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|(?:^|/)\.|\.(?:/|$)|\.lock(?:/|$)|/$")


class Heads(Struct, frozen=True):
    """What HEAD says, and every ref.

    Attributes:
        branch: the ref that HEAD stands on, None where it is detached.
        head: the commit that is checked out, None before the first one.
    """

    branch: str | None
    head: str | None
    refs: dict[str, str]


def read_heads(clone: Beneath, width: int) -> Heads:
    """Reads HEAD and the refs; an object's id has `width` letters. Refused where HEAD makes no
    sense. What is no ref is passed over, and so are refs that name other refs.
    """
    refs = dict(_packed(clone, width)) | dict(_loose(clone, width))
    said = clone.read("HEAD", LINE)
    if said is None:
        raise untaken("it has no HEAD")
    text = os.fsdecode(said).removesuffix("\n")
    if text.startswith("ref: "):
        branch = text.removeprefix("ref: ").strip()
        if not is_ref(branch):
            raise untaken(f"HEAD stands on {branch[:200]!r}")
        return Heads(branch, refs.get(branch), refs)
    if not _is_id(text, width):
        raise untaken(f"HEAD is at {text[:200]!r}")
    return Heads(None, text, refs)


def is_ref(name: str) -> bool:
    """Whether git would take it for the whole name of a ref."""
    return name.startswith("refs/") and not _STRANGE.search(name) and len(name) < LINE


def _is_id(word: str, width: int) -> bool:
    return len(word) == width and not word.strip("0123456789abcdef")


def _loose(clone: Beneath, width: int) -> Iterator[tuple[str, str]]:
    for name in clone.files("refs", MOST):
        if is_ref(name):
            word = os.fsdecode(clone.read(name, LINE) or b"").strip()
            if _is_id(word, width):
                yield name, word


def _packed(clone: Beneath, width: int) -> Iterator[tuple[str, str]]:
    # by "\n" only: a name may hold what str.splitlines takes for the end of a line
    for line in os.fsdecode(clone.read("packed-refs", PACKED) or b"").split("\n"):
        word, _, name = line.partition(" ")
        if _is_id(word, width) and is_ref(name):
            yield name, word
