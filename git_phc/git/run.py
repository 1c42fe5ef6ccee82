"""Starts git, always in the same hardened way.

Every call of the git program in this project goes through `git()` or `spawn()`. They scrub
the environment, answer no prompt, and run none of the user's hooks; a caller that wants a
hook to run says so by name (`worktrees.run_hook`).
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from msgspec import Struct

from git_phc.errors import GitFailed, PhcError

Word = str | bytes | os.PathLike[str]

# GIT_* variables that may pass, each with its reason. The rest (GIT_DIR, GIT_INDEX_FILE,
# GIT_WORK_TREE, …) are set by git around hooks and aliases, and would point our calls at
# another repository than the one that was opened.
KEPT = frozenset(
    {
        "GIT_CONFIG_GLOBAL",  # which files are the user's configuration
        "GIT_CONFIG_SYSTEM",
        "GIT_CONFIG_NOSYSTEM",
        "GIT_CONFIG_COUNT",  # settings for this one call: `git -c x.y=z phc`, and CI's
        "GIT_CONFIG_PARAMETERS",
        "GIT_SSH",  # how the user reaches remotes
        "GIT_SSH_COMMAND",
        "GIT_SSH_VARIANT",
        "GIT_ASKPASS",
        "GIT_ALLOW_PROTOCOL",  # what git may be talked into
        "GIT_PROTOCOL_FROM_USER",
        "GIT_SSL_CAINFO",
        "GIT_SSL_CAPATH",
        "GIT_SSL_CERT",
        "GIT_SSL_KEY",
        "GIT_SSL_NO_VERIFY",
        "GIT_PROXY_COMMAND",
        "GIT_AUTHOR_NAME",  # who the user says they are
        "GIT_AUTHOR_EMAIL",
        "GIT_COMMITTER_NAME",
        "GIT_COMMITTER_EMAIL",
        "GIT_CEILING_DIRECTORIES",  # where discovery stops
        "GIT_EXEC_PATH",  # which git this is
    }
)

KEPT_PREFIXES = ("GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_")  # numbered by GIT_CONFIG_COUNT

ALWAYS = {
    "GIT_EDITOR": ":",  # nothing of ours waits in an editor
    "GIT_SEQUENCE_EDITOR": ":",
    "GIT_TERMINAL_PROMPT": "0",  # nor for a password that nobody is asked for
    "GIT_OPTIONAL_LOCKS": "0",  # a reader never takes the user's index.lock
    "LC_ALL": "C",  # messages that we tell apart by their words
    "LANGUAGE": "",
}

HARDENED = (
    "-c", "core.hooksPath=/dev/null",  # plumbing must not run the user's hooks
    "-c", "core.fsmonitor=false",  # nor a program that a repository names
    "-c", "gc.auto=0",  # nor start a housekeeper behind the command
    "-c", "maintenance.auto=false",
)  # fmt: skip


class Result(Struct, frozen=True):
    """How a git program ended: its exit code, and what it wrote, as bytes."""

    status: int
    out: bytes
    err: bytes

    @property
    def ok(self) -> bool:
        return self.status == 0

    @property
    def said(self) -> str:
        """Its standard error, as text, without the white space around it."""
        return self.err.decode(errors="replace").strip()


def scrubbed(environ: Mapping[str, str]) -> dict[str, str]:
    """`environ` without what git or a caller's hook left in it."""
    return {k: v for k, v in environ.items() if not k.startswith("GIT_") or _is_kept(k)}


def _is_kept(name: str) -> bool:
    return name in KEPT or name.startswith(KEPT_PREFIXES)


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of every git call: scrubbed, quiet, plus `extra`."""
    return {**scrubbed(os.environ), **ALWAYS, **(extra or {})}


def command(args: Sequence[Word], *, hardened: bool = True) -> list[str]:
    """The whole argument list for `git ARGS`; bytes are decoded as file names are."""
    return ["git", *(HARDENED if hardened else ()), *(os.fsdecode(word) for word in args)]


def git(
    args: Sequence[Word],
    *,
    cwd: Path | None = None,
    input: bytes | None = None,
    env: Mapping[str, str] | None = None,
    ok: Sequence[int] = (0,),
    hardened: bool = True,
    keep_open: int | None = None,
    timeout: float | None = None,
) -> Result:
    """Runs `git ARGS` to its end.

    `keep_open` is a descriptor that the git program shall hold for as long as it lives.
    Raises GitFailed when it ends with an exit code that is not among `ok`, PhcError when it
    takes longer than `timeout` seconds. With `ok=()` any exit code is an answer.
    """
    argv = command(args, hardened=hardened)
    try:
        done = subprocess.run(  # noqa: S603  (a list, never a shell)
            argv,
            cwd=cwd,
            input=input,
            stdin=subprocess.DEVNULL if input is None else None,
            capture_output=True,
            env=environment(env),
            pass_fds=() if keep_open is None else (keep_open,),
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise PhcError(
            f"git has not come to an end within {error.timeout:.0f} seconds in {cwd}",
            "Look what is in there: a pipe under a name that git reads, or a file without end",
        ) from error
    except FileNotFoundError as error:
        raise missing(cwd) from error
    except (OSError, ValueError) as error:  # E2BIG, a NUL byte in an argument, EACCES
        raise PhcError(f"git could not be started: {error}") from error
    result = Result(done.returncode, done.stdout, done.stderr)
    if ok and result.status not in ok:
        raise GitFailed(command(args, hardened=False), result.status, result.said)
    return result


def spawn(
    args: Sequence[Word],
    *,
    cwd: Path | None = None,
    stdin: int | IO[bytes] = subprocess.PIPE,
    stderr: int | IO[bytes] = subprocess.DEVNULL,
    env: Mapping[str, str] | None = None,
    keep_open: int | None = None,
) -> subprocess.Popen[bytes]:
    """Starts `git ARGS` with pipes to its standard input and output, to be kept and asked.
    `keep_open`: see `git`.
    """
    try:
        return subprocess.Popen(  # noqa: S603
            command(args),
            cwd=cwd,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=stderr,
            env=environment(env),
            pass_fds=() if keep_open is None else (keep_open,),
        )
    except FileNotFoundError as error:
        raise missing(cwd) from error


GONE = "If you stand in it, cd to one that exists; else look at: git phc doctor"


def missing(cwd: Path | None) -> PhcError:
    """Why a start of git said "not found": the folder, or git itself."""
    if cwd is not None and not cwd.is_dir():
        return PhcError(f"the folder {cwd} does not exist", GONE)
    return PhcError("git is not installed, or not on PATH", "Install git 2.39 or later")
