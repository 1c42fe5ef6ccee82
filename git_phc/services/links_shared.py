"""Notes on commits go along with the tasks that they tell of, and come with them.

`refs/notes/phc` is one ref for all tasks, so ours is never sent as it is. What goes to a remote
is made on top of what it has: the lines of tasks that are shared with it, and nothing else. What
comes from there is joined with ours line by line.
"""

from __future__ import annotations

from git_phc.errors import DamagedTask, RemoteFailed
from git_phc.git.encoding import Signature
from git_phc.git.notes import add_lines, missing, with_lines
from git_phc.git.objects import Reader
from git_phc.git.refs import list_refs, set_refs
from git_phc.git.remote import Update, fetch, push
from git_phc.host.clock import seconds_from_rfc3339
from git_phc.host.paths import read_text, replace_file
from git_phc.model.link import task_of_line
from git_phc.services.context import Context, signature
from git_phc.store import layout
from git_phc.store.arbiters import Sharings

WHAT = "the notes on commits"
JOINER = "git-phc-merge"
ROUNDS = 10  # pushes in a row, each of which has met news there


def refspec(remote: str) -> str:
    """What to fetch; a pattern, since git fails on a single ref that is not there."""
    return f"+{layout.NOTES}*:{layout.notes_of(remote)}*"


def take_links(ctx: Context, remote: str) -> str | None:
    """Joins what was fetched with our notes; what is no line of ours is left. Why it could not
    be read, else None.
    """
    ours, theirs = _tips(ctx, remote)
    try:
        if not _is_settled(ctx, remote, ours, theirs):
            _join(ctx, ours, theirs)
    except DamagedTask as error:
        return error.message
    return None


def _join(ctx: Context, ours: str | None, theirs: str | None) -> bool:
    """Takes over what the remote's notes have and ours have not; says whether there was any."""
    found = missing(ctx.repo, theirs, ours) if theirs else {}
    lines = {c: {line for line in new if task_of_line(line)} for c, new in found.items()}
    lines = {commit: new for commit, new in lines.items() if new}
    if lines:
        # not the user, whom git need not know for a pull
        who = Signature(JOINER, JOINER, seconds_from_rfc3339(ctx.clock.now()))
        add_lines(ctx.repo, ctx.writer, lines, who=who)
    return bool(lines)


def send_links(ctx: Context, remote: str) -> str | None:
    """Sends the lines of shared tasks that the remote lacks; why it could not, None when it has
    them all.
    """
    for _ in range(ROUNDS):
        ours, theirs = _tips(ctx, remote)
        if ours is None or _is_settled(ctx, remote, ours, theirs):
            return None
        try:
            made = _made(ctx, remote, ours, theirs)
        except DamagedTask as error:
            return f"{WHAT}: {error.message}"
        if made is None and _join(ctx, ours, theirs):
            continue
        if made is None:
            _settle(ctx, remote, ours, theirs)
            return None
        update = Update(layout.NOTES, made, lease=theirs or "")
        result = push(ctx.repo, ctx.wire, remote, [update], atomic=False)
        told = result.refs[layout.NOTES]
        if told.outcome in ("moved", "same"):
            set_refs(ctx.repo, {layout.notes_of(remote): made})
            continue  # there may be more by now
        try:
            fetch(ctx.repo, ctx.wire, remote, [refspec(remote)], prune=True)
        except RemoteFailed as error:
            return f"{WHAT}: {result.failure or error.message}"
        if _tips(ctx, remote)[1] == theirs:  # nothing new there, so it does not want them
            return f"{WHAT}: {result.failure or told.words}"
    return f"{WHAT}: others change them there without a pause"


def _made(ctx: Context, remote: str, ours: str, theirs: str | None) -> str | None:
    """A commit of what the remote has and lacks, of shared tasks alone; None for no news."""
    found = missing(ctx.repo, ours, theirs)
    shared = Sharings(ctx.repo).shared_with(remote) if found else set()
    lines = {c: {line for line in new if task_of_line(line) in shared} for c, new in found.items()}
    lines = {commit: new for commit, new in lines.items() if new}
    if not lines:
        return None
    with Reader(ctx.repo) as reader:
        made = with_lines(reader, ctx.writer, theirs, lines, signature(ctx))
    ctx.writer.secure()
    return made


def _tips(ctx: Context, remote: str) -> tuple[str | None, str | None]:
    """What our notes and the remote's hold, as we know it."""
    refs = dict(list_refs(ctx.repo, layout.NOTES, layout.notes_of(remote)))
    return refs.get(layout.NOTES), refs.get(layout.notes_of(remote))


# Mostly both are as they were when neither lacked a line of the other's: that is kept, as a cache.


def _is_settled(ctx: Context, remote: str, ours: str | None, theirs: str | None) -> bool:
    return read_text(layout.notes_file(ctx.repo, remote)) == _state(ctx, ours, theirs)


def _settle(ctx: Context, remote: str, ours: str | None, theirs: str | None) -> None:
    replace_file(layout.notes_file(ctx.repo, remote), _state(ctx, ours, theirs).encode())


def _state(ctx: Context, ours: str | None, theirs: str | None) -> str:
    """What the answer depends on: both notes, and which tasks are shared."""
    try:
        shared = layout.shared_file(ctx.repo).stat().st_size  # it only grows
    except OSError:
        shared = 0
    return f"{ours} {theirs} {shared}"
