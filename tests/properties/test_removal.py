"""Whatever stands in a worktree, and whatever was done to it behind our back: nothing that we did
not make is ever removed."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.e2e.stage import until
from tests.kit import MakeRepo, Phc, RunGit

pytestmark = [pytest.mark.slow, pytest.mark.faults]


@dataclass
class Scene:
    """A task's worktree, and what is somebody else's.

    `theirs` are folders and files that must be after all as they are before; `holds` says that
    the removal must be refused, for the worktree holds one of them.
    """

    repo: Path
    tree: Path
    outside: Path
    git: RunGit
    theirs: list[Path] = field(default_factory=list)
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    holds: bool = False

    def contents(self) -> dict[str, object]:
        return {str(path): everything(path) for path in [self.outside, *self.theirs]}


def everything(root: Path) -> dict[str, object]:
    """All below a path, git's own folders too: kinds, modes, bytes and targets of links."""
    paths = [root, *sorted(root.rglob("*"))] if root.is_dir() else [root]
    return {str(path): (path.lstat().st_mode, _content(path)) for path in paths}


def _content(path: Path) -> object:
    if path.is_symlink():
        return os.readlink(path)
    return path.read_bytes() if path.is_file() else None


# What stands in it


def link_to_folder(scene: Scene) -> None:
    (scene.tree / "folder").symlink_to(scene.outside / "folder")


def link_for_tracked(scene: Scene) -> None:
    shutil.rmtree(scene.tree / "src")
    (scene.tree / "src").symlink_to(scene.outside / "folder")


def link_in_ignored(scene: Scene) -> None:
    (scene.tree / "out").mkdir(exist_ok=True)
    (scene.tree / "out/link").symlink_to(scene.outside)
    os.link(scene.outside / "folder/file", scene.tree / "out/twin")


def second_name(scene: Scene) -> None:
    (scene.tree / "README.md").unlink()
    os.link(scene.outside / "folder/file", scene.tree / "README.md")


def repository(scene: Scene) -> None:
    scene.git(scene.tree, "init", "-q", "theirs")
    (scene.tree / "theirs/work").write_text("dear")
    hold(scene, scene.tree / "theirs")


def repository_in_ignored(scene: Scene) -> None:
    scene.git(scene.tree, "clone", "-q", scene.outside / "other", "out/deep/theirs")
    scene.git(scene.tree / "out/deep/theirs", "commit", "-q", "--allow-empty", "-m", "dear")
    hold(scene, scene.tree / "out/deep/theirs")


def worktree_of_another(scene: Scene) -> None:
    scene.git(scene.outside / "other", "worktree", "add", "-q", scene.tree / "out/worktree")
    hold(scene, scene.tree / "out/worktree")


def hold(scene: Scene, path: Path) -> None:
    scene.theirs.append(path)
    scene.holds = True


def process(scene: Scene) -> None:
    scene.processes.append(subprocess.Popen(["sleep", "60"], cwd=scene.tree))


def nothing(scene: Scene) -> None:
    """A usual worktree."""


# What is done behind our back; each leaves something at a place that is theirs from then on


def moved(scene: Scene) -> None:
    scene.tree.rename(scene.tree.with_name("elsewhere"))
    hold(scene, scene.tree.with_name("elsewhere"))


def moved_and_linked(scene: Scene) -> None:
    moved(scene)
    scene.tree.symlink_to(scene.tree.with_name("elsewhere"))


def replaced_by_a_link(scene: Scene) -> None:
    moved(scene)
    scene.tree.symlink_to(scene.outside / "other")


def replaced_by_files(scene: Scene) -> None:
    moved(scene)
    shutil.copytree(scene.outside / "folder", scene.tree)
    hold(scene, scene.tree)


def replaced_by_a_clone(scene: Scene) -> None:
    moved(scene)
    scene.git(scene.repo, "clone", "-q", scene.repo, scene.tree)
    hold(scene, scene.tree)


def replaced_by_anothers_worktree(scene: Scene) -> None:
    moved(scene)
    scene.git(scene.outside / "other", "worktree", "add", "-q", "--detach", scene.tree)
    hold(scene, scene.tree)


def without_its_file(scene: Scene) -> None:
    (scene.tree / ".git").unlink()
    hold(scene, scene.tree)


def administered_by_nobody(scene: Scene) -> None:
    shutil.rmtree(scene.repo / ".git/worktrees" / scene.tree.name, ignore_errors=True)
    for folder in (scene.repo / ".git/worktrees").glob("*"):
        if (folder / "gitdir").read_text().startswith(str(scene.tree)):
            shutil.rmtree(folder)
    hold(scene, scene.tree)


PLANTS = [
    link_to_folder, link_for_tracked, link_in_ignored, second_name, repository,
    repository_in_ignored, worktree_of_another, process,
]  # fmt: skip
BLOWS = [
    nothing, nothing, nothing, moved, moved_and_linked, replaced_by_a_link, replaced_by_files,
    replaced_by_a_clone, replaced_by_anothers_worktree, without_its_file, administered_by_nobody,
]  # fmt: skip
Act = Callable[[Scene], None]
numbers = count()


@pytest.fixture
def make_scene(make_repo: MakeRepo, phc: Phc, git: RunGit) -> Iterator[Callable[[], Scene]]:
    """Makes a scene of its own for each example."""
    made: list[Scene] = []

    def make() -> Scene:
        place = f"scene{next(numbers)}"
        files = {".gitignore": "out/\n", "README.md": "read me\n", "src/a": "a\n"}
        repo = make_repo(f"{place}/repo", files=files)
        make_repo(f"{place}/outside/other")
        outside = repo.parent / "outside"
        (outside / "folder").mkdir()
        (outside / "folder/file").write_text("theirs")
        task = phc("start", "-q", "x", "--", "true", cwd=repo)
        assert task.code == 0, task
        tree = Path(phc("path", "-", cwd=repo).out.rstrip("\n"))
        made.append(Scene(repo, tree, outside, git))
        return made[-1]

    yield make
    for scene in made:
        for one in scene.processes:
            one.kill()
            one.wait()


def at_rest(scene: Scene) -> bool:
    private = scene.repo / ".git/phc"
    locks = (scene.repo / ".git/worktrees").glob("*/locked")
    washed = not any("washes" in lock.read_text() for lock in locks)
    return washed and not list(private.glob("trash/*")) and not (private / "housekeeping").exists()


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    plants=st.lists(st.sampled_from(PLANTS), unique=True, max_size=4),
    blow=st.sampled_from(BLOWS),
    verb=st.sampled_from(["done", "delete", "archive"]),
    pool=st.sampled_from(["0", "2"]),
)
@example(
    plants=[link_for_tracked, link_in_ignored, second_name, process],
    blow=nothing,
    verb="done",
    pool="2",
)
@example(
    plants=[link_for_tracked, link_in_ignored, second_name], blow=nothing, verb="archive", pool="2"
)
@example(
    plants=[link_to_folder, link_in_ignored, second_name], blow=nothing, verb="delete", pool="0"
)
@example(plants=[repository_in_ignored], blow=nothing, verb="done", pool="2")
@example(plants=[worktree_of_another], blow=nothing, verb="done", pool="0")
@example(plants=[], blow=replaced_by_a_link, verb="done", pool="0")
@example(plants=[], blow=replaced_by_files, verb="delete", pool="2")
@example(plants=[], blow=replaced_by_anothers_worktree, verb="done", pool="0")
@example(plants=[link_to_folder], blow=administered_by_nobody, verb="archive", pool="0")
def test_nothing_that_we_did_not_make_is_ever_removed(
    plants: list[Act],
    blow: Act,
    verb: str,
    pool: str,
    make_scene: Callable[[], Scene],
    phc: Phc,
) -> None:
    scene = make_scene()
    scene.git(scene.repo, "config", "phc.pool", pool)
    for plant in plants:
        plant(scene)
    if blow is not nothing:
        scene.theirs.clear()  # they stand in what is moved now
    blow(scene)
    before = scene.contents()
    done = phc(verb, "-", cwd=scene.repo)
    assert "defect" not in done.err
    assert (done.code == 0) != scene.holds, done
    if process in plants and not scene.holds:
        assert f"{scene.processes[0].pid} (sleep 60)" in done.err
    for words in (["doctor", "--fix"], ["gc"], ["start", "-q", "next", "--", "true"]):
        phc(*words, cwd=scene.repo)
    until(lambda: at_rest(scene))
    assert scene.contents() == before
    assert all(one.poll() is None for one in scene.processes)
