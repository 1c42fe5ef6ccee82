"""Looks through what a push would publish: checkpoints hold what nobody has committed.

A secret in one, and files that git does not track, go along only when somebody says so: of a
secret each time, of untracked files once a remote (`remote.<name>.phcUntracked`). Where one push
has both, nobody knows which of the two a yes was for, so it holds for this once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from git_phc.errors import DamagedTask
from git_phc.git.housekeeping import missing
from git_phc.git.objects import read_many
from git_phc.services.context import Context
from git_phc.store import layout
from git_phc.store.sync import Seen
from git_phc.store.tasks import list_tasks

LONGEST = 1 << 20  # bytes; a longer file is data


class Agree(Protocol):
    """The user: whom a push asks whether something may go along, and tells what that has set."""

    def __call__(self, question: str, /) -> bool: ...

    def say(self, words: str, /) -> None: ...


def held_back(
    ctx: Context, remote: str, now: Seen, names: Sequence[str], agree: Agree | None
) -> dict[str, str]:
    """Why some of the tasks are not to be sent, by name; `agree` asks the user a question.

    Without it no secret goes along, and untracked files do.
    """
    carry = [name for name in names if _new_work(now, name)]
    found = _secrets(ctx, remote, now, carry) if carry else {}
    if agree is None:
        return {name: _secret_why(name, path, 0) for name, path in found.items()}
    counts = _untracked(ctx, remote, now, carry) if carry else {}
    held = {
        name: _secret_why(name, path, counts.get(name, 0))
        for name, path in found.items()
        if not agree(f"{path} of the task {name[:8]} looks as if it held a secret. Send it?")
    }
    rest = {name: count for name, count in counts.items() if name not in held}
    if not rest or _may_go(ctx, remote, sum(rest.values()), agree, for_good=not found):
        return held
    whens = {name: "this once" if name in found else "now and later" for name in rest}
    return held | {name: _untracked_why(name, n, whens[name]) for name, n in rest.items()}


def _new_work(now: Seen, name: str) -> bool:
    ours = now.ours["work"].get(name)
    return ours is not None and ours != now.theirs["work"].get(name)


# Secrets


def _secrets(ctx: Context, remote: str, now: Seen, names: Sequence[str]) -> dict[str, str]:
    """The paths of files with a secret, of the tasks that have one."""
    if _secret(ctx, remote, now, names) is None:  # of all at once: mostly there is none
        return {}
    return {name: path for name in names if (path := _secret(ctx, remote, now, [name]))}


def _secret_why(name: str, path: str, untracked: int) -> str:
    beside = f", and {_files_word(untracked)} that git does not track would go along"
    what = "send all of it, this once" if untracked else "send it all the same"
    return (
        f"{path} looks as if it held a secret{beside if untracked else ''}; "
        f"to {what}: git phc push {name[:8]} -y"
    )


def _secret(ctx: Context, remote: str, now: Seen, names: Sequence[str]) -> str | None:
    """The path of a file with a secret that would go along with one of these tasks."""
    files = _files(ctx, remote, now, names)
    for path, blob in zip(files.values(), read_many(ctx.repo, files, LONGEST), strict=True):
        if blob and blob.kind == b"blob" and not blob.is_cut and b"\0" not in blob.data:
            text = blob.data.decode(errors="replace")
            if ctx.redact(text) != text:
                return path
    return None


def _files(ctx: Context, remote: str, now: Seen, names: Sequence[str]) -> dict[str, str]:
    """The objects of their checkpoints that the remote does not have, as far as we know: their
    paths, by object id. What was committed before a task began is not its own.
    """
    known = [oid for name in names if (oid := now.theirs["work"].get(name))]
    tips = [now.ours["work"][name] for name in names]
    lines = [*tips, *(f"^{oid}" for oid in (*known, *_bases(ctx, names)))]
    script = "".join(f"{line}\n" for line in lines).encode()
    arguments = ("rev-list", "--objects", "--stdin", "--not", f"--remotes={remote}")
    found = ctx.repo.git(*arguments, input=script).out
    words = (line.partition(" ") for line in found.decode(errors="replace").split("\n"))
    return {oid: path for oid, space, path in words if space and path}


def _bases(ctx: Context, names: Sequence[str]) -> list[str]:
    """The commits at which the tasks began, those that are here."""
    tasks = list_tasks(ctx.repo, *(layout.TASKS + name for name in names))
    found = {task.base for task in tasks if not isinstance(task, DamagedTask) and task.base}
    return sorted(found.difference(missing(ctx.repo, found)))


# Untracked files


def _untracked(ctx: Context, remote: str, now: Seen, names: Sequence[str]) -> Mapping[str, int]:
    """How many untracked files the tasks have about which the user was not asked for good."""
    key = _key(remote)
    if ctx.repo.git("config", "--type=bool", "--get", key, ok=()).out.strip() == b"true":
        return {}
    return {name: count for name in names if (count := _count(ctx, now.ours["work"][name]))}


def _key(remote: str) -> str:
    return f"remote.{remote}.phcUntracked"


def _may_go(ctx: Context, remote: str, count: int, agree: Agree, *, for_good: bool) -> bool:
    """Whether the user lets untracked files go along; `for_good`, that is set for the remote."""
    when = "now and later" if for_good else "this once"
    files = f"{_files_word(count)} that git does not track"
    if not agree(f"{files} would go to {remote}, {when}. Send them?"):
        return False
    if for_good:
        ctx.repo.git("config", _key(remote), "true")
        agree.say(
            f"From now on files that git does not track go along to {remote}. "
            f"To take that back: git config --unset {_key(remote)}"
        )
    return True


def _untracked_why(name: str, count: int, when: str) -> str:
    return (
        f"{_files_word(count)} that git does not track would go along; "
        f"to send them, {when}: git phc push {name[:8]} -y"
    )


def _count(ctx: Context, link: str) -> int:
    """How many untracked files a checkpoint holds."""
    words = ("ls-tree", "-r", "-z", "--name-only", f"{link}:untracked")
    return ctx.repo.git(*words, ok=()).out.count(b"\0")


def _files_word(count: int) -> str:
    return f"{count} file" if count == 1 else f"{count} files"
