"""What lands, goes back and is put away, killed at its turning points.

Between two of these nothing changes that another command could see: a ref or a branch moves, a
checkout's files, a note of ours. What leads up to them (objects, checkpoints and their return,
locks, notes on commits) and the pool of worktrees are walked at every step in `test_walk.py`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.kill.checks import holds_all, only_task, sound, status, tree, with_a_task
from tests.kill.walk import Place, Step, copy_of, learn, walk
from tests.kit import MakeRepo, Phc

UNSEEN = (
    "os.mkdir", " open ", "hash-object", "merge-tree", "write-tree", "commit-tree", "stripspace",
    "git.loose.", ".desk", ".overlay", ".lock.", ".writers.", ".notes.", ".canary.",
    ".checkpoint.", ".pool.", ".reuse.", ".housekeeper.", ".commits._folder", "spawn_detached",
)  # fmt: skip
PARTS = 2  # tests that share one command's steps, so that they can run side by side

Check = Callable[[Place, Step], None]


@pytest.fixture
def place(make_repo: MakeRepo, phc: Phc) -> Place:
    """A task at rest with all kinds of work, one commit of its own, and a branch to land on."""
    place = with_a_task(Place(make_repo("at-rest/repo"), phc))
    folder = str(tree(place))
    place.git("-C", folder, "add", "made.txt")
    place.git("-C", folder, "commit", "-q", "-m", "more", "made.txt")
    return place


def ahead(place: Place) -> None:
    """The branch to land on has a commit of its own."""
    (place.repo / "mine.txt").write_text("mine\n")
    place.git("add", "mine.txt")
    place.git("commit", "-qm", "mine")


def here(place: Place) -> tuple[str, ...]:
    """The checkout to land in."""
    words = (("rev-parse", "HEAD"), ("status", "--porcelain"), ("ls-files", "-s"))
    return tuple(place.git(*word) for word in words)


def tip(place: Place) -> str:
    return place.git("rev-parse", "HEAD").strip()


def has_landed(place: Place) -> None:
    assert status(place) == "done"
    assert place.git("status", "--porcelain") == ""
    assert (place.repo / "staged.txt").read_text() == "and changed again\n"
    assert (place.repo / "made.txt").read_text() == "more\n"
    assert not list(place.repo.parent.glob("repo.phc/first-*"))


def after_merge(*how: str) -> Check:
    def check(place: Place, _: Step) -> None:
        sound(place)
        if status(place) != "done":
            holds_all(place)
            place.ok("merge", *how, only_task(place))
        else:
            place.ok("status")
        place.phc("apply", only_task(place))  # whatever it says, it settles what is left
        has_landed(place)
        place.ok("undo", only_task(place))
        assert status(place) == "ready"
        holds_all(place)
        assert place.git("status", "--porcelain") == ""
        assert "staged.txt" not in place.git("ls-files")
        sound(place)

    return check


def after_undo_of_a_merge(place: Place, _: Step) -> None:
    sound(place)
    if status(place) != "ready":
        place.ok("undo", only_task(place))
    assert status(place) == "ready"
    holds_all(place)
    assert place.git("status", "--porcelain") == ""
    assert "staged.txt" not in place.git("ls-files")
    place.ok("merge", only_task(place))
    has_landed(place)


def latest(place: Place) -> str:
    """What the last checkpoint was taken for."""
    kept = json.loads(place.ok("checkpoints", only_task(place), "--json"))["checkpoints"]
    return str(kept[-1]["reason"])


def after_rewind(place: Place, _: Step) -> None:
    sound(place)
    assert status(place) == "ready"
    if not latest(place).startswith("rewind to"):
        if place.phc("path", only_task(place)).code == 0:
            holds_all(place)
        place.ok("rewind", only_task(place), "--to", "0")
    elif place.phc("path", only_task(place)).code:
        place.ok("rewind", only_task(place), "--to", "0")  # the folder was still to be made
    assert sorted(path.name for path in tree(place).iterdir()) == [".git", "README.md"]
    before = max(
        one["number"]
        for one in json.loads(place.ok("checkpoints", only_task(place), "--json"))["checkpoints"]
        if one["reason"] == "rewind"
    )
    place.ok("rewind", only_task(place), "--to", str(before))
    holds_all(place)
    sound(place)


def after_undo_of_a_rewind(place: Place, _: Step) -> None:
    sound(place)
    if not latest(place).startswith("undo of a rewind to"):
        place.ok("undo", only_task(place))
    elif place.phc("path", only_task(place)).code:
        place.ok("resume", only_task(place))
    holds_all(place)


def after_fork(place: Place, _: Step) -> None:
    sound(place)
    tasks = json.loads(place.ok("status", "--json"))["tasks"]
    first = min(tasks, key=lambda task: str(task["created"]))["id"]
    if len(tasks) == 1:
        place.ok("fork", first)
    (fork,) = {one["id"] for one in json.loads(place.ok("status", "--json"))["tasks"]} - {first}
    place.ok("send", fork, "and more")
    for task in (first, fork):
        folder = Path(place.ok("path", task).rstrip("\n"))
        assert (folder / "untracked.txt").read_text() == "untracked\n"
        assert place.git("-C", str(folder), "show", ":staged.txt") == "staged\n"
    sound(place)


def after_archive(place: Place, _: Step) -> None:
    sound(place)
    if not json.loads(place.ok("show", only_task(place), "--json"))["archived"]:
        holds_all(place)
        place.ok("archive", only_task(place))
    place.ok("unarchive", only_task(place))
    holds_all(place)


def after_unarchive(place: Place, _: Step) -> None:
    sound(place)
    if json.loads(place.ok("show", only_task(place), "--json"))["archived"]:
        place.ok("unarchive", only_task(place))
    holds_all(place)


def after_apply(place: Place, _: Step) -> None:
    sound(place)
    holds_all(place)
    staged = place.git("status", "--porcelain").splitlines()
    whole = ["A  made.txt", "A  staged.txt", "A  untracked.txt", "M  README.md"]
    if sorted(staged) != whole:
        assert staged == []
        place.ok("apply", only_task(place))
    assert sorted(place.git("status", "--porcelain").splitlines()) == whole


def nothing(place: Place) -> None:
    """What must be done before."""


def merged(place: Place) -> None:
    ahead(place)
    place.ok("merge", only_task(place))


CASES: dict[str, tuple[list[str], Callable[[Place], object], Check]] = {
    "merge": (["merge", "TASK"], ahead, after_merge()),
    "ff": (["merge", "--ff", "TASK"], nothing, after_merge("--ff")),
    "squash": (["merge", "--squash", "TASK"], ahead, after_merge("--squash")),
    "rebase": (["merge", "--rebase", "TASK"], ahead, after_merge("--rebase")),
    "unmerge": (["undo", "TASK"], merged, after_undo_of_a_merge),
    "rewind": (["rewind", "TASK", "--to", "0"], nothing, after_rewind),
    "unrewind": (
        ["undo", "TASK"],
        lambda place: place.ok("rewind", only_task(place), "--to", "0"),
        after_undo_of_a_rewind,
    ),
    "fork": (["fork", "TASK"], nothing, after_fork),
    "archive": (["archive", "TASK"], nothing, after_archive),
    "unarchive": (
        ["unarchive", "TASK"],
        lambda place: place.ok("archive", only_task(place)),
        after_unarchive,
    ),
    "apply": (["apply", "TASK"], nothing, after_apply),
}


def turning(steps: list[Step]) -> list[Step]:
    """The steps at which something changes for others; a few more, such as a hook, do no harm."""
    return [step for step in steps if not any(word in str(step) for word in UNSEEN)]


@pytest.mark.walk
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("case", CASES)
def test_a_kill_at_each_turning_point(case: str, part: int, place: Place, tmp_path: Path) -> None:
    words, before, check = CASES[case]
    before(place)

    def argv(at: Place) -> list[str]:
        return [only_task(at) if word == "TASK" else word for word in words]

    def make(name: str) -> Place:
        return copy_of(place, tmp_path / name)

    assert walk(make, argv, check, lambda steps: turning(steps)[part::PARTS], tmp_path / "log") > 0


@pytest.mark.faults
def test_what_was_done_since_a_killed_merge_is_not_taken_away(place: Place, tmp_path: Path) -> None:
    """Killed when the branches had moved and the task did not say so yet; then worked on."""
    argv = ["merge", only_task(place)]
    steps = learn(copy_of(place, tmp_path / "learn"), argv, tmp_path / "log")
    step = next(step for step in steps if "landing._mark" in step.name)
    place.killed(argv, {"WALK_KILL": str(step)})
    assert status(place) == "ready"
    assert (place.repo / "staged.txt").exists()
    folder, first = tree(place), only_task(place)
    (folder / "later.txt").write_text("later\n")
    other = place.ok("start", "-q", "other", "--", "sh", "-c", "echo x > other.txt").strip()
    place.ok("merge", other)
    assert (folder / "later.txt").read_text() == "later\n"
    place.ok("merge", first)
    assert (place.repo / "later.txt").read_text() == "later\n"
