"""One link of the chain of checkpoints: a commit whose tree is the exact form."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

from git_phc.errors import DamagedTask, NewerVersion
from git_phc.git.encoding import Entry, decode_commit, decode_tree
from git_phc.git.objects import Reader
from git_phc.git.repo import Repo

VERSION = 1
META, RAW_INDEX = b"meta.json", b"index.raw"
NO_STATE = frozenset({META, RAW_INDEX})
"""Entries that may differ between two links of one and the same state."""


class Checkpoint(Struct, frozen=True):
    """What a link says of itself.

    Attributes:
        link: the commit. Its parents: the link before, the stash, what else must be kept.
        stash: a commit for `git stash apply --index`; None where git's form cannot hold the
            state: before the first commit, or with a conflict in the index.
        head: the commit that was checked out, None before the first one.
        branch: the branch it stood on, as a full ref; None when HEAD was detached.
        uncarried: repositories inside the checkout with work that is not in here.
        changed: whether the state differs from that of the link before.
        facts: what the taker wanted to be remembered.
        left_out: changed files whose bytes are in here, and which the trees do not have so: too
            big for one blob, or their filter fails.
    """

    link: str
    stash: str | None
    head: str | None
    branch: str | None
    uncarried: tuple[str, ...]
    changed: bool
    facts: Mapping[str, object] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()


class Terms(Struct, frozen=True):
    """Under which terms the state was put into objects; they count when it is taken out.

    Attributes:
        max_blob: bigger files are in chunks.
        conversion: the settings of line endings.
        filters: the filters that are needed to write the files.
    """

    max_blob: int
    conversion: Mapping[str, str]
    filters: tuple[str, ...]


class Link(Struct, frozen=True):
    """A link as it is stored: what it says, on which terms, and its tree's entries."""

    checkpoint: Checkpoint
    kept: str | None
    terms: Terms
    tree: dict[bytes, Entry]

    @property
    def state(self) -> dict[bytes, Entry]:
        return state_of(self.tree)


def state_of(tree: Mapping[bytes, Entry]) -> dict[bytes, Entry]:
    """The entries that make up the state, without what is told about it."""
    return {name: entry for name, entry in tree.items() if name not in NO_STATE}


def encode_meta(
    checkpoint: Checkpoint, previous: str | None, kept: str | None, terms: Terms
) -> bytes:
    """The bytes of `meta.json`; the link itself is not in it, for it holds this."""
    said = {
        "v": VERSION,
        "head": checkpoint.head,
        "branch": checkpoint.branch,
        "stash": checkpoint.stash,
        "previous": previous,
        "kept": kept,
        "maxBlob": terms.max_blob,
        "conversion": dict(terms.conversion),
        "filters": list(terms.filters),
        "changed": checkpoint.changed,
        "uncarried": list(checkpoint.uncarried),
        "leftOut": list(checkpoint.left_out),
        "facts": dict(checkpoint.facts),
    }
    return json.dumps(said, sort_keys=True, indent=1).encode() + b"\n"


def read_link(reader: Reader, link: str) -> Link:
    """Reads a link; raises DamagedTask where it is none, NewerVersion where it is too new."""
    found = reader.get(link)
    if found.kind != b"commit":
        raise DamagedTask(f"{link} is not a checkpoint")
    tree = decode_tree(reader.get(decode_commit(found.data).tree).data, len(found.oid) // 2)
    if META not in tree:
        raise DamagedTask(f"{link} is not a checkpoint: it has no meta.json")
    try:
        said = json.loads(reader.get(tree[META].oid).data)
        if said["v"] > VERSION:
            raise NewerVersion(f"{link} was made by a newer git phc", "Update git phc")
        return Link(_checkpoint(found.oid, said), said["kept"], _terms(said), tree)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DamagedTask(f"the checkpoint {link} has a meta.json that makes no sense") from error


_CONVERSION = ("core.autocrlf", "core.eol")


def _terms(said: Mapping[str, Any]) -> Terms:
    # Only these two settings are taken from a link, which may come from anywhere
    conversion = {key: str(said["conversion"][key]) for key in _CONVERSION}
    return Terms(int(said["maxBlob"]), conversion, tuple(map(str, said["filters"])))


def _checkpoint(link: str, said: Mapping[str, object]) -> Checkpoint:
    def word(key: str) -> str | None:
        value = said.get(key)
        return value if isinstance(value, str) else None

    def words(key: str) -> tuple[str, ...]:
        values = said.get(key)
        return tuple(map(str, values)) if isinstance(values, list) else ()

    facts = said.get("facts")
    return Checkpoint(
        link,
        word("stash"),
        word("head"),
        word("branch"),
        words("uncarried"),
        bool(said.get("changed")),
        facts if isinstance(facts, dict) else {},
        words("leftOut"),
    )


def read(repo: Repo, link: str) -> Checkpoint:
    """What the checkpoint `link` says of itself."""
    with Reader(repo) as reader:
        return read_link(reader, link).checkpoint
