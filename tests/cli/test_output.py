"""Where the answer goes: full disks, closed pipes, pagers; as a program of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.making import Maker
from tests.kit import Installed, Phc

pytestmark = pytest.mark.e2e
PROGRAM = [sys.executable, "-m", "git_phc"]
FULL = "git phc: the answer could not be written: no space left on device.\n"


@pytest.mark.parametrize("words", [("status",), ("status", "--json"), ("-h",), ("start", "-h")])
def test_a_full_disk_is_one_sentence(words: tuple[str, ...], make: Maker, repo: Path) -> None:
    make("One")
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*PROGRAM, *words], cwd=repo, stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert done.returncode == 1
    assert done.stderr.decode() == f"{FULL}Make room there, then try again.\n"


def test_a_reader_that_has_had_enough(make: Maker, repo: Path) -> None:
    for number in range(3):
        make(f"Number {number}")
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [*PROGRAM, "status"], cwd=repo, stdout=write, stderr=subprocess.PIPE, check=False
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (1, b"")


def test_closed_streams(make: Maker, repo: Path) -> None:
    make("One")
    words = f"'{sys.executable}' -m git_phc status"
    for closed in (">&-", "<&-", ">&- 2>&- <&-"):
        done = subprocess.run(
            ["sh", "-c", f"{words} {closed}"], cwd=repo, stderr=subprocess.PIPE, check=False
        )
        assert (done.returncode, done.stderr) == (0, b""), closed


def test_a_terminal_without_unicode(make: Maker, repo: Path, installed: Installed) -> None:
    make("Fix ü")
    env = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    shown = installed("status", cwd=repo, env=env)
    assert (shown.code, shown.err) == (0, "")
    assert "ready" in shown.out
    assert shown.out.startswith("?")


@pytest.mark.slow
def test_bytes_of_a_path_come_out_as_they_are(
    tmp_path: Path, make: Maker, repo: Path, installed: Installed
) -> None:
    odd = tmp_path / os.fsdecode(b"caf\xe9")
    repo.rename(odd)
    started = installed("start", "-q", "-m", "local", "x", "--", "true", cwd=odd)
    assert (started.code, started.err) == (0, "")
    assert installed("path", "@", cwd=odd).out == f"{odd}\n"
    assert '"path": "' in installed("path", "--json", "@", cwd=odd).out


def test_a_defect_is_told_in_a_sentence(
    repo: Path, phc: Phc, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(repo))
    refused = phc("status", cwd=repo)
    assert (refused.code, refused.out) == (1, "")
    assert refused.err == (
        "git phc: git is not installed, or not on PATH.\nInstall git 2.39 or later.\n"
    )
