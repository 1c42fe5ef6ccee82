"""Sends tasks to a remote: those that are shared with it, and those that are named now.

A task's refs move together: task, transcripts, checkpoints. All tasks go in one atomic push
where the remote has such. What it rejects is fetched, joined, and sent again; what is rejected
once more is found by halves, so that one bad task keeps no other back.
"""

from __future__ import annotations

import random
from collections.abc import Sequence, Set
from typing import Literal

from msgspec import Struct

from git_phc.errors import RemoteFailed
from git_phc.git.refs import set_refs
from git_phc.git.remote import Pushed, Told, Update
from git_phc.git.remote import push as send
from git_phc.services.context import Context
from git_phc.services.links_shared import send_links
from git_phc.services.outgoing import Agree, held_back
from git_phc.services.pull import take_in
from git_phc.store import layout
from git_phc.store.arbiters import share, shared_first_with
from git_phc.store.sync import KINDS, Received, Seen, look, saw

PATIENCE = 2  # times
ROUNDS = 10  # pushes in a row, each of which has met news there
AT_ONCE = 2000  # tasks in one push: a command line has an end
PAUSE = 0.2  # seconds at most between two pushes, so that two who push do not keep step


class Sent(Struct, frozen=True):
    """What became of one task: "shared" is pushed for the first time; "unknown", the remote
    broke off and cannot be asked; "withheld" was not sent.
    """

    name: str
    outcome: Literal["shared", "pushed", "rejected", "unknown", "withheld"]
    why: str = ""


def push(
    ctx: Context,
    remote: str,
    names: Sequence[str] = (),
    now: Seen | None = None,
    agree: Agree | None = None,
) -> list[Sent]:
    """Sends the tasks of these names, or all that are shared; those with nothing new are left
    out of the answer. `now` is what was looked at just before. `agree` asks the user whether
    something may go along; without it no secret goes, and untracked files do: whoever calls has
    been told to send the task whole.
    """
    now = now or look(ctx.repo, remote)
    if names:
        _take_up(ctx, remote, names, now)
    wanted = [name for name in names or _carried_on(ctx, remote, now) if _updates(now, name)]
    known = now.theirs["tasks"].keys() | shared_first_with(ctx.repo, remote)
    held = held_back(ctx, remote, now, wanted, agree)
    free = [name for name in wanted if name not in held]
    share(ctx.repo, free, remote)
    sending = _Sending(ctx, remote, frozenset(known))
    sending.sent.update({name: Sent(name, "withheld", why) for name, why in held.items()})
    for at in range(0, len(free), AT_ONCE):
        sending.send(free[at : at + AT_ONCE], now)
    sent = [sending.sent[name] for name in wanted]
    failed = any(one.outcome == "unknown" for one in sent)  # it is not there to be asked again
    why = None if failed else send_links(ctx, remote)
    return [*sent, Sent("notes", "rejected", why)] if why else sent


def _take_up(ctx: Context, remote: str, names: Sequence[str], now: Seen) -> None:
    """Who names a task that the remote has taken back wants it there again."""
    back = [name for name in names if name in now.withdrawn]
    set_refs(ctx.repo, {layout.withdrawn(remote) + name: None for name in back})


def _carried_on(ctx: Context, remote: str, now: Seen) -> list[str]:
    """The tasks that are shared with the remote, but for those on which we disagree with it."""
    shared, apart = go_along(ctx, remote, now), now.withdrawn.keys() | now.quarantine.keys()
    return [name for name in now.ours["tasks"] if name in shared and name not in apart]


def go_along(ctx: Context, remote: str, now: Seen) -> Set[str]:
    """Those of the tasks in view that are sent to the remote without being named."""
    if ctx.setting("share") == "all":
        return now.ours["tasks"].keys()
    return shared_first_with(ctx.repo, remote) | now.theirs["tasks"].keys()


def _updates(now: Seen, name: str) -> list[Update]:
    """What of a task the remote does not have, as far as we know."""
    return [
        Update(f"{layout.ROOT}{kind}/{name}", oid)
        for kind in KINDS
        if (oid := now.ours[kind].get(name)) and oid != now.theirs[kind].get(name)
    ]


class _Sending:
    """One push under way, in as many steps as it takes; `sent` has what became of each task."""

    def __init__(self, ctx: Context, remote: str, known: frozenset[str]) -> None:
        self._ctx, self._remote, self._known = ctx, remote, known
        self._atomic = True
        self.sent: dict[str, Sent] = {}

    def send(self, names: Sequence[str], now: Seen, patience: int = PATIENCE) -> None:
        """Sends until all have arrived, or it is known which cannot. A rejection may be that of
        a lock which another push of the same had just then: it is asked again, `patience` times.
        """
        stuck = 0  # rejections in a row in which nothing new was met
        for _ in range(ROUNDS):
            plan = {name: updates for name in names if (updates := _updates(now, name))}
            self._done([name for name in names if name not in plan])
            if not plan:
                return None
            result = self._push([update for updates in plan.values() for update in updates])
            names = [name for name, updates in plan.items() if not _arrived(result, updates)]
            self._remember(plan, result)
            self._done([name for name in plan if name not in names])
            if not names:
                return None
            try:
                names = self._apart(names, take_in(self._ctx, self._remote, names))
            except RemoteFailed as error:
                return self._note(names, "unknown", result.failure or error.message)
            if not names:
                return None
            now = look(self._ctx.repo, self._remote, names)
            stuck = stuck + 1 if all(_updates(now, n) == plan[n] for n in names) else 0
            if stuck > patience or (stuck and result.failure):
                return self._give_up(names, plan, result, now)
            self._ctx.clock.sleep(random.uniform(0, PAUSE))  # noqa: S311  (spreads, no secret)
        return self._note(names, "rejected", "others change it there without a pause")

    def _apart(self, names: Sequence[str], received: Sequence[Received]) -> list[str]:
        """Those of the tasks on which the remote and we can agree."""
        whys = {one.name: f"it {one.why}" for one in received if one.why}
        for name in whys.keys() & set(names):
            self._note([name], "rejected", whys[name])
        return [name for name in names if name not in whys]

    def _push(self, updates: list[Update]) -> Pushed:
        ctx = self._ctx
        result = send(ctx.repo, ctx.wire, self._remote, updates, atomic=self._atomic)
        if result.lacks_atomic:
            self._atomic = False
            result = send(ctx.repo, ctx.wire, self._remote, updates, atomic=False)
        return result

    def _remember(self, plan: dict[str, list[Update]], result: Pushed) -> None:
        known = {}
        for update in (one for updates in plan.values() for one in updates):
            if result.refs[update.ref].outcome in ("moved", "same"):
                kind, _, name = update.ref.removeprefix(layout.ROOT).partition("/")
                known[kind, name] = update.new
        saw(self._ctx.repo, self._remote, known)

    def _give_up(
        self, names: list[str], plan: dict[str, list[Update]], result: Pushed, now: Seen
    ) -> None:
        """Nothing new was met there, so it is the remote that does not want some of these."""
        if len(names) > 1 and not result.failure:
            half = len(names) // 2
            self.send(names[:half], now, 0)
            self.send(names[half:], now, 0)
            return
        for name in names:
            told = [result.refs[update.ref] for update in plan[name]]
            self._note([name], "rejected", result.failure or _words(told))

    def _done(self, names: Sequence[str]) -> None:
        for name in names:
            outcome: Literal["pushed", "shared"] = "pushed" if name in self._known else "shared"
            self.sent[name] = Sent(name, outcome)

    def _note(
        self, names: Sequence[str], outcome: Literal["rejected", "unknown"], why: str
    ) -> None:
        for name in names:
            self.sent[name] = Sent(name, outcome, why)


def _arrived(result: Pushed, updates: Sequence[Update]) -> bool:
    return all(result.refs[update.ref].outcome in ("moved", "same") for update in updates)


def _words(told: Sequence[Told]) -> str:
    """The remote's words for the first ref that it did not take."""
    return next((one.words for one in told if one.outcome == "rejected"), "it was not answered")
