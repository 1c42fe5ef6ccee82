"""The house in which tests live: what a test may count on, and cannot do."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import MARKER, end_marked
from tests.kit import FIXED_DATE, MakeRepo, Processes, RunGit

SLEEPER = "import time; time.sleep(300)"


def test_a_test_sees_no_setting_of_the_developer(home: Path, tmp_path: Path, git: RunGit) -> None:
    assert Path.home() == home
    assert git(tmp_path, "config", "--get", "user.name") == "Ada Tester"
    origins = git(tmp_path, "config", "--list", "--show-origin").splitlines()
    assert {line.split("\t")[0] for line in origins} == {f"file:{home / '.gitconfig'}"}
    ours = {name for name in os.environ if name.startswith(("GIT_", "PHC_"))} - {"PHC_CI"}
    assert ours == {"GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM", MARKER}
    assert time.tzname == ("UTC", "UTC")


@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_make_repo_makes_one_commit_on_main(
    make_repo: MakeRepo, git: RunGit, object_format: str
) -> None:
    repo = make_repo(object_format=object_format, files={"a/b": b"\0", "c": "c\n"})
    assert git(repo, "log", "--format=%an <%ae> %D %s") == (
        "Ada Tester <ada@example.com> HEAD -> main The first commit"
    )
    assert git(repo, "rev-parse", "--show-object-format") == object_format
    assert git(repo, "ls-files") == "a/b\nc"
    assert git(repo, "status", "--porcelain") == ""


def test_make_repo_makes_bare_and_empty_ones(make_repo: MakeRepo, git: RunGit) -> None:
    bare = make_repo("hub.git", bare=True)
    assert git(bare, "rev-parse", "--is-bare-repository") == "true"
    assert git(bare, "log", "--format=%s", "main") == "The first commit"
    assert git(make_repo("new", commit=False), "for-each-ref") == ""


def test_dates_can_be_fixed(fixed_dates: str, make_repo: MakeRepo, git: RunGit) -> None:
    assert git(make_repo(), "log", "--format=%aI %cI") == f"{FIXED_DATE} {FIXED_DATE}"


@pytest.mark.slow
def test_what_a_test_leaves_running_is_found_and_ended(processes: Processes) -> None:
    script = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {SLEEPER!r}],"
    detached = script + "start_new_session=True)"
    subprocess.run([sys.executable, "-c", detached], check=True)
    left = processes()
    assert len(left) == 1
    assert end_marked(os.environ[MARKER]) == [f"{sys.executable} -c {SLEEPER}"]
    assert processes() == []
    assert not psutil.pid_exists(left[0].pid)


def test_only_loopback_can_be_reached() -> None:
    with socket.socket() as outside, pytest.raises(PermissionError, match="only loopback"):
        outside.connect(("192.0.2.1", 80))
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as inside:
        inside.connect(server.getsockname())


@given(st.integers())
def test_properties_may_run_under_the_isolation(number: int) -> None:
    assert os.environ[MARKER], number
