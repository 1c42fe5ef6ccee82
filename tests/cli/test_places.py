"""path and open."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from tests.cli.making import Maker
from tests.cli.told import told
from tests.kit import Phc


def test_path(hello: str, repo: Path, phc: Phc) -> None:
    shown = phc("path", hello, cwd=repo)
    place = repo.parent / "repo.phc" / f"say-hello-{hello[:8]}"
    assert (shown.code, shown.out, shown.err) == (0, f"{place}\n", "")
    assert json.loads(phc("path", "--json", hello, cwd=repo).out) == {
        "schema": 1,
        "id": hello,
        "path": str(place),
    }


def test_a_folder_that_is_gone(hello: str, repo: Path, phc: Phc) -> None:
    shutil.rmtree(phc("path", hello, cwd=repo).out.rstrip("\n"))
    for words in (("path",), ("open",)):
        refused = phc(*words, hello, cwd=repo)
        assert (refused.code, refused.out) == (1, "")
        assert told(refused.err) == (
            "git phc: the task SHORT has no workspace here now.\n"
            "Bring it back: git phc resume SHORT\n"
        )


def test_a_task_without_a_place(make: Maker, repo: Path, phc: Phc) -> None:
    assert phc("path", make("Nowhere").id, cwd=repo).code == 1


def test_open_needs_a_terminal(hello: str, repo: Path, phc: Phc) -> None:
    refused = phc("open", hello, cwd=repo)
    assert (refused.code, refused.out, told(refused.err)) == (
        2,
        "",
        "git phc: open needs a terminal.\nWithout one: git phc path SHORT\n",
    )


def test_open_in_a_shell_and_an_editor(hello: str, repo: Path, phc: Phc) -> None:
    place = Path(phc("path", hello, cwd=repo).out.rstrip("\n"))
    script = repo.parent / "program"
    script.write_text('#!/bin/sh\npwd > "opened by $# ${1##*/}"\nexit 3\n')
    script.chmod(0o755)
    opened = phc("open", hello, cwd=repo, tty=True, env={"SHELL": str(script)})
    assert (opened.code, opened.out) == (0, "")
    assert opened.err == f"A shell in {place}; leave it with: exit\n"
    assert (place / "opened by 0 ").read_text() == f"{place}\n"

    env = {"GIT_EDITOR": f"{script} -x"}
    failed = phc("open", "--editor", hello, cwd=repo, tty=True, env=env)
    assert (failed.code, failed.out) == (1, "")
    assert failed.err == (
        f"git phc: the editor ended with an error: {script} -x.\n"
        "Choose one: git config core.editor NAME\n"
    )
    assert (place / "opened by 2 -x").exists()

    missing = phc("open", hello, cwd=repo, tty=True, env={"SHELL": "/nowhere/sh"})
    assert (missing.code, missing.err.splitlines()[1:]) == (
        1,
        ["git phc: the shell /nowhere/sh could not be started.", "Set another: SHELL=/bin/sh"],
    )
