from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from git_phc.errors import DamagedTask, GitFailed, LostRace, PhcError
from git_phc.git.encoding import BLOB
from git_phc.git.loose import LooseWriter
from git_phc.git.mover import Mover
from git_phc.git.refs import Move, list_refs, move_refs, read_ref
from git_phc.git.repo import Repo
from tests.git.racing import housekeeping, run_at_once

X, Y, Z = "refs/phc/tasks/x", "refs/phc/tasks/y", "refs/phc/work/x"


@pytest.fixture
def oids(writer: LooseWriter) -> list[str]:
    return [writer.put(BLOB, bytes([n])) for n in range(4)]


Moves = Callable[..., None]


@pytest.fixture(params=["by one git each", "by a kept git"])
def move(request: pytest.FixtureRequest, repo: Repo) -> Iterator[Moves]:
    """`move_refs(repo, …)`, both ways."""
    with closing(Mover(repo)) as mover:
        yield partial(move_refs, repo, mover=mover if request.param == "by a kept git" else None)


def refs(repo: Repo) -> dict[str, str]:
    return dict(list_refs(repo, "refs/phc"))


def test_a_ref_is_made_moved_and_deleted(repo: Repo, move: Moves, oids: list[str]) -> None:
    one, two, *_ = oids
    for one_move, after in (
        (Move(X, None, one), one),
        (Move(X, one, two), two),
        (Move(X, two, two), two),
        (Move(X, two, None), None),
    ):
        move([one_move])
        assert read_ref(repo, X) == after
    assert refs(repo) == {}


def test_a_packed_ref_is_like_any_other(repo: Repo, move: Moves, oids: list[str]) -> None:
    one, two, *_ = oids
    move([Move(X, None, one), Move(Y, None, one)])
    repo.git("pack-refs", "--all", "--prune")
    assert refs(repo) == {X: one, Y: one}
    move([Move(X, one, two), Move(Y, one, None)])
    assert refs(repo) == {X: two}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("lost", ["created", "moved", "vanished", "deleted twice"])
def test_a_lost_race_changes_nothing(
    repo: Repo, move: Moves, oids: list[str], lost: str, packed: bool
) -> None:
    one, two, three, _ = oids
    move([Move(X, None, one)])
    if packed:
        repo.git("pack-refs", "--all", "--prune")
    lost_move = {
        "created": Move(X, None, two),
        "moved": Move(X, two, three),
        "vanished": Move(Y, one, two),
        "deleted twice": Move(Y, one, None),
    }[lost]
    with pytest.raises(LostRace) as race:
        move([lost_move])
    assert race.value.message == f"{lost_move.ref} was changed by somebody else"
    assert refs(repo) == {X: one}


def test_several_moves_are_made_together_or_not_at_all(
    repo: Repo, move: Moves, oids: list[str]
) -> None:
    one, two, three, _ = oids
    move([Move(X, None, one), Move(Y, None, two), Move(Z, None, three)])
    before = refs(repo)
    assert before == {X: one, Y: two, Z: three}
    with pytest.raises(LostRace):
        move([Move(X, one, None), Move(Y, two, one), Move(Z, one, two)])
    assert refs(repo) == before
    move([Move(X, one, None), Move(Y, two, one), Move(Z, three, two)])
    assert refs(repo) == {Y: one, Z: two}
    move([])


def test_what_can_never_work_is_no_race(repo: Repo, move: Moves, oids: list[str]) -> None:
    one, *_ = oids
    move([Move(X, None, one)])
    for never in (
        Move(f"{X}/below", None, one),
        Move("refs/phc/a..b", None, one),
        Move(Y, None, "1" * len(one)),
    ):
        with pytest.raises(GitFailed):
            move([never])
    assert refs(repo) == {X: one}


@pytest.mark.parametrize("content", ["", "garbage\n"])
@pytest.mark.parametrize("expects", [False, True])
def test_a_damaged_ref_is_no_race(
    repo: Repo, move: Moves, oids: list[str], content: str, expects: bool
) -> None:
    one, two, *_ = oids
    move([Move(X, None, one)])
    (repo.common_dir / X).write_text(content)
    with pytest.raises(DamagedTask) as failed:
        move([Move(X, one if expects else None, two)])
    assert failed.value.message == f"{X} cannot be read"


def test_a_ref_is_read_by_its_whole_name_only(repo: Repo, oids: list[str]) -> None:
    one, two, *_ = oids
    repo.git("update-ref", f"refs/tags/{X}", one)
    repo.git("update-ref", f"refs/heads/{X}", repo.text("rev-parse", "HEAD"))
    assert read_ref(repo, X) is None
    repo.git("update-ref", f"{Y}/below", two)
    assert read_ref(repo, Y) is None
    assert read_ref(repo, "refs/heads/main~0") is None
    assert read_ref(repo, f"{Y}/below") == two


def test_names_are_listed_whole_in_their_order(repo: Repo, move: Moves, oids: list[str]) -> None:
    one, *_ = oids
    names = ["refs/phc/a", "refs/phc/b\u2028c", "refs/phc/b\x85c", "refs/phc/é", "refs/phc/\udcff"]
    move([Move(name, None, one) for name in names])
    assert list(list_refs(repo, "refs/phc")) == sorted(
        [(name, one) for name in names], key=lambda ref: ref[0].encode(errors="surrogateescape")
    )
    assert [read_ref(repo, name) for name in names] == [one] * 5
    assert list(list_refs(repo, "refs/nothing")) == []


def lock_of(repo: Repo, ref: str) -> Path:
    path = repo.common_dir / f"{ref}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return path


def after(seconds: float, act: Callable[[], object]) -> threading.Thread:
    thread = threading.Timer(seconds, act)
    thread.start()
    return thread


@pytest.mark.parametrize("locked", [X, "packed-refs"])
def test_a_lock_that_goes_away_in_time_is_waited_for(
    repo: Repo, move: Moves, oids: list[str], locked: str
) -> None:
    one, two, *_ = oids
    move([Move(X, None, one)])
    repo.git("pack-refs", "--all", "--prune")
    waiting = after(0.4, lock_of(repo, locked).unlink)
    begin = time.monotonic()
    move([Move(X, one, None if locked == "packed-refs" else two)])
    assert time.monotonic() - begin >= 0.3
    waiting.join()


@pytest.mark.parametrize("locked", [X, "packed-refs"])
def test_a_lock_that_stays_is_named(repo: Repo, move: Moves, oids: list[str], locked: str) -> None:
    one, *_ = oids
    move([Move(X, None, one)])
    repo.git("pack-refs", "--all", "--prune")
    lock = lock_of(repo, locked)
    with pytest.raises(PhcError) as failed:
        move([Move(X, one, None)], lock_wait=0.2)
    assert type(failed.value) is PhcError
    assert failed.value.message == f"{X} stayed locked for 0.2 seconds"
    assert failed.value.hint == (
        f"If no git program runs here, remove {lock}; git phc doctor tells more"
    )
    assert refs(repo) == {X: one}


# -- many at once ---------------------------------------------------------------------------

APPEND = """
from pathlib import Path
from git_phc.errors import LostRace
from git_phc.git.encoding import COMMIT, Signature, encode_commit
from git_phc.git.loose import LooseWriter
from git_phc.git.mover import Mover
from git_phc.git.refs import Move, move_refs, read_ref
from git_phc.git.repo import open_repo

place, ref, tree, who, count = sys.argv[1:]
repo = open_repo(Path(place))
writer, ada = LooseWriter(repo), Signature("A", "a@example.com", 1)
mover = Mover(repo) if int(who) % 2 else None  # some keep a git, some start one each time
for number in range(int(count)):
    while True:
        tip = read_ref(repo, ref)
        message = f"{who} {number}"
        commit = encode_commit(tree, [tip] if tip else [], ada, ada, message)
        try:
            move = Move(ref, tip, writer.put(COMMIT, commit))
            move_refs(repo, [move], lock_wait=60, mover=mover)
            break
        except LostRace:
            continue
if mover:
    mover.close()
"""


def race(repo: Repo, writers: int, appends: int) -> None:
    tree = repo.text("rev-parse", "HEAD^{tree}")
    argvs = [[str(repo.worktree), X, tree, str(n), str(appends)] for n in range(writers)]
    chores = (["pack-refs", "--all", "--prune"], ["gc", "--quiet"])
    with housekeeping(repo, *chores) as codes:
        run_at_once(APPEND, argvs)
    assert codes
    diary = repo.text("log", "--format=%s", X).splitlines()
    assert sorted(diary) == sorted(f"{n} {m}" for n in range(writers) for m in range(appends))
    done = repo.git("fsck", "--strict", "--no-dangling")
    assert (done.out, done.err) == (b"", b"")


def test_appends_that_race_with_each_other_and_with_git_lose_nothing(repo: Repo) -> None:
    race(repo, writers=3, appends=4)


@pytest.mark.races
def test_many_appends_that_race_lose_nothing(repo: Repo) -> None:
    race(repo, writers=8, appends=25)
