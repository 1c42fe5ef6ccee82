"""What of the machine a sandbox shows, for reading: its programs, and no person's affairs.

Named one by one, since what is not named here cannot be read: of /etc only what programs need
to know, as it also holds keys and passwords; of the user's home only folders with programs.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

PROGRAMS = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/opt", "/nix/store")
KNOWN = (
    # who and where one is, and the names of things
    *("passwd", "group", "nsswitch.conf", "hosts", "host.conf", "services", "protocols"),
    *("localtime", "timezone", "os-release", "debian_version", "shells", "mime.types"),
    # how programs find their parts
    *("alternatives", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "terminfo", "inputrc"),
    *("fonts", "java", "perl", "profile", "bash.bashrc", "gitattributes"),
    # whom to trust on the network, and how tools fetch
    *("ssl/certs", "ssl/openssl.cnf", "pki/tls/certs", "pki/ca-trust", "ca-certificates"),
    *("ca-certificates.conf", "gai.conf"),
)


def shown() -> Iterator[Path]:
    """Folders and files of the system, and links to such."""
    yield from filter(os.path.lexists, map(Path, PROGRAMS))
    yield from filter(os.path.lexists, (Path("/etc", name) for name in KNOWN))


def installed(path: str, home: Path) -> Iterator[Path]:
    """Folders of programs on PATH that lie outside the system: a version manager's, a virtual
    environment's, the user's own. Of each installation all of it, but never the home itself.
    """
    for word in path.split(":"):
        folder = Path(word)
        if folder.is_absolute() and os.access(folder, os.R_OK | os.X_OK) and folder.is_dir():
            yield from _shareable([folder], home)
            yield from _whole(folder.resolve(), home)


def parts(program: Path, home: Path) -> Iterator[Path]:
    """What a program needs to be seen to run: its file, wherever links lead, and what it was
    installed with.
    """
    real = program.resolve()
    yield real
    yield from _whole(real.parent, home)
    folders = (
        *program.parents,
        *real.parents,
    )  # it may be found by one link, and lie behind another
    packages = [folder for folder in folders if folder.name == "node_modules"]
    yield from _shareable(packages, home)


def _whole(programs: Path, home: Path) -> Iterator[Path]:
    """The installation that a folder of programs belongs to, and the one that it is made from."""
    root = programs.parent
    if (root / "pyvenv.cfg").is_file():
        base = (programs / "python").resolve().parent.parent
        yield from _shareable([root, base], home)
    libraries = root / "lib"
    known = (libraries / "node_modules").is_dir() or any(libraries.glob("python3*"))
    if known or programs.name == "shims":  # pyenv, asdf, mise
        yield from _shareable([root], home)


def _shareable(folders: Iterable[Path], home: Path) -> Iterator[Path]:
    """Without those that are the home, its place for programs' data, or above it."""
    real = home.resolve()
    private = (real, real / ".local", *real.parents)
    yield from (folder for folder in folders if folder.resolve() not in private)
