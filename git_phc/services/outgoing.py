"""Looks through what a push would publish: checkpoints hold what nobody has committed.

A secret in one, and files that git does not track, go along only when somebody says so: of a
secret each time, of untracked files once a remote (`remote.<name>.phcUntracked`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from git_phc.errors import DamagedTask
from git_phc.git.housekeeping import missing
from git_phc.git.objects import read_many
from git_phc.services.context import Context
from git_phc.store import layout
from git_phc.store.sync import Seen
from git_phc.store.tasks import list_tasks

LONGEST = 1 << 20  # bytes; a longer file is data
Agree = Callable[[str], bool]


def held_back(
    ctx: Context, remote: str, now: Seen, names: Sequence[str], agree: Agree | None
) -> dict[str, str]:
    """Why some of the tasks are not to be sent, by name; `agree` asks the user a question.

    Without it no secret goes along, and untracked files do.
    """
    carry = [name for name in names if _new_work(now, name)]
    held = _secrets(ctx, remote, now, carry, agree or _no) if carry else {}
    rest = [name for name in carry if name not in held]
    if agree is None:
        return held
    return held | (_untracked(ctx, remote, now, rest, agree) if rest else {})


def _no(_question: str) -> bool:
    return False


def _new_work(now: Seen, name: str) -> bool:
    ours = now.ours["work"].get(name)
    return ours is not None and ours != now.theirs["work"].get(name)


# Secrets


def _secrets(
    ctx: Context, remote: str, now: Seen, names: Sequence[str], agree: Agree
) -> dict[str, str]:
    if _secret(ctx, remote, now, names) is None:  # of all at once: mostly there is none
        return {}
    found = {name: path for name in names if (path := _secret(ctx, remote, now, [name]))}
    return {
        name: f"{path} looks as if it held a secret; to send it all the same: "
        f"git phc push {name[:8]} -y"
        for name, path in found.items()
        if not agree(f"{path} of the task {name[:8]} looks as if it held a secret. Send it?")
    }


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


def _untracked(
    ctx: Context, remote: str, now: Seen, names: Sequence[str], agree: Agree
) -> dict[str, str]:
    key = f"remote.{remote}.phcUntracked"
    if ctx.repo.git("config", "--type=bool", "--get", key, ok=()).out.strip() == b"true":
        return {}
    counts = {name: count for name in names if (count := _count(ctx, now.ours["work"][name]))}
    if not counts:
        return {}
    files = _files_word(sum(counts.values()))
    if agree(f"{files} that git does not track would go to {remote}, now and later. Send them?"):
        ctx.repo.git("config", key, "true")
        return {}
    return {
        name: f"{_files_word(count)} that git does not track would go along; "
        f"to send them, now and later: git phc push {name[:8]} -y"
        for name, count in counts.items()
    }


def _count(ctx: Context, link: str) -> int:
    """How many untracked files a checkpoint holds."""
    words = ("ls-tree", "-r", "-z", "--name-only", f"{link}:untracked")
    return ctx.repo.git(*words, ok=()).out.count(b"\0")


def _files_word(count: int) -> str:
    return f"{count} file" if count == 1 else f"{count} files"
