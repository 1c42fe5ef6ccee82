"""What may go wrong between this clone and its remotes: settings that would take our refs along or
away, and, when a remote is named, what that host refuses, found out by really doing it.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence

from git_phc.errors import RemoteFailed
from git_phc.git.encoding import COMMIT, encode_commit
from git_phc.git.objects import put_tree
from git_phc.git.remote import Pushed, Remote, Update, list_remote, push, remotes
from git_phc.services.context import Context, signature
from git_phc.services.leftovers import Finding

NAMES = ("refs/phc/probe/{}", "refs/notes/phc-probe-{}")


def settings_of_remotes(ctx: Context) -> Iterator[Finding]:
    """Remotes whose settings touch refs of ours by plain git."""
    for remote in remotes(ctx.repo).values():
        if remote.mirror:
            yield Finding(
                f"the remote {remote.name} is a mirror: git push publishes every task, and deletes "
                "there what others have shared",
                f"Make it a plain one: git config --unset remote.{remote.name}.mirror",
            )
        for spec in remote.refspecs:
            if _covers_ours(spec):
                yield Finding(
                    f"the remote {remote.name} fetches with {spec}: git fetch overwrites tasks, "
                    "and with --prune deletes them",
                    f"Fetch branches only: git config remote.{remote.name}.fetch "
                    f"'+refs/heads/*:refs/remotes/{remote.name}/*'",
                )


def _covers_ours(refspec: str) -> bool:
    into = refspec.removeprefix("+").partition(":")[2]
    head = into.partition("*")[0]
    return bool(into) and ("refs/phc/".startswith(head) or _is_a_home(head))


def _is_a_home(head: str) -> bool:
    homes = ("tasks", "runs", "work", "trash")
    return any(head.startswith(f"refs/phc/{home}") for home in homes)


def probe(ctx: Context, remote: Remote) -> Iterator[Finding]:
    """Pushes throwaway refs, moves them, deletes them; a finding for each thing refused.

    Raises RemoteFailed where the remote cannot be reached at all.
    """
    list_remote(ctx.repo, ctx.wire, remote.name, "refs/phc/probe/*")
    nonce = secrets.token_hex(8)
    refs = [name.format(nonce) for name in NAMES]
    one = _throwaway(ctx, [])
    two = _throwaway(ctx, [one])
    made = _push(ctx, remote, [Update(ref, one) for ref in refs], atomic=True)
    if made.lacks_atomic:
        yield Finding(
            f"the remote {remote.name} takes no atomic push",
            "push and sync do without, a ref at a time; cloud workers need it",
        )
    if not made.is_clean:  # each by itself, so that what is refused is known
        made = _push(ctx, remote, [Update(ref, one) for ref in refs])
    yield from _refused(remote, made, "takes no ref such as {}")
    here = [ref for ref, told in made.refs.items() if told.outcome == "moved"]
    if here:
        moved = _push(ctx, remote, [Update(ref, two, lease=one) for ref in here])
        yield from _refused(remote, moved, "lets {} not be moved")
        ends = {ref: two if moved.refs[ref].outcome == "moved" else one for ref in here}
        gone = [Update(ref, None, lease=oid) for ref, oid in ends.items()]
        yield from _refused(remote, _push(ctx, remote, gone), "lets {} not be deleted")


def _throwaway(ctx: Context, parents: Sequence[str]) -> str:
    """A commit of nothing."""
    who, writer = signature(ctx), ctx.writer
    tree = put_tree(writer, {})
    oid = writer.put(COMMIT, encode_commit(tree, parents, who, who, "git phc doctor: a probe"))
    writer.forget()
    return oid


def _push(ctx: Context, remote: Remote, updates: list[Update], *, atomic: bool = False) -> Pushed:
    done = push(ctx.repo, ctx.wire, remote.name, updates, atomic=atomic)
    if done.failure and not done.lacks_atomic:
        raise RemoteFailed(
            f"the remote {remote.name} takes no push: {done.failure}",
            "Look whether you may push there",
        )
    return done


def _refused(remote: Remote, done: Pushed, what: str) -> Iterator[Finding]:
    for ref, told in done.refs.items():
        if told.outcome not in ("moved", "same"):
            name = ref.rpartition("/")[0] + "/…"
            yield Finding(
                f"the remote {remote.name} {what.format(name)}: {told.words or 'no answer'}",
                "Ask who runs it to allow refs/phc/* and refs/notes/*",
            )
