"""Keeps reachable what only the index or an operation under way names.

`git gc` looks neither into our copy of an index nor into `rebase-merge`. What they name
becomes a parent, or an entry in the tree, of one commit.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from git_phc.git.checkpoint.shelf import Shelf
from git_phc.git.desk import Desk
from git_phc.git.encoding import FILE, FOLDER, Entry


class Kept(Struct, frozen=True):
    """Commits and a tree of all that must not be pruned."""

    commits: tuple[str, ...]
    tree: str | None

    def encode(self) -> bytes:
        return "".join(f"{oid}\n" for oid in (*self.commits, self.tree or "")).encode()


def kept_objects(
    desk: Desk, shelf: Shelf, words: Iterable[str], head: str | None, *, with_head: bool
) -> Kept:
    """What `words` mean here; a word that means nothing is passed over."""
    found = _kinds(desk, sorted({*words} - {head}))
    wanted = [oid for oid, kind in found.items() if kind == "commit"]
    commits = _tips(desk, wanted, head)
    if with_head and head:
        commits = [head, *commits]
    modes = {"blob": FILE, "tree": FOLDER}
    entries = {
        oid.encode(): Entry(modes[kind], oid) for oid, kind in found.items() if kind in modes
    }
    return Kept(tuple(commits), shelf.tree(entries) if entries else None)


def _kinds(desk: Desk, words: list[str]) -> dict[str, str]:
    if not words:
        return {}
    asked = "".join(f"{word}\n" for word in words).encode()
    said = desk.git("cat-file", "--buffer", "--batch-check", input=asked).out.decode()
    lines = (line.split(" ") for line in said.splitlines())
    return {line[0]: line[1] for line in lines if len(line) == 3}


def _tips(desk: Desk, commits: list[str], head: str | None) -> list[str]:
    """Those of `commits` that no other of them, nor HEAD, leads to."""
    if not commits:
        return []
    line = "".join(f"{oid}\n" for oid in commits) + (f"^{head}\n" if head else "")
    words = ("rev-list", "--parents", "--stdin")
    found = desk.git(*words, input=line.encode(), ok=())
    if not found.ok:  # the history of one of them is not whole: it is dropped, the rest kept
        whole = [oid for oid in commits if len(commits) > 1 and _tips(desk, [oid], head)]
        return sorted(whole)
    rows = [row.split(" ") for row in found.out.decode().splitlines()]
    parents = {parent for row in rows for parent in row[1:]}
    return sorted(row[0] for row in rows if row[0] not in parents)
