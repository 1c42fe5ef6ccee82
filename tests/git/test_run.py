from __future__ import annotations

import os
from pathlib import Path

import pytest

from git_phc.errors import GitFailed, PhcError
from git_phc.git import run
from git_phc.git.repo import open_repo
from tests.kit import MakeRepo, RunGit


def test_what_git_or_a_hook_left_in_the_environment_does_not_pass() -> None:
    kept = {
        "HOME": "/home/ada",
        "PATH": "/bin",
        "GIT_SSH_COMMAND": "ssh -i key",
        "GIT_AUTHOR_NAME": "Ada",
        "GIT_CONFIG_GLOBAL": "/home/ada/.gitconfig",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "phc.mode",
        "GIT_CONFIG_VALUE_0": "local",
        "GIT_CONFIG_PARAMETERS": "'phc.mode'='local'",
        "GIT_ALLOW_PROTOCOL": "https",
        "GIT_PROXY_COMMAND": "program",
    }
    dropped = {
        "GIT_DIR": "elsewhere",
        "GIT_WORK_TREE": "elsewhere",
        "GIT_COMMON_DIR": "elsewhere",
        "GIT_INDEX_FILE": "index.lock",
        "GIT_OBJECT_DIRECTORY": "quarantine",
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": "objects",
        "GIT_NAMESPACE": "ns",
        "GIT_PREFIX": "sub/",
        "GIT_EDITOR": "vi",
        "GIT_TRACE": "1",
        "GIT_REFLOG_ACTION": "pull",
        "GIT_QUARANTINE_PATH": "x",
        "GIT_LITERAL_PATHSPECS": "1",
        "GIT_CONFIG": "other",
        "GIT_EXTERNAL_DIFF": "program",
    }
    assert run.scrubbed(kept | dropped) == kept


def test_every_call_is_quiet_and_speaks_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    monkeypatch.setenv("GIT_EDITOR", "vi")
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    env = run.environment({"GIT_INDEX_FILE": "mine"})
    assert {name: env[name] for name in env if name.startswith(("GIT_", "LC_", "LANGUAGE"))} == {
        "GIT_CONFIG_GLOBAL": os.environ["GIT_CONFIG_GLOBAL"],
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_EDITOR": ":",
        "GIT_INDEX_FILE": "mine",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_SEQUENCE_EDITOR": ":",
        "GIT_TERMINAL_PROMPT": "0",
        "LANGUAGE": "",
        "LC_ALL": "C",
    }


def test_a_setting_of_this_one_call_is_heard(
    make_repo: MakeRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = open_repo(make_repo())
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", "'phc.mode'='local' 'gc.auto'='9'")
    assert repo.text("config", "phc.mode") == "local"
    assert repo.text("config", "gc.auto") == "0"  # ours is said last


def test_a_failure_names_the_call_and_gits_last_word(tmp_path: Path) -> None:
    with pytest.raises(GitFailed) as failed:
        run.git(["--git-dir=none", "rev-parse", "--verify", "HEAD"], cwd=tmp_path)
    error = failed.value
    assert error.argv == ("git", "--git-dir=none", "rev-parse", "--verify", "HEAD")
    assert error.status == 128
    assert error.message == "git rev-parse failed: fatal: not a git repository: 'none'"


def test_an_exit_code_that_is_expected_is_an_answer(tmp_path: Path) -> None:
    assert run.git(["config", "--get", "no.such"], cwd=tmp_path, ok=(0, 1)).status == 1
    assert not run.git(["nonsense"], cwd=tmp_path, ok=()).ok


def test_input_and_output_are_bytes(make_repo: MakeRepo) -> None:
    repo = open_repo(make_repo())
    data = bytes(range(256)) * 1000
    oid = repo.git("hash-object", "-w", "--stdin", input=data).out.decode().strip()
    assert repo.git("cat-file", "blob", oid).out == data


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["log", "a\0b"], "git could not be started: embedded null byte"),
        (
            ["log", "x" * 4_000_000],
            "git could not be started: [Errno 7] Argument list too long: 'git'",
        ),
    ],
)
def test_a_call_that_cannot_start_is_one_sentence(args: list[str], message: str) -> None:
    with pytest.raises(PhcError) as failed:
        run.git(args)
    assert failed.value.message == message


def test_a_folder_that_is_gone_is_told_from_a_git_that_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    with pytest.raises(PhcError, match=r"the folder .*/gone does not exist"):
        run.git(["version"], cwd=gone)
    with pytest.raises(PhcError, match=r"the folder .*/gone does not exist"):
        run.spawn(["version"], cwd=gone)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PhcError, match="git is not installed, or not on PATH"):
        run.git(["version"], cwd=tmp_path)


def make_program(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_no_hook_of_the_user_runs_for_our_calls(
    make_repo: MakeRepo, git: RunGit, tmp_path: Path
) -> None:
    path = make_repo()
    make_program(tmp_path / "hooks/reference-transaction", "echo ran >> $0.log; exit 1")
    git(path, "config", "core.hooksPath", str(tmp_path / "hooks"))
    repo = open_repo(path)
    repo.git("update-ref", "refs/phc/x", "HEAD")
    assert not (tmp_path / "hooks/reference-transaction.log").exists()
    with pytest.raises(GitFailed):
        repo.git("update-ref", "refs/phc/y", "HEAD", hardened=False)
    assert git(path, "for-each-ref", "--format=%(refname)", "refs/phc") == "refs/phc/x"


def test_no_program_that_a_repository_names_runs_for_a_look(
    make_repo: MakeRepo, git: RunGit, tmp_path: Path
) -> None:
    path = make_repo()
    spy = make_program(tmp_path / "spy", "echo ran >> $0.log")
    git(path, "config", "core.fsmonitor", str(spy))
    assert open_repo(path).text("status", "--porcelain") == ""
    assert not (tmp_path / "spy.log").exists()
