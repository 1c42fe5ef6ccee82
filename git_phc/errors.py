"""Every error that a user can meet, as one tree.

    PhcError                      1  something failed or was refused
    ├── Refused                   1  the request makes no sense in this state
    ├── UsageError                2  the words of the command are off
    ├── NoSuchTask                3  no task, or more than one, has that name
    ├── Conflict                  4  two histories, or two owners, disagree
    │   ├── ClaimLost             4  a run that no longer holds its task
    │   └── LostRace              4  a compare-and-swap found another value; callers retry
    ├── NotTrusted                5  it would run something that nobody here consented to
    ├── NotARepository            1  there is no Git repository here
    ├── GitFailed                 1  a git program failed in a way that has no better name
    ├── RemoteFailed              1  a remote could not be reached, or broke off
    ├── DamagedTask               1  a task's ref or one of its objects cannot be read
    └── NewerVersion              1  a task was written by a version that knows more

An error is one sentence of what is wrong (`message`), and one of what to do (`hint`).
Both are for people and end without a full stop in code; the renderer sets it. The number
is the exit code; `cli.diagnostics` is the only reader of it.
"""

from __future__ import annotations

from collections.abc import Sequence


class PhcError(Exception):
    """What went wrong, in a sentence, and what to type next."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def in_words(error: Exception) -> str:
    """An error within other words: ours by its sentence, the system's by its own."""
    if isinstance(error, PhcError):
        return error.message
    return str(error) if isinstance(error, OSError) else repr(error)


class Refused(PhcError):
    """The request was understood, and is not possible now."""


class UsageError(PhcError):
    """The words of the command are off."""

    exit_code = 2


class NoSuchTask(PhcError):
    """No task, or more than one, answers to that word."""

    exit_code = 3


class Conflict(PhcError):
    """Two histories or two owners disagree, and a person has to choose."""

    exit_code = 4


class ClaimLost(Conflict):
    """The task is in the hands of another run, or of none: this one must write nothing more."""


class LostRace(Conflict):
    """A ref was not what it was expected to be; nothing has been written."""


class NotTrusted(PhcError):
    """Something would run that nobody here has consented to: `asked`, to show and to grant."""

    exit_code = 5

    def __init__(self, message: str, hint: str = "", asked: object = None) -> None:
        super().__init__(message, hint)
        self.asked = asked


class NotARepository(PhcError):
    """There is no Git repository here, or git refuses to read it."""


class RemoteFailed(PhcError):
    """A remote could not be reached, refused us, or broke off.

    `silent`: it was given up, since it did not say a word for too long.
    """

    def __init__(self, message: str, hint: str = "", *, silent: bool = False) -> None:
        super().__init__(message, hint)
        self.silent = silent


class DamagedTask(PhcError):
    """A task's ref names something that is not a readable task."""


class NewerVersion(PhcError):
    """A task holds events of a version that this program does not know."""


class GitFailed(PhcError):
    """A git program ended badly. Carries the call, so that a report can show it."""

    def __init__(self, argv: Sequence[str], status: int, stderr: str) -> None:
        self.argv = tuple(argv)
        self.status = status
        self.stderr = stderr.strip()
        words = [word for word in self.argv[1:] if not word.startswith("-") and "=" not in word]
        said = self.stderr.splitlines()[-1] if self.stderr else f"exit code {status}"
        hint = next((hint for sign, hint in SYSTEM_HINTS.items() if sign in self.stderr), "")
        super().__init__(f"git {words[0] if words else ''} failed: {said}", hint)


ROOM = "Nothing was lost. Make room, then try again; see how much there is: df -h"
ACCESS = "Nothing was lost. Grant access, then try again"
SYSTEM_HINTS = {
    "No space left on device": ROOM,
    "Out of diskspace": ROOM,
    "Disk quota exceeded": ROOM,
    "Read-only file system": ACCESS,
    "Permission denied": ACCESS,
    "couldn't write": f"{ROOM}; or grant access",
    "unable to write": f"{ROOM}; or grant access",
    "bad tree object": "Look closer: git fsck",
    **dict.fromkeys(
        (
            "missing object",
            "bad object",
            "not a tree object",
            "revision walk setup failed",
            "loose object",
            "is corrupt",
        ),
        "See what can be done: git phc doctor",
    ),
}
