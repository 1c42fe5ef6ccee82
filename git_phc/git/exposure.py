"""What of a repository may be seen inside a sandbox, and what must not be changed there.

Whoever writes `.git/config`, a hook, a ref or the index of a repository decides what its owner's
next git command does. So inside all of git's data is for reading: one can look at history and at
changes, and not commit. What is not the task's business is not seen at all.

    readable   the `.git` of the checkout and of each submodule, the folder that checkouts share
    anchors    folders on the way to these, to be mounted as they are: what is mounted cannot be
               renamed, and another one put in its place
    hidden     our private files, the git folders of other worktrees
    config     what shall be read in the place of the repository's configuration, which may
               hold passwords
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from git_phc.git.repo import Repo, open_repo

GITLINK = b"160000 "
MARK = "phc-sandbox"
HARMLESS = re.compile(
    r"core\.(repositoryformatversion|filemode|bare|symlinks|ignorecase|precomposeunicode|autocrlf"
    r"|eol|safecrlf|quotepath|abbrev|sparsecheckout|sparsecheckoutcone|logallrefupdates)"
    r"|extensions\.\w+|user\.(name|email)|(init|pull|push|diff|merge|color|log)\.\w+"
    r"|filter\..*|branch\..*|remote\..*\.(url|pushurl|fetch)|submodule\..*\.(url|active)"
)
PASSWORD = re.compile(r"(?<=://)[^/@\s]*@")


class Exposure(Struct, frozen=True):
    """See above."""

    readable: Sequence[Path]
    anchors: Sequence[Path]
    hidden: Sequence[Path]
    config: bytes


def exposure(checkout: Repo) -> Exposure:
    """What a sandbox may show of a repository, seen from this checkout of it."""
    root, common = checkout.worktree or checkout.git_dir, checkout.common_dir
    modules = list(submodules(checkout))
    filled = [module for module in modules if os.path.lexists(module / ".git")]
    others = [common / "worktrees"] if (common / "worktrees").is_dir() else []
    return Exposure(
        readable=[
            *(common, checkout.git_dir, root / ".git"),
            *(module / ".git" for module in filled),
            *(module for module in modules if module not in filled and module.is_dir()),
        ],
        anchors=sorted({folder for module in modules for folder in _way(root, module)}),
        hidden=[checkout.private, *others],
        config=harmless_config(checkout),
    )


def mark_as_exposed(checkout: Repo) -> None:
    """From now on what lies in the checkout's folders is a stranger's; see `is_exposed`."""
    (checkout.git_dir / MARK).touch()


def is_exposed(checkout: Repo) -> bool:
    """Whether somebody has worked in the checkout who was kept in a sandbox: a repository that
    lies in there may be made to run programs, by its configuration.
    """
    return (checkout.git_dir / MARK).exists()


def harmless_config(repo: Repo) -> bytes:
    """The configuration as one file, without what names programs outside, addresses with
    passwords, headers, credentials.
    """
    found = os.fsdecode(repo.git("config", "--list", "-z", "--includes").out).split("\0")
    pairs = (entry.partition("\n") for entry in found if entry)
    lines = (_line(key, value if newline else "true") for key, newline, value in pairs)
    return os.fsencode("".join(filter(None, lines)))


def _line(key: str, value: str) -> str:
    if not HARMLESS.fullmatch(key):
        return ""
    section, _, rest = key.partition(".")
    name, _, last = rest.rpartition(".")
    head = f'[{section} "{_escaped(name)}"]' if name else f"[{section}]"
    return f'{head}\n\t{last} = "{_escaped(PASSWORD.sub("", value))}"\n'


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")


def submodules(checkout: Repo) -> Iterator[Path]:
    """The folders of its submodules, and of theirs, whether there is anything in them or not."""
    root = checkout.worktree or checkout.git_dir
    entries = checkout.git("ls-files", "-z", "--stage").out.split(b"\0")
    for entry in entries:
        if entry.startswith(GITLINK):
            module = root / os.fsdecode(entry.partition(b"\t")[2])
            yield module
            if (module / ".git").exists():
                yield from submodules(open_repo(module))


def _way(root: Path, module: Path) -> Iterator[Path]:
    """The module's folder, and those between it and the root."""
    for folder in (module, *module.parents):
        if folder == root or not folder.is_relative_to(root):
            return
        if folder.is_dir():
            yield folder
