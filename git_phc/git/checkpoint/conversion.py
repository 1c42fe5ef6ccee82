"""Which files git may write otherwise than they were read: line endings, filters, encodings.

Only a guess on the safe side is wanted: a path that is named here is looked at closely, one
that is not can only differ from its blob in size.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from git_phc.git.checkpoint.listing import RULES
from git_phc.git.checkpoint.observe import Seen
from git_phc.git.desk import Desk
from git_phc.git.names import bytes_from_names, names_from_bytes
from git_phc.git.repo import Repo

_ASKED = ("filter", "ident", "working-tree-encoding", "text", "eol", "crlf")
_RISKY = re.compile(rb"\b(?:filter|ident|working-tree-encoding|eol|crlf)\b")
_FILTER = re.compile(rb"\bfilter=(\S+)")
_AS_GIT = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_SPARSE = "core.sparsecheckout"
_OFF = {"unspecified", "unset"}


class Rules(Struct, frozen=True):
    """All that decides about conversions: settings, and the contents of files of attributes.

    Attributes:
        unread: whether git takes some attributes from the index, where nobody reads them here.
        sparse: whether it is said somewhere that the checkout is, or is not, a sparse one.
    """

    settings: Mapping[str, str]
    files: tuple[bytes, ...]
    unread: bool
    sparse: bool

    @property
    def digest(self) -> str:
        said = [sorted(self.settings.items()), [file.hex() for file in self.files]]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()

    @property
    def autocrlf(self) -> bool:
        return self.settings.get("core.autocrlf") == "true"

    @property
    def wants_crlf(self) -> bool:
        return self.autocrlf or self.settings.get("core.eol") == "crlf"

    @property
    def conversion(self) -> dict[str, str]:
        """The settings under which the blobs become these very files again."""
        default = {"core.autocrlf": "false", "core.eol": "native"}
        return {key: self.settings.get(key, value) for key, value in default.items()}

    @property
    def filters(self) -> list[str]:
        """The filters in use: those that are asked for, and are there."""
        asked = {os.fsdecode(name) for file in self.files for name in _FILTER.findall(file)}
        return sorted(asked.intersection(filters_of(self.settings)))

    @property
    def keeps_modes(self) -> bool:
        """Whether a file's own mode counts, and not what the index says of it."""
        return self.settings.get("core.filemode", "true") in ("true", "yes", "on", "1")

    def is_none(self) -> bool:
        """Whether every blob is its file, byte for byte, at least from now on."""
        return not any(self.files) and not self.unread and self._keeps_line_endings

    @property
    def _keeps_line_endings(self) -> bool:
        return self.settings.get("core.autocrlf", "false") == "false" and not self.wants_crlf

    def may_convert(self) -> bool:
        return self.wants_crlf or self.unread or any(_RISKY.search(file) for file in self.files)


def read_rules(desk: Desk, seen: Seen) -> Rules:
    """The rules of this checkout."""
    words = (
        "config",
        "-z",
        "--get-regexp",
        rf"^(core\.(autocrlf|eol|attributesfile|filemode)|filter\.|{re.escape(_SPARSE)}$)",
    )
    lines = names_from_bytes(desk.git(*words, ok=(0, 1)).out)
    pairs = [line.partition("\n") for line in lines]
    settings = {
        key: value if newline else "true" for key, newline, value in pairs if key != _SPARSE
    }
    said = sum(key == _SPARSE for key, _, _ in pairs)
    # The desk says it once itself, and speaks where such variables of the user's would
    sparse = said > 1 or "GIT_CONFIG_COUNT" in os.environ
    files = tuple(_read(file) for file in _attribute_files(desk, seen, settings))
    unread = any(path not in seen.sweep.modes for path in seen.listing.rules)
    return Rules(settings, files, unread, sparse)


def filters_of(settings: Iterable[str]) -> set[str]:
    """The names of the filters that these settings set up (`filter.NAME.smudge`)."""
    keys = (key for key in settings if key.startswith("filter."))
    return {key.removeprefix("filter.").rpartition(".")[0] for key in keys}


def configured_filters(repo: Repo) -> set[str]:
    """The filters that are there in this repository."""
    words = ("config", "--name-only", "-z", "--get-regexp", r"^filter\.")
    return filters_of(names_from_bytes(repo.git(*words, ok=(0, 1)).out))


def converted(desk: Desk, rules: Rules, paths: Iterable[str]) -> list[str]:
    """Those of `paths` for which checking out may give other bytes than the blob's."""
    if not rules.may_convert():
        return []
    asked = attributes(desk, paths, _ASKED)
    return [path for path, said in asked.items() if _changes(said, rules)]


def filtered(desk: Desk, rules: Rules, paths: Iterable[str]) -> list[str]:
    """Those of `paths` that go through a filter which is set up here."""
    if not rules.filters:
        return []
    asked = attributes(desk, paths, ["filter"])
    return [path for path, said in asked.items() if said["filter"] in rules.filters]


def attributes(desk: Desk, paths: Iterable[str], names: Iterable[str]) -> dict[str, dict[str, str]]:
    """The attributes `names` of each path, as git finds them in the checkout."""
    words = ("check-attr", "--stdin", "-z", *names)
    said = names_from_bytes(desk.git(*words, input=bytes_from_names(paths)).out)
    found: dict[str, dict[str, str]] = {}
    for path, name, value in zip(said[::3], said[1::3], said[2::3], strict=True):
        found.setdefault(path, {})[name] = value
    return found


def _changes(said: Mapping[str, str], rules: Rules) -> bool:
    if any(said[name] not in _OFF for name in _ASKED[:3]):
        return True
    if said["text"] == "unset" or said["eol"] == "lf":
        return False
    if said["eol"] == "crlf" or said["crlf"] not in _OFF:
        return True
    return rules.autocrlf if said["text"] == "unspecified" else rules.wants_crlf


def _attribute_files(desk: Desk, seen: Seen, settings: Mapping[str, str]) -> Iterator[str | Path]:
    yield desk.repo.common_dir / "info" / "attributes"
    yield Path("/etc/gitattributes")
    home = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    yield Path(settings.get("core.attributesfile", f"{home}/git/attributes")).expanduser()
    # By folder, for there are fewer folders than files; an ignored one counts as well
    folders = ("", *seen.sweep.folders)
    root = str(desk.root)
    yield from (os.path.join(root, folder, RULES) for folder in folders)


def _read(file: str | Path) -> bytes:
    try:
        # As git does: no link is followed; and a pipe keeps nobody waiting
        with open(file, "rb", opener=lambda name, _: os.open(name, _AS_GIT)) as opened:
            return opened.read() if stat.S_ISREG(os.fstat(opened.fileno()).st_mode) else b""
    except OSError:
        return b""
