"""Git as users set it up: signers and hooks that fail, no identity, other formats."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

import pytest

from tests.e2e.stage import Stage
from tests.kit import MakeRepo, Phc, Processes, RunGit

pytestmark = pytest.mark.slow

HOOKS = (
    "post-checkout", "pre-commit", "commit-msg", "reference-transaction", "post-commit",
    "post-rewrite", "pre-auto-gc", "post-index-change", "fsmonitor-watchman", "update",
)  # fmt: skip


def write_hook(path: Path, script: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(script)
    path.chmod(0o755)


def test_a_signer_that_fails_is_never_asked(stage: Stage, tmp_path: Path) -> None:
    write_hook(tmp_path / "gpg", f"#!/bin/sh\ntouch {tmp_path}/asked\nexit 1\n")
    for name, value in (
        ("commit.gpgSign", "true"), ("tag.gpgSign", "true"), ("gpg.program", f"{tmp_path}/gpg"),
        ("user.signingKey", "ABCDEF"), ("gpg.format", "openpgp"),
    ):  # fmt: skip
        stage.git("config", name, value)
    task = stage.start("echo x > x")
    stage.ok("send", task, "echo y > x")
    stage.ok("done", task)
    stage.ok("undo", task)
    assert not (tmp_path / "asked").exists()


def test_hooks_that_fail(stage: Stage, tmp_path: Path) -> None:
    log = tmp_path / "log"
    for name in HOOKS:
        write_hook(
            tmp_path / "hooks" / name,
            f'#!/bin/sh\necho {name} "$@" >> {log}\necho it is broken >&2\nexit 1\n',
        )
    stage.git("config", "core.hooksPath", str(tmp_path / "hooks"))
    done = stage.ok("start", "-q", "x", "--", "sh", "-c", "echo x > x")
    task = done.out.strip()
    assert "the repository's post-checkout hook failed: it is broken" in done.err
    assert stage.status(task) == "ready"
    head, zero = stage.git("rev-parse", "HEAD"), "0" * 40
    assert log.read_text() == f"post-checkout {zero} {head} 1\n"
    for words in (
        ["send", task, "x"],
        ["edit", task, "--label", "y"],
        ["done", task],
        ["undo", task],
    ):
        assert "broken" not in stage.ok(*words).err
    assert log.read_text().count("\n") == 1


def test_the_post_checkout_hook_runs_in_the_worktree_without_our_variables(
    stage: Stage, tmp_path: Path
) -> None:
    hook = stage.repo / ".git/hooks/post-checkout"
    write_hook(hook, f"#!/bin/sh\npwd > {tmp_path}/cwd\nenv > {tmp_path}/env\n")
    task = stage.start("true", env={"GIT_DIR": None, "GIT_INDEX_FILE": "/nowhere"})
    assert (tmp_path / "cwd").read_text() == f"{stage.tree(task)}\n"
    assert "GIT_INDEX_FILE" not in (tmp_path / "env").read_text()


def test_a_hook_that_cannot_be_started(stage: Stage) -> None:
    write_hook(stage.repo / ".git/hooks/post-checkout", "#!/nowhere/interpreter\n")
    done = stage.ok("start", "x", "--", "true")
    assert "post-checkout hook failed: it could not be started" in done.err


def test_nobody_is_known_to_git(stage: Stage, home: Path) -> None:
    (home / ".gitconfig").write_text("[user]\n\tuseConfigOnly = true\n")
    for mode in ("worktree", "local"):
        said = stage.no(1, "start", "x", "-m", mode, "--", "true")
        assert "git does not know who you are" in said
    assert stage.left_behind() == []
    assert not (stage.repo.parent / "repo.phc").exists()
    assert stage.ok("status").out == stage.ok("status").out


def test_nobody_is_known_when_a_task_is_to_be_changed(stage: Stage, home: Path) -> None:
    task = stage.start("true")
    (home / ".gitconfig").write_text("[user]\n\tuseConfigOnly = true\n")
    before = stage.git("for-each-ref")
    for words in (["send", "true"], ["resume"], ["done"], ["delete"], ["edit", "--label", "x"]):
        stage.no(1, words[0], task, *words[1:])
    assert stage.git("for-each-ref") == before
    assert stage.tree(task).exists()


def test_no_commit_to_begin_from(
    make_repo: MakeRepo, phc: Phc, git: RunGit, processes: Processes
) -> None:
    stage = Stage(make_repo(commit=False), phc, git, processes)
    for mode in ("worktree", "local"):
        assert "has no commit yet" in stage.no(1, "start", "x", "-m", mode, "--", "true")
    assert stage.left_behind() == []


@pytest.mark.parametrize("kind", ["sha256", "bare", pytest.param("linked", marks=pytest.mark.slow)])
def test_kinds_of_repositories(
    kind: str, make_repo: MakeRepo, phc: Phc, git: RunGit, processes: Processes, tmp_path: Path
) -> None:
    sha = "sha256" if kind == "sha256" else "sha1"
    repo = make_repo("kind", object_format=sha, bare=kind == "bare")
    if kind == "linked":
        git(repo, "worktree", "add", "-q", tmp_path / "linked")
        repo = tmp_path / "linked"
    stage = Stage(repo, phc, git, processes)
    task = stage.start("echo x > x; git add x; git commit -qm x; echo y > y")
    assert stage.status(task) == "ready"
    tree = stage.tree(task)
    assert tree.parent == tmp_path / "kind.phc"
    stage.ok("done", task)
    stage.ok("undo", task)
    assert (tree / "y").read_text() == "y\n"
    if kind == "bare":
        assert "needs a checkout" in stage.no(1, "start", "x", "-m", "local", "--", "true")
    else:
        local = stage.start("echo x > local", "-m", "local")
        assert stage.status(local) == "ready"


def test_what_the_agent_is_given(stage: Stage) -> None:
    env = {"GIT_DIR": str(stage.repo / ".git"), "GIT_INDEX_FILE": "/nowhere", "GIT_PREFIX": "x/",
           "PHC_RUN": "outer", "PHC_PROMPT": "outer", "MINE": "stays"}  # fmt: skip
    task = stage.ok("start", "-q", "the prompt", "--", "sh", "-c", "env -0 > env", env=env)
    id = task.out.strip()
    tree, shown = stage.tree(id), stage.show(id)
    words = (tree / "env").read_bytes().decode().split("\0")[:-1]
    given = dict(word.partition("=")[::2] for word in words)
    assert {name: value for name, value in given.items() if name.startswith("PHC_")} == {
        "PHC_TASK": id,
        "PHC_RUN": shown["run"]["id"],
        "PHC_MODE": "worktree",
        "PHC_BASE": stage.git("rev-parse", "HEAD"),
        "PHC_PORT": given["PHC_PORT"],
        "PHC_PROMPT": "the prompt",
        "PHC_PROMPT_FILE": str(stage.repo / ".git/phc/runs" / shown["run"]["id"] / "prompt"),
        **{name: value for name, value in os.environ.items() if name.startswith("PHC_")},
    }
    assert given["PWD"] == str(tree)
    assert given["MINE"] == "stays"
    assert not {"GIT_DIR", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_WORK_TREE"} & set(given)


def test_a_task_within_a_task_does_not_end_with_it(stage: Stage) -> None:
    script = "sleep 1; echo inner > done"
    program = f"{shlex.quote(sys.executable)} -m git_phc"
    outer = stage.start(f"{program} start -d -q inner -- sh -c '{script}' > id")
    inner = (stage.tree(outer) / "id").read_text().strip()
    assert stage.status(outer) == "ready"
    stage.ok("wait", inner)
    assert stage.status(inner) == "ready"
    assert (stage.tree(inner) / "done").read_text() == "inner\n"


def test_a_branch_that_is_in_the_way_of_ours(stage: Stage) -> None:
    stage.git("branch", "phc")
    done = stage.phc("start", "-q", "x", "--", "true", cwd=stage.repo)
    assert done.code == 1
    assert "cannot be made" in done.err
    (task,) = stage.ok("status", "-q").out.split()
    assert stage.status(task) == "failed"
    assert stage.git("worktree", "list").count("\n") == 0
    stage.git("branch", "-m", "phc", "other")
    stage.ok("resume", task)


def test_big_files_are_kept_in_pieces_of_the_size_that_is_set(stage: Stage) -> None:
    stage.git("config", "phc.maxBlob", "1m")
    task = stage.start("head -c 2500000 /dev/urandom > big.bin")
    before = (stage.tree(task) / "big.bin").read_bytes()
    names = stage.git("rev-list", "--objects", f"refs/phc/work/{task}")
    ids = "".join(f"{line.split()[0]}\n" for line in names.splitlines())
    sizes = stage.run_git(stage.repo, "cat-file", "--batch-check=%(objectsize)", input=ids)
    assert 1_000_000 < max(map(int, sizes.split())) <= 1 << 20
    stage.ok("done", task)
    stage.ok("undo", task)
    assert (stage.tree(task) / "big.bin").read_bytes() == before
    stage.git("config", "phc.maxBlob", "huge")
    assert "phc.maxBlob is 'huge', which is no size" in stage.no(2, "done", task)
