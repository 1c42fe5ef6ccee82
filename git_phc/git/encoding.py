"""Git objects as bytes: trees and commits, encoded and decoded. Nothing here reads or writes."""

from __future__ import annotations

import stat
from collections.abc import Mapping, Sequence

from msgspec import Struct

BLOB, TREE, COMMIT = b"blob", b"tree", b"commit"
FILE, FOLDER = 0o100644, 0o040000


class Entry(Struct, frozen=True):
    """One line of a tree: what kind of thing, and which object."""

    mode: int
    oid: str

    @property
    def is_folder(self) -> bool:
        return stat.S_ISDIR(self.mode)


Tree = Mapping[bytes, Entry]


# Encoding


def encode_tree(entries: Tree) -> bytes:
    """The bytes of a tree object; git sorts a folder as if its name ended with a slash."""

    def order(item: tuple[bytes, Entry]) -> bytes:
        return item[0] + b"/" if item[1].is_folder else item[0]

    return b"".join(
        b"%o %s\0%s" % (entry.mode, name, bytes.fromhex(entry.oid))
        for name, entry in sorted(entries.items(), key=order)
    )


def decode_tree(data: bytes, oid_size: int) -> dict[bytes, Entry]:
    """The entries of a tree object, by name; `oid_size` is 20 or 32 bytes.

    Raises ValueError for what is no tree.
    """
    entries: dict[bytes, Entry] = {}
    at = 0
    while at < len(data):
        space = data.index(b" ", at)
        end = data.index(b"\0", space)
        oid = data[end + 1 : end + 1 + oid_size]
        if len(oid) != oid_size:
            raise ValueError("a tree ends in the middle of an entry")
        entries[data[space + 1 : end]] = Entry(int(data[at:space], 8), oid.hex())
        at = end + 1 + oid_size
    return entries


class Signature(Struct, frozen=True):
    """Who made a commit, and when: seconds since 1970 UTC, and a zone such as "+0000"."""

    name: str
    email: str
    seconds: int
    zone: str = "+0000"

    def line(self) -> bytes:
        # git refuses these four in a name; it drops them itself when it makes commits
        clean = str.maketrans("", "", "<>\n\0")
        name, email = self.name.translate(clean).strip(), self.email.translate(clean).strip()
        return f"{name} <{email}> {self.seconds} {self.zone}".encode(errors="replace")


def encode_commit(
    tree: str, parents: Sequence[str], author: Signature, committer: Signature, message: str
) -> bytes:
    """The bytes of an unsigned commit object."""
    lines = [b"tree " + tree.encode()]
    lines += [b"parent " + parent.encode() for parent in parents]
    lines += [b"author " + author.line(), b"committer " + committer.line(), b""]
    text = message.replace("\0", "").rstrip("\n").encode(errors="replace") + b"\n"
    return b"\n".join(lines) + b"\n" + text


def encode_join(tree: str, parents: Sequence[str], time: bytes, who: bytes, message: str) -> bytes:
    """The bytes of a commit whose author and committer are one, at a time as git writes it."""
    lines = [b"tree " + tree.encode()]
    lines += [b"parent " + parent.encode() for parent in parents]
    lines += [b"author %s %s" % (who, time), b"committer %s %s" % (who, time), b""]
    return b"\n".join(lines) + b"\n" + message.encode()


class Commit(Struct, frozen=True):
    """What we ask of a commit: its tree, its parents, and its message as bytes."""

    tree: str
    parents: tuple[str, ...]
    message: bytes


def decode_commit(data: bytes) -> Commit:
    """Parses a commit object's header; unknown headers are passed over."""
    head, _, message = data.partition(b"\n\n")
    tree, parents = "", []
    for line in head.split(b"\n"):
        if line.startswith(b"tree "):
            tree = line[5:].decode()
        elif line.startswith(b"parent "):
            parents.append(line[7:].decode())
    return Commit(tree, tuple(parents), message)
