"""Checks the signatures of commits, against who they must be by.

Each by the program that git would use: ssh-keygen, gpg, gpgsm. A key that has expired is good
for what it signed before; one that was revoked is good for nothing, since a thief can write any
date. git itself would ask who a signature is by; here it is asked whether it is by the one who
says so.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Literal

from msgspec import Struct

from git_phc.git.repo import Repo

Kind = Literal["good", "unsigned", "unknown", "bad"]
STARTS = {
    "ssh": b"-----BEGIN SSH SIGNATURE-----",
    "openpgp": b"-----BEGIN PGP ",
    "x509": b"-----BEGIN SIGNED MESSAGE-----",
}
PROGRAMS = {"ssh": "ssh-keygen", "openpgp": "gpg", "x509": "gpgsm"}
RESULTS = ("GOODSIG", "BADSIG", "EXPSIG", "EXPKEYSIG", "REVKEYSIG", "ERRSIG")  # one a signature
LEVELS = ("undefined", "never", "marginal", "fully", "ultimate")
PATIENCE = 30.0  # seconds that a program may take over one signature


class Verdict(Struct, frozen=True):
    """What is to be thought of one signature: "unknown" is a key that nobody here vouches for."""

    kind: Kind
    why: str = ""


GOOD, UNSIGNED = Verdict("good"), Verdict("unsigned", "it is not signed")


class Signed(Struct, frozen=True):
    """A commit taken apart: what was signed, by what, and when it says that it was made."""

    payload: bytes
    signature: bytes
    seconds: int


def taken_apart(data: bytes, object_format: str) -> Signed | None:
    """None for a commit that is not signed."""
    own = b"gpgsig-sha256 " if object_format == "sha256" else b"gpgsig "
    head, gap, message = data.partition(b"\n\n")
    rest: list[bytes] = []
    signature: list[bytes] = []
    into = rest
    for line in head.split(b"\n"):
        if line.startswith((b"gpgsig ", b"gpgsig-sha256 ")):
            into = signature if line.startswith(own) else []
            into.append(line.partition(b" ")[2])
        elif line.startswith(b" "):  # the line before goes on
            into.append(line[1:] if into is not rest else line)
        else:
            into = rest
            rest.append(line)
    if not signature:
        return None
    when = re.search(rb"^committer .*> (\d{1,12}) ", head, re.MULTILINE)
    text = b"".join(line + b"\n" for line in signature)
    return Signed(b"\n".join(rest) + gap + message, text, int(when[1]) if when else 0)


class Trust:
    """Who may sign here, by the user's own settings for git."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo

    def check(self, signed: Signed, email: str) -> Verdict:
        """Whether the signature is good, and by the person of that address."""
        kind = next((k for k, start in STARTS.items() if signed.signature.startswith(start)), None)
        if kind is None:
            return Verdict("bad", "its signature is of a kind that is not known")
        with tempfile.TemporaryDirectory(prefix="phc-") as folder:
            file = Path(folder) / "signature"
            file.write_bytes(signed.signature)
            try:
                if kind == "ssh":
                    return self._ssh(signed, file, email)
                return self._gpg(kind, signed, file, email)
            except (OSError, subprocess.TimeoutExpired) as error:
                return Verdict("unknown", f"{self._program(kind)} could not be run: {error}")

    @cached_property
    def state(self) -> Sequence[str]:
        """All that a good verdict hangs on, to be told apart from what it will be later."""
        found = [self._path(name) for name in ("allowedSignersFile", "revocationFile")]
        ssh = [path.read_bytes().hex() if path and path.is_file() else "" for path in found]
        home = Path(os.environ.get("GNUPGHOME") or Path.home() / ".gnupg")
        names = ("pubring.kbx", "pubring.gpg", "trustdb.gpg", "public-keys.d/pubring.db")
        return [*ssh, self._level, *(_stat(home / name) for name in names)]

    @property
    def names_signers(self) -> bool:
        """Whether a file says who may sign."""
        allowed = self._path("allowedSignersFile")
        return allowed is not None and allowed.is_file()

    # ssh

    def _ssh(self, signed: Signed, file: Path, email: str) -> Verdict:
        allowed, revoked = self._path("allowedSignersFile"), self._path("revocationFile")
        if allowed is None:
            return Verdict("unknown", "no file says who may sign (gpg.ssh.allowedSignersFile)")
        if not email or email.startswith("-"):
            return Verdict("bad", "it is said to be by nobody who could sign")
        # by local time, as the dates in the file are meant
        when = time.strftime("%Y%m%d%H%M%S", time.localtime(signed.seconds))
        words = ["-Y", "verify", "-n", "git", "-f", str(allowed), "-I", email, "-s", str(file)]
        words += [f"-Overify-time={when}", *(["-r", str(revoked)] if revoked else [])]
        done = self._run("ssh", words, signed.payload)
        if done.returncode == 0:
            return GOOD
        said = (done.stderr + done.stdout).decode(errors="replace").splitlines()
        why = next((line for line in said if line.strip()), "it does not verify")
        found = ["-Y", "find-principals", "-f", str(allowed), "-s", str(file)]
        by = self._run("ssh", [*found, f"-Overify-time={when}"], b"")
        who = by.stdout.decode(errors="replace").split("\n")[0]
        if by.returncode == 0 and who and who != email:
            return Verdict("bad", f"it is signed by {who}, not by {email}")
        return Verdict("bad" if by.returncode == 0 else "unknown", why)

    # gpg

    def _gpg(self, kind: str, signed: Signed, file: Path, email: str) -> Verdict:
        words = ["--status-fd=1", "--verify", str(file), "-"]
        lines = list(_status(self._run(kind, words, signed.payload).stdout))
        said = dict(reversed(lines))  # of two, the first
        if sum(word in RESULTS for word, _ in lines) > 1:
            return Verdict("bad", "it has more than one signature")
        if said.keys() & {"BADSIG", "REVKEYSIG", "EXPSIG"}:
            whys = {"BADSIG": "does not fit", "REVKEYSIG": "is by a revoked key"}
            why = next((text for word, text in whys.items() if word in said), "has expired")
            return Verdict("bad", f"its signature {why}")
        if "VALIDSIG" not in said or not said.keys() & {"GOODSIG", "EXPKEYSIG"}:
            return Verdict("unknown", "the key that it is signed with is not known")
        fingerprint, _, stamp, *_ = said["VALIDSIG"].split()
        made = max(signed.seconds, int(stamp) if stamp.isdigit() else 0)
        ends = [int(rest) for word, rest in lines if word == "KEYEXPIRED" and rest.isdigit()]
        if "EXPKEYSIG" in said and (not ends or made >= min(ends)):
            return Verdict("bad", "it was signed when the key had expired")
        addresses, owner = self._key(kind, fingerprint)
        if email.lower() not in addresses:
            return Verdict("bad", f"it is signed by {said.get('GOODSIG', fingerprint)}")
        level = next((w[6:].lower() for w in said if w.startswith("TRUST_")), "undefined")
        # of an expired key gpg says no more than that; what its owner is trusted with stays
        return self._trusted(owner if "EXPKEYSIG" in said else level)

    def _trusted(self, level: str) -> Verdict:
        if level == "never" or LEVELS.index(level) < LEVELS.index(self._level):
            return Verdict("unknown", f"trust in the key that it is signed with is {level}")
        return GOOD

    def _key(self, kind: str, fingerprint: str) -> tuple[set[str], str]:
        """The addresses of a key that are not revoked, and how far its owner is trusted."""
        done = self._run(kind, ["--with-colons", "--list-keys", fingerprint], b"")
        rows = [line.split(":") for line in done.stdout.decode(errors="replace").splitlines()]
        ids = [row[9] for row in rows if row[0] == "uid" and len(row) > 9 and row[1] != "r"]
        found = {m[1].lower() for one in ids if (m := re.search(r"<([^<>]+)>", one))}
        letters = (row[8] for row in rows if row[0] == "pub" and len(row) > 8)
        levels = {level[0]: level for level in LEVELS[1:]}
        return found, levels.get(next(letters, ""), "undefined")

    @cached_property
    def _level(self) -> str:
        """How far a key must be trusted. Not git's "undefined", if nothing is set: with that,
        whatever key is in the ring could speak for whoever it says that it is.
        """
        found = self._setting("gpg.minTrustLevel").lower()
        return found if found in LEVELS else "marginal"

    # The user's settings

    def _run(
        self, kind: str, words: Sequence[str], data: bytes
    ) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(  # noqa: S603  (what the user has set git to verify with)
            [self._program(kind), *words],
            input=data,
            capture_output=True,
            env={**os.environ, "LC_ALL": "C"},
            timeout=PATIENCE,
            check=False,
        )

    def _program(self, kind: str) -> str:
        named = self._setting(f"gpg.{kind}.program")
        if not named and kind == "openpgp":
            named = self._setting("gpg.program")
        return named or PROGRAMS[kind]

    def _path(self, name: str) -> Path | None:
        found = self._setting(f"gpg.ssh.{name}", "--type=path")
        root = self._repo.worktree or self._repo.git_dir
        return root / found if found else None

    def _setting(self, name: str, *how: str) -> str:
        if (known := self._known.get(name)) is None:
            done = self._repo.git("config", *how, "-z", "--get", name, ok=(0, 1))
            known = self._known[name] = os.fsdecode(done.out).removesuffix("\0")
        return known

    @cached_property
    def _known(self) -> dict[str, str]:
        return {}


def _status(out: bytes) -> Iterator[tuple[str, str]]:
    """What gpg says to programs: a word, and what belongs to it."""
    for line in out.decode(errors="replace").splitlines():
        if line.startswith("[GNUPG:] "):
            word, _, rest = line.removeprefix("[GNUPG:] ").partition(" ")
            yield word, rest


def _stat(path: Path) -> str:
    try:
        found = path.stat()
    except OSError:
        return ""
    return f"{found.st_mtime_ns} {found.st_size}"
