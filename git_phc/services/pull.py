"""Brings the tasks of others from a remote, and the news of those that are here."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct

from git_phc.errors import NoSuchTask, RemoteFailed
from git_phc.git.remote import fetch
from git_phc.model.ids import looks_like_id
from git_phc.services import links_shared
from git_phc.services.context import Context
from git_phc.services.find import find
from git_phc.services.policy import policy_here
from git_phc.services.salvage import fetch_what_can_be
from git_phc.store import layout
from git_phc.store.arbiters import share
from git_phc.store.leases import note_leases
from git_phc.store.sync import Received, Seen, look, receive

Names = Sequence[str]  # of tasks, or beginnings of such


def pull(ctx: Context, remote: str, words: Sequence[str] = ()) -> list[Received]:
    """Fetches, judges, and takes over what is fit: of all tasks, or of those that are named.

    Raises RemoteFailed; NoSuchTask for a word that names no task, here or there.
    """
    names = [_name(ctx, word) for word in words]
    received = take(ctx, remote, names, clone="" if names else ctx.clone).received
    for word, name in zip(words, names, strict=True):
        if not _is_known(ctx, remote, name):
            raise NoSuchTask(f"there is no task {word!r}, here or on {remote}", "See: git phc pull")
    return received


class Taken(Struct, frozen=True):
    """What was taken in, and how all stands now where that has changed nothing."""

    received: list[Received]
    now: Seen | None


def take_in(ctx: Context, remote: str, names: Names = ()) -> list[Received]:
    """The same by the names of tasks, or their beginnings; none stands for all."""
    return take(ctx, remote, names, clone=ctx.clone).received


def take(
    ctx: Context,
    remote: str,
    names: Names = (),
    *,
    clone: str,
    check: Callable[[], object] = lambda: None,
) -> Taken:
    """The same, with how all stands now. `clone`: see `store.sync.receive`. `check` may raise,
    when all is fetched and nothing is taken over yet.
    """
    before = look(ctx.repo, remote)
    missing = _fetch(ctx, remote, names)
    check()
    if not policy_here(ctx).serves:  # a worker watches them all the time
        note_leases(ctx.repo, remote, ctx.clock.monotonic)
    now = look(ctx.repo, remote)
    tips, offered = before.theirs["tasks"], now
    if names:
        offered, tips = now.only(tuple(names)), before.only(tuple(names)).theirs["tasks"]
    policy = policy_here(ctx)
    signed = policy.is_signed if policy.serves else ctx.setting("sign") == "required"
    found = receive(ctx.repo, ctx.writer, remote, tips, offered, signed=signed, clone=clone)
    share(ctx.repo, [one.name for one in found if one.outcome == "new"], remote)
    if why := links_shared.take_links(ctx, remote):
        missing = {**missing, "notes": f"is left there: {why}"}
    told = [one for one in found if one.outcome != "known"]
    told += [Received(name, "quarantined", why) for name, why in missing.items()]
    return Taken(told, None if any(one.moves for one in found) else now)


def _fetch(ctx: Context, remote: str, names: Names) -> dict[str, str]:
    """Fetches; why some tasks could not be, by name."""
    try:
        wanted = [*refspecs(remote, names), *refspecs(remote, names, "lease")]
        wanted.append(links_shared.refspec(remote))
        fetch(ctx.repo, ctx.wire, remote, wanted, prune=True)
    except RemoteFailed as error:
        if error.silent:
            raise
        return fetch_what_can_be(ctx, remote, error)
    return {}


def refspecs(remote: str, names: Names = (), kind: str = "tasks") -> list[str]:
    """What to fetch, and where to: of all, or of the tasks whose names begin so.

    A pattern also for a whole name, since git fails on a single ref that is not there.
    """
    there, here = f"{layout.ROOT}{kind}/", layout.tracking(remote, kind)
    return [f"+{there}{name}*:{here}{name}*" for name in names or ("",)]


def _name(ctx: Context, word: str) -> str:
    """The id of a task that is here, or what may be the beginning of one that is there."""
    try:
        return find(ctx, word).id
    except NoSuchTask:
        if not looks_like_id(word):
            raise
        return word


def _is_known(ctx: Context, remote: str, name: str) -> bool:
    now = look(ctx.repo, remote).only((name,))
    return bool(now.theirs["tasks"] or now.ours["tasks"])
