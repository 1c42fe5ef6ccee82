"""Hooks that were there before ours: they run as they did, and are given back as they were."""

from __future__ import annotations

import json
import os
import re
import stat
from pathlib import Path

import pytest

from tests.e2e.stage import Stage
from tests.hooks.conftest import Starts
from tests.kit import ROOT, require, run_program, unavailable

NAMES = ["post-commit", "prepare-commit-msg", "post-rewrite", "pre-push"]
# Tells what it is given, and from where it was started.
TELL = """#!/bin/sh
printf '%s|%s|%s|%s\\n' "${0##*/}" "$*" "${GIT_INDEX_FILE:+index}" "$(cat)" >> "$LOG"
exit ${CODE:-0}
"""


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "log"
    monkeypatch.setenv("LOG", str(path))
    return path


@pytest.fixture
def bare_stage(stage: Stage) -> Stage:
    """Without our hooks yet."""
    stage.ok("hooks", "uninstall")
    return stage


def put(path: Path, text: str = TELL, mode: int = 0o755) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


def picture(folder: Path) -> dict[str, tuple[int, bytes, float]]:
    """All that is there, byte for byte."""
    return {
        str(path.relative_to(folder)): (
            stat.S_IFMT(path.lstat().st_mode) | stat.S_IMODE(path.lstat().st_mode),
            os.fsencode(os.readlink(path)) if path.is_symlink() else path.read_bytes(),
            path.lstat().st_mtime,
        )
        for path in sorted(folder.rglob("*"))
        if path.is_symlink() or path.is_file()
    }


def whole(stage: Stage) -> object:
    git = stage.repo / ".git"
    return (
        picture(git / "hooks"),
        (git / "config").read_bytes(),
        [name for name in os.listdir(git) if "hook" in name],
    )


def states(stage: Stage, code: int = 0) -> dict[str, str]:
    done = stage.phc("hooks", "status", "--json", cwd=stage.repo)
    assert done.code == code, done
    return {one["name"]: one["state"] for one in json.loads(done.out)["hooks"]}


def plain(told: str) -> list[str]:
    """What was told by hooks of commits and pushes, whatever the commits' names are."""
    lines = (line for line in told.splitlines() if line.startswith((*NAMES, "pre-commit")))
    return [re.sub("[0-9a-f]{40}", "COMMIT", line) for line in lines]


def story(stage: Stage, where: Path) -> None:
    """A commit, an amend, and a push, in a checkout."""
    for words in (
        ["commit", "-q", "--allow-empty", "-m", "one"],
        ["commit", "-q", "--allow-empty", "--amend", "-m", "two"],
        ["push", "-q", str(stage.repo), "HEAD:refs/heads/pushed"],
    ):
        env = {"GIT_AUTHOR_DATE": "@1000000000 +0000", "GIT_COMMITTER_DATE": "@1000000000 +0000"}
        done = run_program(["git", *words], cwd=where, env=env)
        assert (done.code, done.err) == (0, ""), done


def test_installed_twice_and_taken_away_nothing_is_left(bare_stage: Stage) -> None:
    stage = bare_stage
    before = whole(stage)
    assert states(stage, 1) == dict.fromkeys(NAMES, "missing")
    for _ in range(2):
        assert [line.split() for line in stage.ok("hooks", "install").lines] == [
            [name, "installed"] for name in NAMES
        ]
    assert states(stage) == dict.fromkeys(NAMES, "installed")
    for _ in range(2):
        stage.ok("hooks", "uninstall")
        assert whole(stage) == before


@pytest.mark.parametrize(
    ("how", "where"),
    [
        ("own", "checkout"), ("own", "task"), ("relative", "checkout"),
        *(
            pytest.param(how, where, marks=pytest.mark.slow)
            for how in ("relative", "link", "home", "linked folder")
            for where in ("checkout", "task")
            if (how, where) != ("relative", "checkout")
        ),
    ],
)  # fmt: skip
def test_what_was_there_runs_as_it_did(
    how: str, where: str, bare_stage: Stage, log: Path, home: Path, starts: Starts
) -> None:
    """With the same input, words and environment; and uninstall gives it back."""
    stage = bare_stage
    folder = {
        "own": stage.repo / ".git/hooks", "link": stage.repo / ".git/real",
        "relative": stage.repo / "ci/hooks", "home": home / "hooks",
        "linked folder": stage.repo / "ci/hooks",
    }[how]  # fmt: skip
    for name in [*NAMES, "pre-commit", "reference-transaction"]:
        put(folder / name, mode=0o700)
        if how == "link":
            (stage.repo / ".git/hooks" / name).symlink_to(f"../real/{name}")
    if how == "relative":
        stage.git("config", "core.hooksPath", "ci/hooks")
    elif how == "home":
        stage.git("config", "--global", "core.hooksPath", "~/hooks")
    elif how == "linked folder":
        hooks = stage.repo / ".git/hooks"
        hooks.rename(hooks.with_name("samples"))
        hooks.symlink_to("../ci/hooks")
    stage.git("add", "-A")
    stage.git("commit", "-q", "--allow-empty", "-m", "hooks")
    place = stage.repo if where == "checkout" else stage.tree(stage.start("true"))
    log.unlink(missing_ok=True)
    first = stage.run_git(place, "rev-parse", "HEAD")
    story(stage, place)
    told = log.read_text()
    assert len({line.partition("|")[0] for line in told.splitlines()}) >= 6
    stage.run_git(place, "reset", "-q", "--hard", first)
    stage.git("update-ref", "-d", "refs/heads/pushed")
    before = whole(stage)
    stage.ok("hooks", "install")
    log.unlink()
    story(stage, place)
    if where == "checkout":
        assert log.read_text() == told
    else:  # the trailer makes other commits of them
        assert plain(log.read_text()) == plain(told)
    assert bool(starts()) == (where == "task")
    stage.ok("hooks", "uninstall")
    stage.run_git(place, "reset", "-q", "--hard", first)
    assert whole(stage) == before


@pytest.mark.slow
def test_one_finds_its_name_and_its_neighbours(bare_stage: Stage, log: Path) -> None:
    stage = bare_stage
    hooks = stage.repo / ".git/hooks"
    put(hooks / "post-commit", '#!/bin/sh\n. "${0%/*}/library"\ntell "${0##*/}"\n')
    put(hooks / "library", 'tell() { echo "told $1" >> "$LOG"; }\n', mode=0o644)
    stage.ok("hooks", "install")
    stage.git("commit", "-q", "--allow-empty", "-m", "x")
    assert log.read_text() == "told post-commit\n"


@pytest.mark.parametrize("name", ["prepare-commit-msg", "pre-push"])
def test_one_that_refuses_still_does(
    name: str, bare_stage: Stage, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = bare_stage
    put(stage.repo / ".git/hooks" / name)
    stage.ok("hooks", "install")
    tree = stage.tree(stage.start("true"))
    stage.git("config", "phc.pushAlong", "true")
    monkeypatch.setenv("CODE", "3")
    words = ["push", "-q", str(stage.repo), "HEAD:refs/heads/pushed"]
    done = run_program(
        ["git", *(words if name == "pre-push" else ["commit", "--allow-empty", "-qm", "x"])],
        cwd=tree,
    )
    assert done.code == 1
    hook = run_program([stage.repo / ".git/hooks" / name, "a", "message"], cwd=tree, input="in\n")
    assert hook.code == 3
    assert log.read_text().splitlines()[-1] == f"{name}|a message||in"


def test_a_program_that_writes_over_ours_is_noticed(bare_stage: Stage, log: Path) -> None:
    stage = bare_stage
    hook = put(stage.repo / ".git/hooks/post-commit")
    mine = hook.read_text()
    stage.ok("hooks", "install")
    hook.rename(hook.with_name("post-commit.old"))  # as lefthook does
    other = put(hook, TELL.replace("##*/}", "##*/} of another"))
    assert states(stage, 1)["post-commit"] == "replaced"
    assert "the git hook post-commit is replaced" in stage.phc("doctor", cwd=stage.repo).out
    stage.ok("hooks", "install")
    assert stage.ok("doctor").out == "All is well.\n"
    assert states(stage)["post-commit"] == "installed"
    stage.git("commit", "-q", "--allow-empty", "-m", "x")
    assert "of another" in log.read_text()
    stage.ok("hooks", "uninstall")
    assert hook.read_text() != mine
    assert other.with_name("post-commit.old").read_text() == mine


@pytest.mark.slow
def test_hooks_path_set_over_ours_is_noticed(bare_stage: Stage, log: Path) -> None:
    stage = bare_stage
    for folder in ("one", "two"):
        put(stage.repo / folder / "post-commit", TELL.replace("##*/}", f"##*/}} {folder}"))
    for folder in ("one", "two"):
        stage.git("config", "core.hooksPath", folder)
        assert set(states(stage, 1).values()) == ({"missing"} if folder == "one" else {"replaced"})
        stage.ok("hooks", "install")
        assert set(states(stage).values()) == {"installed"}
        stage.git("commit", "-q", "--allow-empty", "-m", "x")
        assert f"post-commit {folder}|" in log.read_text()
    stage.ok("hooks", "uninstall")
    assert stage.git("config", "--get-all", "core.hooksPath") == "two"
    assert stage.git("config", "--get-regexp", "phc", check=False) == ""


@pytest.mark.slow
def test_a_hook_that_comes_later_is_run_or_named(bare_stage: Stage, log: Path) -> None:
    stage = bare_stage
    stage.git("config", "core.hooksPath", "ci")
    stage.ok("hooks", "install")
    put(stage.repo / "ci/commit-msg")
    stage.git("commit", "-q", "--allow-empty", "-m", "x")
    assert log.read_text().startswith("commit-msg|")
    put(stage.repo / "ci/reference-transaction")
    assert states(stage, 1)["reference-transaction"] == "left out"
    stage.ok("hooks", "install")
    assert "reference-transaction" not in states(stage)


def test_where_they_cannot_be_they_are_refused(
    bare_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = bare_stage
    before = whole(stage)
    with monkeypatch.context() as patch:
        patch.setenv("GIT_CONFIG_PARAMETERS", "'core.hooksPath'='x'")
        assert "on the command line" in stage.no(1, "hooks", "install")
    assert whole(stage) == before
    bare = stage.repo.parent / "bare.git"
    stage.git("clone", "-q", "--bare", ".", bare)
    assert "this is no checkout" in stage.no(1, "hooks", "install", cwd=bare)
    (stage.repo.parent / "more").write_text("[core]\nhooksPath = x\n")
    stage.git("config", "include.path", "../../more")
    before = whole(stage)
    assert "wins over" in stage.no(1, "hooks", "install")
    assert whole(stage) == before


@pytest.mark.slow
def test_installed_by_four_at_once(bare_stage: Stage, log: Path) -> None:
    stage = bare_stage
    put(stage.repo / ".git/hooks/post-commit")
    before = whole(stage)
    assert {done.code for done in stage.at_once([["hooks", "install"]] * 4)} == {0}
    stage.git("commit", "-q", "--allow-empty", "-m", "x")
    assert log.read_text().count("post-commit|") == 1
    stage.ok("hooks", "uninstall")
    assert whole(stage) == before


@pytest.mark.slow
def test_where_the_repository_is_moved_or_bare_with_worktrees(bare_stage: Stage, log: Path) -> None:
    stage = bare_stage
    put(stage.repo / "ci/post-commit")
    stage.git("config", "core.hooksPath", "ci")
    stage.ok("hooks", "install")
    moved = stage.repo.with_name("moved")
    stage.repo.rename(moved)
    there = Stage(moved, stage.phc, stage.run_git, stage.processes)
    assert set(states(there, 1).values()) == {"replaced"}
    there.ok("hooks", "install")
    there.git("commit", "-q", "--allow-empty", "-m", "x")
    assert log.read_text().startswith("post-commit|")
    there.ok("hooks", "uninstall")
    assert there.git("config", "core.hooksPath") == "ci"
    bare = moved.with_name("bare.git")
    there.git("clone", "-q", "--bare", ".", bare)
    stage.run_git(bare, "worktree", "add", "-q", moved.with_name("tree"))
    tree = moved.with_name("tree")
    assert [line.split()[1] for line in there.ok("hooks", "install", cwd=tree).lines] == [
        "installed"
    ] * 4
    there.ok("hooks", "uninstall", cwd=tree)


# Real programs


def manager(name: str) -> None:
    if name == "husky":
        if not (ROOT / ".node/hooks/node_modules/husky/bin.js").exists():
            unavailable("needs husky; tests/hooks/install brings it")
        require("node")
    else:
        require(name)


def set_up(stage: Stage, name: str) -> None:
    """Installs a manager's hooks, which say so when they run."""
    if name == "husky":
        for hook in NAMES:
            put(stage.repo / ".husky" / hook, f"echo {hook} >> $LOG\n")
        where = ROOT / ".node/hooks/node_modules/husky/bin.js"
        done = run_program(["node", where], cwd=stage.repo)
    elif name == "lefthook":
        hooks = "".join(
            f"{hook}:\n  commands:\n    tell:\n      run: echo {hook} >> $LOG\n" for hook in NAMES
        )
        (stage.repo / "lefthook.yml").write_text(hooks)
        done = run_program(["lefthook", "install"], cwd=stage.repo)
    else:
        (stage.repo / ".pre-commit-config.yaml").write_text(
            "repos:\n- repo: local\n  hooks:\n"
            + "".join(
                f"  - {{id: {hook}, name: {hook}, language: system, always_run: true,"
                f" pass_filenames: false, stages: [{hook}],"
                f" entry: sh -c 'echo {hook} >> $LOG'}}\n"
                for hook in NAMES
            )
        )
        types = [word for hook in NAMES for word in ("-t", hook)]
        done = run_program(["pre-commit", "install", *types], cwd=stage.repo)
    assert done.code == 0, done
    stage.git("add", "-A")  # a linked worktree has what was committed


def says(stage: Stage, where: Path, log: Path) -> list[str]:
    log.unlink(missing_ok=True)
    for words in (
        ["commit", "-q", "--allow-empty", "-m", "one"],
        ["commit", "-q", "--allow-empty", "--amend", "-m", "two"],
        ["push", "-q", "-f", str(stage.repo), "HEAD:refs/heads/pushed"],
    ):
        done = run_program(["git", *words], cwd=where)
        assert done.code == 0, done
    return log.read_text().split() if log.exists() else []


ALL = [*NAMES[1::-1], *NAMES[1::-1], "post-rewrite", "pre-push"]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["husky", "lefthook", "pre-commit"])
@pytest.mark.parametrize("first", [True, False])
def test_with(name: str, first: bool, bare_stage: Stage, log: Path) -> None:
    """A real manager before us, and after; and over us once more."""
    stage = bare_stage
    manager(name)
    stage.git("config", "extensions.worktreeConfig", "false")
    if first:
        set_up(stage, name)
    before = whole(stage)
    if first:
        assert says(stage, stage.repo, log) == ALL
    stage.ok("hooks", "install")
    if not first:
        set_up(stage, name)
        in_force = name == "pre-commit"  # it runs what it finds; the others do not
        assert states(stage, 0 if in_force else 1) == dict.fromkeys(
            NAMES, "installed" if in_force else "replaced"
        )
        stage.ok("hooks", "install")
    assert states(stage) == dict.fromkeys(NAMES, "installed")
    assert says(stage, stage.repo, log) == ALL
    tree = stage.tree(stage.start("true"))
    # husky's own folder is in no linked worktree, so there its hooks never run
    assert says(stage, tree, log) == ([] if name == "husky" else ALL)
    assert "Phc-Task" in stage.run_git(tree, "log", "-1", "--format=%B", "HEAD")
    stage.ok("hooks", "uninstall")
    assert not first or whole(stage) == before
    assert says(stage, stage.repo, log) == ALL
