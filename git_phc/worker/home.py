"""A worker's own repository: a bare one for each remote that it serves.

It holds the tasks that the worker runs, and is what the worker pushes from. No checkout of an
agent shares it.
"""

from __future__ import annotations

import hashlib
import re
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path

from git_phc.git.bare import bare_repo, local_settings, set_settings
from git_phc.git.mover import Mover
from git_phc.git.objects import Reader
from git_phc.git.remote import list_remote, remotes, without_user
from git_phc.git.wire import Wire
from git_phc.services.context import Context

REMOTE = "origin"  # what the served remote is called there
# Of the clone in which the worker was started: who it is, and how it reaches the remote.
SECTIONS = ("phc", "user", "gpg", "commit", "credential", "http", "url", "ssh")


def url_of(ctx: Context | None, word: str) -> str:
    """The URL that a word means: that of a remote of this name, or the word itself."""
    known = remotes(ctx.repo) if ctx else {}
    return known[word].url if word in known else word


def is_url(word: str) -> bool:
    """Whether it says where a repository is, and is no remote's name."""
    return "/" in word or ":" in word


def home(url: str, state: Path) -> Path:
    """Where the worker's repository for that remote is, in the folder for all of them. Its name is
    seen in sandboxes, so no user and no password of the URL is in it.
    """
    public = without_user(url).rstrip("/").removesuffix(".git")
    name = re.sub(r"[^\w.-]+", "-", public)[-40:].strip("-.")
    return state / f"{name}-{hashlib.sha256(url.encode()).hexdigest()[:12]}.git"


def open_home(
    ctx: Context | None, url: str, state: Path, environ: Mapping[str, str], given: Mapping[str, str]
) -> Context:
    """The worker's repository for the remote; it is made where there is none yet.

    What the clone where the worker was started says of its own counts there, too (`SECTIONS`), and
    so does `given`. Raises RemoteFailed where the remote cannot be reached.
    """
    place = home(url, state)
    repo = bare_repo(place, "" if place.exists() else _format(url, state))
    own: Mapping[str, str | Sequence[str]] = local_settings(ctx.repo, SECTIONS) if ctx else {}
    set_settings(
        repo,
        {
            **own,
            f"remote.{REMOTE}.url": url,
            "gc.auto": "0",
            "phc.remote": REMOTE,
            "phc.pool": "0",
            "phc.worktreeDir": str(place.with_suffix(".places")),
            **given,
        },
    )
    reader, mover = Reader(repo), Mover(repo)
    ctx = Context(repo, place, environ, reader=reader, mover=mover)
    for kept in (reader, mover):
        weakref.finalize(ctx, kept.close)
    return ctx


def _format(url: str, state: Path) -> str:
    """How the remote counts its objects."""
    scratch = bare_repo(state / ".scratch.git", "sha1")
    found = list_remote(scratch, Wire(), url)
    return "sha256" if any(len(oid) == 64 for oid in found.values()) else "sha1"
