"""The files of a repository that say environments: found in a checkout or a commit, and written.

Whoever wrote them, they are judged by `model.environment` before a word of them counts.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from msgspec import Struct

from git_phc.errors import Refused, UsageError
from git_phc.git.objects import read_many
from git_phc.git.repo import Repo
from git_phc.host.paths import create_file, replace_file
from git_phc.model.environment import Environment, Mistake, parse_environment
from git_phc.model.text import slug_from_title
from git_phc.services.context import Context

OURS, THEIRS = ".phc/environments", ".posthog-code/environments"
FOLDERS = (OURS, THEIRS)
LARGEST = 96 * 1024  # bytes of a file: a script must fit into an argument, 128 KiB on Linux


class File(Struct, frozen=True):
    """One file.

    Attributes:
        path: from the root of the checkout, with `/`.
        data: its bytes.
        read: what they say, or all that is wrong with them.
    """

    path: str
    data: bytes
    read: Environment | list[Mistake]

    @property
    def stem(self) -> str:
        return PurePosixPath(self.path).stem

    @property
    def name(self) -> str:
        """What it is called; by its file where it cannot be read."""
        return self.read.name if isinstance(self.read, Environment) else self.stem

    @property
    def environment(self) -> Environment:
        """What it says. Raises Refused, with the first of its mistakes."""
        if isinstance(self.read, Environment):
            return self.read
        others = len(self.read) - 1
        more = f"See the other {others}, too: " if others else "Mend it, then look: "
        raise Refused(self.read[0].told(self.path), f"{more}git phc env check")


def file_from_bytes(path: str, data: bytes) -> File:
    """The file, judged."""
    theirs = path.startswith(f"{THEIRS}/")
    return File(path, data, parse_environment(data, stem=PurePosixPath(path).stem, theirs=theirs))


def files_here(ctx: Context) -> list[File]:
    """The files of the checkout that one stands in; of its last commit in a bare repository."""
    if ctx.repo.worktree:
        return list(_in_folder(ctx.repo.worktree))
    return files_at(ctx.repo, "HEAD")


def _in_folder(root: Path) -> Iterator[File]:
    for folder in FOLDERS:
        try:
            names = sorted(path.name for path in (root / folder).iterdir())
        except (FileNotFoundError, NotADirectoryError):
            continue
        for name in names:
            if name.endswith(".toml"):
                yield _from_disk(root, f"{folder}/{name}")


def _from_disk(root: Path, path: str) -> File:
    try:
        data = _bytes(root / path)
    except OSError as error:
        return _unread(path, f"it cannot be read: {(error.strerror or str(error)).lower()}")
    if data is None:
        return _unread(path, "this is no file")
    return _sized(path, data)


def _bytes(path: Path) -> bytes | None:
    """The file's bytes; None for what is no file, which is not waited for."""
    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(fd, "rb") as file:
        return file.read(LARGEST + 1) if stat.S_ISREG(os.fstat(fd).st_mode) else None


def _sized(path: str, data: bytes) -> File:
    if len(data) > LARGEST:
        return _unread(path, f"it is larger than {LARGEST // 1024} KiB")
    return file_from_bytes(path, data)


def _unread(path: str, why: str) -> File:
    return File(path, b"", [Mistake(None, "", why)])


def files_at(repo: Repo, commit: str) -> list[File]:
    """The files of a commit."""
    words = ("ls-tree", "-z", "--full-tree", commit, *(f"{folder}/" for folder in FOLDERS))
    listing = repo.git(*words, ok=()).out.split(b"\0")
    found = {
        os.fsdecode(path): head.split()[2].decode()
        for head, _, path in (line.partition(b"\t") for line in listing if line)
        if path.endswith(b".toml") and head.startswith(b"100")
    }
    blobs = read_many(repo, list(found.values()))
    return [_sized(path, blob.data) for path, blob in zip(found, blobs, strict=True) if blob]


# Writing


TEMPLATE = """\
# Runs once, in a new worktree, before the agent starts; the first command that fails ends it.
# [setup]
# script = '''
# npm ci
# '''
# timeout = "30m"

# Runs before the worktree is removed.
# [teardown]
# script = "docker compose down"

# git phc open TASK --action Test
# [[actions]]
# name = "Test"
# command = "npm test"

# [vars]
# NODE_ENV = "development"
"""


def template_file(ctx: Context, name: str) -> File:
    """A new file that says how to say what; to be edited."""
    return new_file(ctx, name, {}, more=TEMPLATE)


def new_file(ctx: Context, name: str, fill: Mapping[str, Any], more: str = "") -> File:
    """A new file for an environment of this name, with what `fill` says beside it, and the
    text `more` at its end.
    """
    import uuid

    root = _root(ctx)
    folder = THEIRS if (root / THEIRS).is_dir() and not (root / OURS).is_dir() else OURS
    path = f"{folder}/{slug_from_title(name) or 'environment'}.toml"
    id = str(uuid.UUID(ctx.clock.nonce()[:32], version=4))
    file = _checked(path, {"id": id, "version": 1, "name": name, **fill})
    if not create_file(root / path, file.data + (f"\n{more}" if more else "").encode()):
        raise Refused(f"there is {path} already", f"Change it: git phc env edit {file.stem}")
    return file


def change_file(ctx: Context, file: File, change: Callable[[dict[str, Any]], None]) -> File:
    """The file as `change` makes it; keys that nobody has named stay, comments do not."""
    import tomllib

    _ = file.environment  # what cannot be read cannot be written again
    whole = tomllib.loads(file.data.decode())
    change(whole)
    changed = _checked(file.path, whole)
    replace_file(_root(ctx) / file.path, changed.data)
    return changed


def _checked(path: str, whole: Mapping[str, Any]) -> File:
    file = file_from_bytes(path, _toml(whole).encode())
    if isinstance(file.read, list):
        first = file.read[0]
        raise UsageError(f"{first.key}: {first.what}", "Nothing was written")
    return file


def _toml(whole: Mapping[str, Any]) -> str:
    """The text of a file, with a table for each action, as PostHog Code writes them."""
    import tomllib

    from tomli_w import dumps

    rest = {key: value for key, value in whole.items() if key != "actions"}
    tables = [f"[[actions]]\n{dumps(one, multiline_strings=True)}" for one in _actions(whole)]
    text = "\n".join([dumps(rest, multiline_strings=True), *tables])
    if tomllib.loads(text) == whole:
        return text
    return dumps(whole, multiline_strings=True)  # an action has tables below it


def _actions(whole: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = whole.get("actions", [])
    return found if all(isinstance(one, dict) for one in found) else []


def place_of(ctx: Context, file: File) -> Path:
    """Where the file is. Raises Refused in a bare repository."""
    return _root(ctx) / file.path


def _root(ctx: Context) -> Path:
    if ctx.repo.worktree is None:
        raise Refused(
            "a bare repository has no files to change",
            "Stand in a checkout: git worktree list",
        )
    return ctx.repo.worktree
