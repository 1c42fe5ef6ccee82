"""Settings, asked of git itself: it knows includes, scopes, worktrees and GIT_CONFIG_*."""

from __future__ import annotations

import os

from msgspec import Struct

from git_phc.errors import Refused
from git_phc.git.repo import Repo


class Setting(Struct, frozen=True):
    """One value of git's configuration, and where it was said (`file:.git/config`)."""

    key: str
    value: str
    origin: str


def settings(repo: Repo, section: str = "phc") -> list[Setting]:
    """Every value below `section.`, in the order in which git reads them; the last one wins."""
    words = ("config", "--show-origin", "-z", "--get-regexp", rf"^{section}\.")
    found = os.fsdecode(repo.git(*words, ok=(0, 1)).out).split("\0")
    pairs = zip(found[::2], found[1::2], strict=False)
    return [_setting(origin, body) for origin, body in pairs]


def _setting(origin: str, body: str) -> Setting:
    key, newline, value = body.partition("\n")
    return Setting(key, value if newline else "true", origin)


class Identity(Struct, frozen=True):
    """Who the user is to git."""

    name: str
    email: str


def identity(repo: Repo) -> Identity:
    """The user as git would name them in a commit; raises Refused where git does not know."""
    found = repo.git("var", "GIT_COMMITTER_IDENT", ok=())
    who = os.fsdecode(found.out).rstrip("\n")
    name, bracket, rest = who.partition(" <")
    if not found.ok or not bracket:
        raise Refused(
            "git does not know who you are",
            'Say it once: git config --global user.name "Your Name" && '
            "git config --global user.email you@example.com",
        )
    return Identity(name, rest.rpartition("> ")[0])
