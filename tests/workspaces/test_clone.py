"""A clone for a task of the cloud: made, taken away, made again as it was."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from git_phc.errors import Conflict, Refused
from git_phc.git.worktrees import branch_tip
from git_phc.services.diff import diff
from git_phc.services.place import checkout_of, known_place
from git_phc.store import layout
from tests.conftest import write_files
from tests.e2e.stage import snapshot
from tests.kit import require, run_program
from tests.workspaces.farm import Farm


@pytest.mark.slow
def test_a_clone_comes_back_as_it_was(farm: Farm) -> None:
    task = farm.task()
    place = farm.prepare(task)
    assert place == farm.find(task) == known_place(farm.ctx, task) == farm.prepare(task)
    assert farm.git(place, "symbolic-ref", "HEAD") == f"refs/heads/{task.branch}"
    commit = farm.commit(place, {"new.txt": "new\n"})
    farm.git(place, "branch", "mine")
    write_files(place, {"src/a.txt": "edited\n", "staged.txt": "staged\n", "u/n": bytes(70_000)})
    farm.git(place, "add", "staged.txt")
    was, status = snapshot(place), farm.git(place, "status", "--porcelain")
    task, link = farm.keep(task)
    assert (link.head, branch_tip(farm.ctx.repo, task.branch or "")) == (commit, commit)
    assert farm.put_away(task) == place
    assert (farm.find(task), place.exists()) == (None, False)
    assert farm.git(farm.own, "worktree", "list").count("\n") == 0
    assert farm.prepare(task) == place
    assert snapshot(place) == was
    assert farm.git(place, "status", "--porcelain") == status
    assert farm.git(place, "rev-parse", "HEAD", "mine").split() == [commit, commit]
    farm.git(place, "fsck", "--strict")
    assert farm.said == []


@pytest.mark.slow
def test_a_branch_that_a_lost_run_has_moved_is_kept_aside(farm: Farm) -> None:
    task = farm.task()
    farm.prepare(task)
    write_files(farm.find(task) or Path(), {"u.txt": "untracked\n"})
    task, _ = farm.keep(task)
    farm.put_away(task)
    lost = farm.git(farm.own, "commit-tree", "-m", "lost", f"{task.base}^{{tree}}")
    farm.move(f"refs/heads/{task.branch}", str(task.base), lost)
    place = farm.prepare(task)
    assert farm.git(place, "rev-parse", "HEAD") == task.base
    kept = farm.git(farm.own, "for-each-ref", "--format=%(refname)", layout.aside(task.id))
    assert kept == f"{layout.aside(task.id)}branch-{lost[:12]}"


@pytest.mark.slow
def test_what_is_not_ours_is_not_taken_away(farm: Farm) -> None:
    task = farm.task()
    place = farm.prepare(task)
    moved = place.with_name("moved")
    place.rename(moved)
    place.symlink_to(moved)
    assert farm.find(task) is None
    with pytest.raises(Conflict, match="something else is at"):
        farm.prepare(task)
    assert (moved / "README.md").exists()
    assert place.is_symlink()


@pytest.mark.slow
def test_a_clone_that_was_begun_is_made_anew(farm: Farm) -> None:
    task = farm.task()
    place = farm.prepare(task)
    shadow = checkout_of(farm.ctx, task)
    assert shadow is not None
    layout.checkout_mark(shadow.git_dir).unlink()  # as if it was killed just before its end
    write_files(place, {"half": "half\n"})
    assert farm.find(task) is None
    assert farm.prepare(task) == place
    assert sorted(os.listdir(place)) == [".git", "README.md", "src"]


def test_a_diff_of_a_clone_is_of_its_files_now(farm: Farm) -> None:
    task = farm.task()
    place = farm.prepare(task)
    farm.commit(place, {"src/a.txt": "b\n"})
    write_files(place, {"new.txt": "new\n"})
    said = diff(farm.ctx, task, ["--stat"]).decode()
    assert "new.txt" in said
    assert "src/a.txt" in said


def test_a_repository_that_is_no_workers_has_no_clones(farm: Farm) -> None:
    task = farm.task()
    layout.policy_file(farm.ctx.repo).unlink()
    with pytest.raises(Refused, match="worker's own repository"):
        farm.prepare(task)


@pytest.mark.slow
def test_many_clones_at_once_share_one_mirror(farm: Farm) -> None:
    from concurrent.futures import ThreadPoolExecutor

    tasks = [farm.task(f"task {number}") for number in range(4)]
    with ThreadPoolExecutor(4) as pool:
        places = list(pool.map(farm.prepare, tasks))
    assert len(set(places)) == 4
    mirror = farm.own.with_name("own.git.mirror")
    refs = farm.git(mirror, "for-each-ref", "--format=%(refname)").splitlines()
    assert refs == ["refs/remotes/origin/main"]
    for place in places:
        farm.git(place, "fsck")
        packs = (place / ".git/objects/pack").glob("*.pack")
        assert list(packs) == []  # all that it needs, the mirror has


@pytest.mark.slow
def test_a_file_that_names_a_server_of_large_files_asks_nobody(farm: Farm) -> None:
    require("git-lfs")
    run_program(["git", "lfs", "install", "--skip-repo"])
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.01)
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        task = farm.task()
        place = farm.prepare(task)
        lfs = {
            ".lfsconfig": f"[lfs]\n\turl = {url}\n",
            ".gitattributes": "*.bin filter=lfs -text\n",
        }
        oid = "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393"
        pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize 12345\n"
        farm.commit(place, {**lfs, "theirs.bin": pointer})
        write_files(place, {"own.bin": b"own\0" * 1000})
        task, _ = farm.keep(task)
        farm.put_away(task)
        assert farm.prepare(task) == place
        assert (place / "theirs.bin").read_text() == pointer
        assert (place / "own.bin").read_bytes() == b"own\0" * 1000
        with pytest.raises(TimeoutError):
            server.accept()
