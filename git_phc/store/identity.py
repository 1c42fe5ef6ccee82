"""Who acts: the user as git knows them, in this clone."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from git_phc.git.config import identity
from git_phc.git.repo import Repo
from git_phc.host.paths import create_file, read_text
from git_phc.store import layout

if TYPE_CHECKING:
    from git_phc.model.event import Actor


def clone_id(repo: Repo) -> str:
    """This clone's name: 16 hex digits, made at its first use."""
    path = layout.clone_file(repo)
    while (known := read_text(path)) is None:
        create_file(path, os.urandom(8).hex().encode())
    return known


def known_clone_id(repo: Repo) -> str:
    """This clone's name, "" where it has none yet; writes nothing."""
    return read_text(layout.clone_file(repo)) or ""


def actor_here(repo: Repo) -> Actor:
    """The user of this clone. Raises Refused when git does not know them."""
    from git_phc.model.event import Actor

    who = identity(repo)
    return Actor(who.name, who.email, clone_id(repo))
