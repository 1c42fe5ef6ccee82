"""Where values come from, and how it is told that there is none; no word of a value."""

from __future__ import annotations

from pathlib import Path

import pytest

from git_phc.errors import PhcError
from git_phc.services.context import Context, open_context
from git_phc.services.secrets import values
from tests.kit import MakeRepo, RunGit

VALUE = "s3cret-of-the-owner"


@pytest.fixture
def repo(make_repo: MakeRepo) -> Path:
    return make_repo()


def context(repo: Path, **environ: str) -> Context:
    return open_context(repo, {"PATH": "/usr/bin:/bin", **environ})


def test_each_kind_of_place(repo: Path, git: RunGit, tmp_path: Path, home: Path) -> None:
    (tmp_path / "key").write_text(f"{VALUE}1\n")
    (home / "key").write_text(f"{VALUE}2")
    git(repo, "config", "phc.secrets.A.env", "OF_OWNER")
    git(repo, "config", "phc.secrets.B.file", str(tmp_path / "key"))
    git(repo, "config", "phc.secrets.C.file", "~/key")
    git(repo, "config", "phc.secrets.D_E.command", f"echo {VALUE}3; echo no >&2")
    ctx = context(repo, OF_OWNER=VALUE)
    assert values(ctx, dict.fromkeys(["A", "B", "C", "D_E"], "")) == {
        "A": VALUE,
        "B": f"{VALUE}1",
        "C": f"{VALUE}2",
        "D_E": f"{VALUE}3",
    }
    assert ctx.redact(f"it is {VALUE}3") == "it is [redacted]"


def test_a_command_is_asked_once(repo: Path, git: RunGit, tmp_path: Path) -> None:
    git(repo, "config", "phc.secrets.A.command", f"echo >> {tmp_path}/asked; echo {VALUE}")
    ctx = context(repo)
    assert values(ctx, {"A": ""}) == values(ctx, {"A": ""})
    assert (tmp_path / "asked").read_text() == "\n"


@pytest.mark.parametrize(
    ("kind", "place", "why"),
    [
        ("env", "NOT_SET", "its variable is not set: NOT_SET"),
        ("file", "/nowhere", "its file cannot be read: no such file or directory"),
        ("file", "/", "its file cannot be read: is a directory"),
        ("file", "/dev/null", "its file is no text"),
        ("command", f"echo {VALUE}; exit 3", "its command failed with exit code 3"),
        ("command", "printf '\\377aaaaaaaaaa'", "its command is no text"),
        ("command", "head -c 70000 /dev/zero | tr '\\0' a", "its command is longer than 64 KiB"),
        ("command", "echo short", "is shorter than 8 characters"),
    ],
)
def test_what_cannot_be_had(repo: Path, git: RunGit, kind: str, place: str, why: str) -> None:
    git(repo, "config", f"phc.secrets.A.{kind}", place)
    with pytest.raises(PhcError) as error:
        values(context(repo), {"A": ""})
    assert why in error.value.message
    assert VALUE not in f"{error.value.message} {error.value.hint}"
