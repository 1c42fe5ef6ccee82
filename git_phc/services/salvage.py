"""Fetches from a remote that is damaged: all that it can give, and the names of what it cannot.

One missing object makes a remote break off a fetch of everything. Then what is new there is
fetched by halves, down to the refs that it cannot give.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from git_phc.errors import RemoteFailed
from git_phc.git.refs import list_refs
from git_phc.git.remote import fetch, list_remote
from git_phc.services.context import Context
from git_phc.store import layout

MOST = 100  # fetches, after which it is not the one or other object that is missing there


def fetch_what_can_be(ctx: Context, remote: str, failure: RemoteFailed) -> dict[str, str]:
    """Brings the tasks; why some could not be brought, by name. Raises `failure` again where it
    has another reason.
    """
    there = list_remote(ctx.repo, ctx.wire, remote, f"{layout.TASKS}*")
    home = layout.tracking(remote)
    here = dict(list_refs(ctx.repo, home))
    names = [ref.removeprefix(layout.TASKS) for ref in there]
    news = [name for name in names if here.get(home + name) != there[layout.TASKS + name]]
    return dict(_by_halves(ctx, remote, news, [MOST], failure))


def _by_halves(
    ctx: Context, remote: str, names: Sequence[str], left: list[int], failure: RemoteFailed
) -> Iterator[tuple[str, str]]:
    if not names:
        return
    left[0] -= 1
    if left[0] < 0:
        raise failure
    home = layout.tracking(remote)
    try:
        fetch(ctx.repo, ctx.wire, remote, [f"+{layout.TASKS}{n}:{home}{n}" for n in names])
    except RemoteFailed as error:
        if len(names) == 1:
            yield names[0], f"cannot be fetched: {error.message}"
            return
        half = len(names) // 2
        yield from _by_halves(ctx, remote, names[:half], left, failure)
        yield from _by_halves(ctx, remote, names[half:], left, failure)
