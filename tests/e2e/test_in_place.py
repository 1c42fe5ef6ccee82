"""The user's own checkout is given another state: what no checkpoint holds stays as it is."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.stage import Snapshot, Stage, snapshot
from tests.kit import overlaid

AFTER_IT = "echo more >> a; echo new > b"


def local(stage: Stage, prompt: str = AFTER_IT) -> tuple[str, Snapshot]:
    """A local task of one turn, and what stood there before it."""
    before = snapshot(stage.repo)
    return stage.start(prompt, "-m", "local"), before


def says(stage: Stage) -> str:
    """What git says of the checkout, whatever the flags hide, and the flags."""
    return stage.git("status", "--porcelain=v2") + stage.git("ls-files", "-v")


# What is ignored


def test_what_an_uncommitted_rule_ignores_stays(stage: Stage) -> None:
    (stage.repo / ".gitignore").write_text("*.o\n")
    stage.git("add", ".gitignore")
    stage.git("commit", "-qm", "rules")
    (stage.repo / ".gitignore").write_text("*.o\n*.env\n")
    (stage.repo / "my.env").write_text("mine\n")
    task, before = local(stage)
    stage.ok("rewind", task, "--to", "0")
    assert snapshot(stage.repo) == before
    stage.ok("undo", task)
    assert (stage.repo / "my.env").read_text() == "mine\n"


def test_what_the_agents_own_rule_ignores_stays(stage: Stage) -> None:
    task, before = local(stage, "mkdir logs; echo /logs/x > .gitignore; echo kept > logs/x")
    stage.ok("rewind", task, "--to", "0")
    left = snapshot(stage.repo)
    assert {name: left[name] for name in before} == before
    assert left.keys() - before.keys() == {"logs/x"}


def test_a_folder_of_ignored_files_alone_is_no_difference(stage: Stage) -> None:
    (stage.repo / ".gitignore").write_text("*.log\n")
    task, before = local(stage, "mkdir logs; echo x > logs/x.log; echo y > logs/y")
    stage.ok("rewind", task, "--to", "0")
    assert (stage.repo / "logs" / "x.log").exists()
    assert snapshot(stage.repo).keys() - before.keys() == {"logs/x.log"}


def test_what_the_tasks_branch_does_not_ignore_stays_at_a_handoff(stage: Stage) -> None:
    task = stage.start(AFTER_IT)
    (stage.repo / ".gitignore").write_text(".env\n")
    stage.git("add", ".gitignore")
    stage.git("commit", "-qm", "rules")
    (stage.repo / ".env").write_text("mine\n")
    stage.ok("handoff", task, "--to", "local")
    assert (stage.repo / ".env").read_text() == "mine\n"
    assert (stage.repo / "b").read_text() == "new\n"
    assert stage.show(task)["mode"] == "local"


def test_an_ignored_file_in_the_way_is_refused_before_anything_is_touched(stage: Stage) -> None:
    (stage.repo / "b").write_text("of before\n")
    task, _ = local(stage, "rm b; echo b > .gitignore; echo ignored > b; echo more > a")
    before, said = snapshot(stage.repo), says(stage)
    assert "ignored files are in the way" in stage.no(1, "rewind", task, "--to", "0")
    assert (snapshot(stage.repo), says(stage)) == (before, said)


def test_an_ignored_file_where_head_has_one_is_not_overwritten(stage: Stage) -> None:
    (stage.repo / "c").write_text("committed\n")
    stage.git("add", "c")
    stage.git("commit", "-qm", "c")
    task, _ = local(stage, "git rm -q --cached c; echo c > .gitignore; echo secret > c")
    before, said = snapshot(stage.repo), says(stage)
    assert "ignored files are in the way" in stage.no(1, "rewind", task, "--to", "0")
    assert (snapshot(stage.repo), says(stage)) == (before, said)


# What a checkout may have besides


def skipped(stage: Stage) -> None:
    stage.git("update-index", "--skip-worktree", "README.md")
    (stage.repo / "README.md").write_text("mine\n")


def assumed(stage: Stage) -> None:
    stage.git("update-index", "--assume-unchanged", "README.md")
    (stage.repo / "README.md").write_text("mine\n")


def nested(stage: Stage) -> None:
    """A clone without work of its own, in a folder that has nothing else."""
    stage.git("clone", "-q", "--no-local", stage.repo, stage.repo / "deep" / "nested")
    (stage.repo / "deep" / "nested" / "empty").mkdir()


def submodule(stage: Stage) -> None:
    """One that is at another commit than the checkout's says."""
    words = ("-c", "protocol.file.allow=always", "submodule", "--quiet", "add")
    stage.git(*words, stage.repo, "module")
    stage.git("commit", "-qm", "module")
    stage.run_git(stage.repo / "module", "checkout", "-q", "HEAD~0")
    stage.run_git(stage.repo / "module", "fetch", "-q", "origin", "main")
    stage.run_git(stage.repo / "module", "checkout", "-q", "FETCH_HEAD")
    stage.run_git(stage.repo / "module", "fetch", "-q", "origin")


def own_ref(stage: Stage) -> None:
    stage.git("update-ref", "refs/worktree/mine", "HEAD")


def series(stage: Stage) -> None:
    (stage.repo / ".git" / "sequencer").mkdir()
    (stage.repo / ".git" / "sequencer" / "opts").write_text("[options]\n")


@pytest.mark.slow
@pytest.mark.parametrize("has", [skipped, assumed, nested, submodule, own_ref, series])
def test_all_comes_back_in_a_checkout_that_has(stage: Stage, has: Callable[[Stage], None]) -> None:
    has(stage)
    (stage.repo / "staged").write_text("staged\n")
    stage.git("add", "staged")
    (stage.repo / "untracked").write_text("untracked\n")
    kinds = stage.git("for-each-ref", "refs/worktree"), (stage.repo / ".git/sequencer").exists()
    said = says(stage)
    task, before = local(stage, "echo more >> staged; echo more > README.md; rm untracked")
    after, then = snapshot(stage.repo), says(stage)
    stage.ok("rewind", task, "--to", "0")
    assert (snapshot(stage.repo), says(stage)) == (before, said)
    assert kinds == (
        stage.git("for-each-ref", "refs/worktree"),
        (stage.repo / ".git/sequencer").exists(),
    )
    stage.ok("undo", task)
    assert (snapshot(stage.repo), says(stage)) == (after, then)


def test_an_edit_that_a_flag_hides_is_seen_before_a_handoff(stage: Stage) -> None:
    task = stage.start(AFTER_IT)
    assumed(stage)
    before, tree = snapshot(stage.repo), snapshot(stage.tree(task))
    assert "is not clean: README.md" in stage.no(1, "handoff", task, "--to", "local")
    assert snapshot(stage.repo) == before
    assert snapshot(stage.tree(task)) == tree


@pytest.mark.parametrize("act", ["mkdir a; echo x > a/a", "echo d > d"])
def test_a_file_and_a_folder_change_places(stage: Stage, act: str) -> None:
    (stage.repo / "d").mkdir()
    for name in ("a", "d/x"):
        (stage.repo / name).write_text(f"{name}\n")
    stage.git("add", "a", "d/x")
    stage.git("commit", "-qm", "both")
    task, before = local(stage, f"rm -r {act[-1]}; {act}; git add -N .")
    after, then = snapshot(stage.repo), says(stage)
    stage.ok("rewind", task, "--to", "0")
    assert snapshot(stage.repo) == before
    stage.ok("undo", task)
    assert (snapshot(stage.repo), says(stage)) == (after, then)


# What fails on the way


def break_filter(stage: Stage, name: str) -> None:
    """From now on git cannot write the file of that name."""
    stage.git("config", "filter.odd.clean", "cat")
    stage.git("config", "filter.odd.smudge", "false")
    stage.git("config", "filter.odd.required", "true")
    (stage.repo / ".git" / "info" / "attributes").write_text(f"{name} filter=odd\n")


@pytest.mark.slow
def test_a_rewind_that_fails_on_the_way_is_taken_back(stage: Stage) -> None:
    (stage.repo / "odd").write_text("odd\n")
    task, _ = local(stage, "rm odd; echo '*.env' > .gitignore; echo x > my.env; echo y > y")
    before, said = snapshot(stage.repo), says(stage)
    break_filter(stage, "odd")
    stage.no(1, "rewind", task, "--to", "0")
    assert (snapshot(stage.repo), says(stage)) == (before, said)


@pytest.mark.slow
def test_what_a_link_leads_to_is_no_file_of_the_checkout(stage: Stage) -> None:
    """Also where the files of both sides are taken away, since the rewind has failed."""
    away = stage.repo.parent / "away"
    away.mkdir()
    (away / "x").write_text("mine\n")
    (stage.repo / "d").mkdir()
    for name in ("d/x", "odd"):
        (stage.repo / name).write_text("of before\n")
    task, _ = local(stage, f"rm -r d odd; ln -s '{away}' d")
    before, said = snapshot(stage.repo), says(stage)
    break_filter(stage, "odd")
    stage.no(1, "rewind", task, "--to", "0")
    assert (snapshot(stage.repo), says(stage)) == (before, said)
    assert snapshot(away) == {"x": (0o100644, b"mine\n")}


@pytest.mark.slow
def test_a_full_disk_is_a_failure_on_the_way_too(stage: Stage) -> None:
    stage.git("config", "phc.maxBlob", "1m")
    (stage.repo / "big").write_bytes(os.urandom(3 << 20))
    task, _ = local(stage, "rm big; echo new > new")
    before, said = snapshot(stage.repo), says(stage)
    words = [sys.executable, "-m", "git_phc", "rewind", task, "--to", "0"]
    limited = ["sh", "-c", 'ulimit -f 4096 && exec "$@"', "sh", *words]  # 2 MB
    done = subprocess.run(
        limited, cwd=stage.repo, env=overlaid(), capture_output=True, text=True, check=False
    )
    assert (done.returncode, "cannot be written: file too large" in done.stderr) == (1, True), done
    assert (snapshot(stage.repo), says(stage)) == (before, said)


@pytest.mark.slow
def test_ctrl_c_in_a_rewind_leaves_all_as_it_was(stage: Stage, tmp_path: Path) -> None:
    (stage.repo / "odd").write_text("odd\n")
    task, _ = local(stage, "rm odd; echo new > new; echo more >> README.md")
    before, said = snapshot(stage.repo), says(stage)
    interrupted(stage, tmp_path, "rewind", task, "--to", "0")
    assert (snapshot(stage.repo), says(stage)) == (before, said)


@pytest.mark.slow
def test_ctrl_c_in_a_handoff_leaves_all_as_it_was(stage: Stage, tmp_path: Path) -> None:
    task = stage.start("echo odd > odd; echo more >> README.md")
    place = Path(stage.show(task)["worktree"])
    folders = (stage.repo, place)
    before, said = [snapshot(folder) for folder in folders], says(stage)
    branch = stage.git("branch", "--show-current")
    interrupted(stage, tmp_path, "handoff", task, "--to", "local")
    assert ([snapshot(folder) for folder in folders], says(stage)) == (before, said)
    assert stage.git("branch", "--show-current") == branch
    assert stage.show(task)["mode"] == "worktree"


def interrupted(stage: Stage, room: Path, *words: str) -> None:
    """Runs a command that is told Ctrl-C when git first reads or writes the file `odd` in the
    checkout.
    """
    pid, once = room / "pid", room / "once"
    once.touch()
    is_first = f"test \"$PWD\" = '{stage.repo}' && rm '{once}' 2>/dev/null"
    break_filter(stage, "odd")
    for way in ("clean", "smudge"):
        stops = f"{is_first} && kill -INT $(cat '{pid}') && sleep 2; cat"
        stage.git("config", f"filter.odd.{way}", stops)
    command = [sys.executable, "-m", "git_phc", *words]
    told = ["sh", "-c", f"echo $$ > '{pid}'; exec \"$@\"", "sh", *command]
    done = subprocess.run(
        told, cwd=stage.repo, env=overlaid(), capture_output=True, text=True, check=False
    )
    assert (done.returncode, once.exists()) == (130, False), done


@pytest.mark.slow
def test_the_way_back_is_said_where_even_that_fails(stage: Stage) -> None:
    task, _ = local(stage, "echo more >> README.md; echo new > new")
    after = snapshot(stage.repo)
    break_filter(stage, "README.md")
    said = stage.no(1, "rewind", task, "--to", "0")
    assert "what was there could not be put back" in said
    stage.git("config", "filter.odd.smudge", "cat")
    stage.git("reset", "-q", "--hard")
    stage.git(*said[said.index("git stash apply --index ") :].split()[1:5])
    assert snapshot(stage.repo) == after


def test_a_lock_of_gits_is_seen_before_anything_is_touched(stage: Stage) -> None:
    task, _ = local(stage)
    before = snapshot(stage.repo)
    lock = stage.repo / ".git" / "index.lock"
    lock.touch()
    assert "another git program is at work" in stage.no(1, "rewind", task, "--to", "0")
    lock.unlink()
    assert snapshot(stage.repo) == before
