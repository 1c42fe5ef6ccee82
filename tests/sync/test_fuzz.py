"""Takes valid histories and breaks them, in any way that bytes and graphs can be broken: what is
received never fails, and never takes over what its events do not make.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import pytest

from git_phc.git.objects import read_many
from git_phc.model.event import parse_event
from git_phc.model.events.created import Created
from git_phc.model.events.edited import Edited
from git_phc.model.events.labelled import Labelled
from git_phc.model.events.messaged import Messaged
from git_phc.model.fold import fold
from git_phc.model.snapshot import files_from_state
from git_phc.model.text import text_from_string
from git_phc.store.receipt import Judged, Offer, judge
from git_phc.store.tasks import load
from tests.kit import CI, MakeRepo, chance
from tests.model.making import START, Clone
from tests.sync.forge import Forge, sha

LONG = "long " * 5000
Tree = dict[str, bytes]
Commit = tuple[Tree, list[int]]  # its files, and its parents by their place in the list


def honest(dice: random.Random) -> tuple[Clone, list[Commit]]:
    """A task of some events, its commits, and at its end a join of two sides."""
    clone = Clone(f"{dice.getrandbits(64):016x}")
    clone.say(Created(), Edited(START), Messaged(text_from_string(LONG)[0]))
    commits: list[Commit] = []
    known = Clone("later")
    texts = {f"texts/{sha(LONG.encode())}": LONG.encode()}
    for event in clone.events.values():
        known.hear([event])
        commits.append((tree(known, event.bytes) | texts, [len(commits) - 1][: len(commits)]))
    base = len(commits) - 1
    other = clone.fork("other")
    ends: list[int] = []
    for side in (clone, other):
        end = base
        for _ in range(dice.randrange(1, 4)):
            word = str(dice.random())
            event = side.say(dice.choice((Edited({"title": word}), Labelled((word,), ()))))
            commits.append((tree(side, event.bytes) | texts, [end]))
            end = len(commits) - 1
        ends.append(end)
    clone.hear(other.events.values())
    if dice.random() < 0.7:
        commits.append((tree(clone, None) | texts, ends))
    return clone, commits


def tree(clone: Clone, event: bytes | None) -> Tree:
    files = files_from_state(clone.id, clone.state)
    return files | ({"event.json": event} if event else {})


# Ways to break it: each changes the commits in place


def some(commits: list[Commit], dice: random.Random) -> tuple[Tree, str]:
    files = dice.choice((commits[-1], dice.choice(commits)))[0]
    return files, dice.choice(sorted(files))


def a_byte(commits: list[Commit], dice: random.Random) -> None:
    files, path = some(commits, dice)
    data = bytearray(files[path] or b"x")
    data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
    files[path] = bytes(data)


def a_piece(commits: list[Commit], dice: random.Random) -> None:
    files, path = some(commits, dice)
    at, end = sorted(dice.randrange(len(files[path]) + 1) for _ in range(2))
    files[path] = files[path][:at] + dice.choice((b"", b"9" * 20, b"[" * 99)) + files[path][end:]


def a_file(commits: list[Commit], dice: random.Random) -> None:
    files, path = some(commits, dice)
    data = files.pop(path)
    if dice.random() < 0.5:
        files[dice.choice(("event.json", "task.json", "texts/x", "runs/x", "x", path + "x"))] = data


def other_parents(commits: list[Commit], dice: random.Random) -> None:
    at = dice.randrange(1, len(commits))
    many = dice.randrange(4)
    commits[at] = commits[at][0], [dice.randrange(at) for _ in range(many)]


def another_place(commits: list[Commit], dice: random.Random) -> None:
    one, two = dice.randrange(len(commits)), dice.randrange(len(commits))
    commits[one], commits[two] = (
        (commits[two][0], commits[one][1]),
        (commits[one][0], commits[two][1]),
    )


def one_fewer(commits: list[Commit], dice: random.Random) -> None:
    at = dice.randrange(1, len(commits) - 1)
    commits[at] = commits[at - 1][0], commits[at][1]


BREAKS: tuple[Callable[[list[Commit], random.Random], None], ...] = (
    a_byte, a_byte, a_piece, a_file, other_parents, another_place, one_fewer,
)  # fmt: skip


def written(forge: Forge, commits: list[Commit]) -> str:
    oids: list[str] = []
    for files, parents in commits:
        known = [oids[at] for at in parents]
        oids.append(forge.commit(dict(files), sorted(known) if len(known) > 1 else known))
    return oids[-1]


def believed(forge: Forge, judged: Judged) -> None:
    """Fails when what was found fit is not what its events make, worked out anew."""
    repo, offer = forge.repo, judged.offer
    commits = repo.git("rev-list", "--no-merges", offer.theirs).out.decode().split()
    blobs = read_many(repo, [f"{commit}:event.json" for commit in commits])
    state = fold(parse_event(blob.data) for blob in blobs if blob)
    loaded = load(repo, offer.name, offer.theirs)  # type: ignore[arg-type]
    assert judged.state == loaded.state == state


@pytest.mark.faults
def test_what_is_broken_is_refused_and_never_a_failure(make_repo: MakeRepo) -> None:
    forge, dice = Forge.at(make_repo("hub.git", bare=True)), chance()
    kinds, rounds, until = {"new": 0, "unfit": 0}, 0, time.monotonic() + SECONDS
    while rounds < LEAST or time.monotonic() < until:
        rounds += 1
        offers = []
        for number in range(A_ROUND):
            clone, commits = honest(dice)
            for _ in range(dice.choice((1, 1, 2)) if number else 0):
                dice.choice(BREAKS)(commits, dice)
            offers.append(Offer(clone.id, written(forge, commits), None, None))
        for judged in judge(forge.repo, offers):
            kinds[judged.kind] += 1
            if judged.state is not None:
                believed(forge, judged)
    assert kinds["new"] >= rounds
    assert kinds["unfit"] > rounds * A_ROUND / 2, kinds


LEAST, A_ROUND = 5, 40
SECONDS = 60 if CI else 10
