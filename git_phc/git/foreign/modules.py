"""Fills the submodules of a clone in which nobody has worked yet, and tells later what was changed.

Their objects come from our own repository, and are copied; each gets a git folder within the
clone's, as git has it. From then on git never runs in one: what was changed is told by an index
of ours.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from git_phc.errors import PhcError, Refused
from git_phc.git import run
from git_phc.git.checkpoint.listing import GITLINK
from git_phc.git.foreign.store import hand_over, make_bare
from git_phc.git.housekeeping import missing
from git_phc.git.names import names_from_bytes
from git_phc.git.remote import fetch, without_user
from git_phc.git.repo import Repo
from git_phc.git.wire import Wire
from git_phc.host.paths import read_text, replace_file

MARK = "phc-modules"
"""In a shadow's folder: which submodules were filled. Before it is there, nobody has worked in
the clone.
"""
REFS = "refs/modules/"


class Module(Struct, frozen=True):
    """One submodule, as the index and `.gitmodules` have it; without `url` it is not declared."""

    path: str
    oid: str
    name: str = ""
    url: str = ""


def modules_of(shadow: Repo) -> list[Module]:
    """All that the clone's index has, by path."""
    found = names_from_bytes(shadow.git("ls-files", "-s", "-z").out)
    links = [line.removeprefix(GITLINK).strip() for line in found if line.startswith(GITLINK)]
    if not links:
        return []
    said = _declared(shadow)
    return [Module(path, words.split()[0], *said.get(path, ("", ""))) for words, path in (
        link.split("\t", 1) for link in links
    )]  # fmt: skip


def _declared(shadow: Repo) -> Mapping[str, tuple[str, str]]:
    """Name and address, by path."""
    words = (
        "config",
        "--blob",
        ":.gitmodules",
        "-z",
        "--get-regexp",
        r"^submodule\..*\.(path|url)$",
    )
    said: dict[str, dict[str, str]] = {}
    for entry in os.fsdecode(shadow.git(*words, ok=()).out).split("\0"):
        key, _, value = entry.partition("\n")
        name, _, last = key.removeprefix("submodule.").rpartition(".")
        said.setdefault(name, {})[last] = value
    return {one.get("path", ""): (name, one.get("url", "")) for name, one in said.items()}


def inner_modules(home: Repo, module: Module) -> list[str]:
    """The paths of a submodule's own submodules."""
    found = names_from_bytes(home.git("ls-tree", "-r", "-z", module.oid).out)
    return [line.partition("\t")[2] for line in found if line.startswith(GITLINK)]


def bring_module(home: Repo, wire: Wire, url: str, module: Module, key: str) -> None:
    """Has the submodule's commit in our repository. Raises RemoteFailed; Refused where the
    remote does not have it.
    """
    if missing(home, [module.oid]):
        fetch(home, wire, url, [f"+refs/heads/*:{REFS}{key}/heads/*"])
    if missing(home, [module.oid]):
        fetch(home, wire, url, [f"+{module.oid}:{REFS}{key}/{module.oid}"])


def fill(home: Repo, shadow: Repo, module: Module, url: str) -> None:
    """Raises PhcError where it cannot be filled; then its folder is empty."""
    root = shadow.worktree or Path()
    folder, inner = root / module.path, root / ".git" / "modules" / module.name
    if not _is_plain(root, module.path) or any(folder.iterdir()):
        raise Refused("something else is in its place")
    if not module.name or module.name.startswith("/") or ".." in Path(module.name).parts:
        raise Refused(f"its name is {module.name!r}")
    try:
        make_bare(inner, home.object_format, [])
        here = Repo(inner, inner, folder, home.object_format, named=True, foreign=True)
        hand_over(home, here, [module.oid], [])
        (inner / "HEAD").write_text(f"{module.oid}\n")
        _configure(shadow, root / ".git", inner, folder, module, url)
        here.git("read-tree", "--reset", "-u", module.oid)
        (folder / ".git").write_text(f"gitdir: {os.path.relpath(inner, folder)}\n")
        _remember(shadow, module, inner / "index")
    except (PhcError, OSError):
        shutil.rmtree(inner, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        raise


def _configure(
    shadow: Repo, clone: Path, inner: Path, folder: Path, module: Module, url: str
) -> None:
    public = without_user(url)
    settings = {
        "core.bare": "false",
        "core.worktree": os.path.relpath(folder, inner),
        "remote.origin.url": public,
        "remote.origin.fetch": "+refs/heads/*:refs/remotes/origin/*",
    }
    for key in ("user.name", "user.email"):
        if value := os.fsdecode(shadow.git("config", "--get", key, ok=(0, 1)).out).strip():
            settings[key] = value
    for key, value in settings.items():
        run.git(["config", "--file", inner / "config", key, value])
    for key, value in {"url": public, "active": "true"}.items():
        run.git(["config", "--file", clone / "config", f"submodule.{module.name}.{key}", value])


def _remember(shadow: Repo, module: Module, index: Path) -> None:
    known = _known(shadow)
    ours = f"{MARK}.{len(known)}"
    shutil.copyfile(index, shadow.git_dir / ours)
    mark_modules(shadow, {**known, module.path: ours})


def mark_modules(shadow: Repo, known: Mapping[str, str] | None = None) -> None:
    """From now on somebody may work in the clone."""
    replace_file(shadow.git_dir / MARK, json.dumps(known or _known(shadow)).encode())


def _known(shadow: Repo) -> dict[str, str]:
    found: dict[str, str] = json.loads(read_text(shadow.git_dir / MARK) or "{}")
    return found


def changed_modules(home: Repo, shadow: Repo) -> Iterator[str]:
    """Those of the filled submodules whose files are not what they were."""
    root = shadow.worktree or Path()
    for path, index in _known(shadow).items():
        if not _is_plain(root, path) or _is_changed(home, root / path, shadow.git_dir / index):
            yield path


def _is_changed(home: Repo, folder: Path, index: Path) -> bool:
    """By an index of ours: no repository that lies in the folder is asked."""
    seen = Repo(home.git_dir, home.common_dir, folder, home.object_format, named=True, foreign=True)
    env = {"GIT_INDEX_FILE": str(index)}
    words = ("-c", "core.bare=false", "-c", "core.checkStat=default")
    diff = (*words, "diff-files", "--quiet", "--ignore-submodules=all")
    others = (*words, "ls-files", "--others", "--exclude-standard", "-z")
    refresh = (*words, "update-index", "-q", "--refresh", "--ignore-submodules")
    try:
        seen.git(*refresh, env=env, ok=())
        return not seen.git(*diff, env=env, ok=(0, 1)).ok or bool(seen.git(*others, env=env).out)
    except PhcError:  # of what nobody can read, none can say that it is as it was
        return True


def _is_plain(root: Path, path: str) -> bool:
    """Whether it is a folder, with no link on the way to it."""
    parts = Path(path).parts
    if ".." in parts or Path(path).is_absolute():
        return False
    ways = [root.joinpath(*parts[: number + 1]) for number in range(len(parts))]
    return all(way.is_dir() and not way.is_symlink() for way in ways)
