"""`git phc env`: whole outputs, and the files that it writes."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.cli.screen import Screen
from tests.kit import Phc

DEV = ".phc/environments/dev.toml"
THEIRS = ".posthog-code/environments/dev.toml"
WRITTEN = """\
id = "ID"
version = 1
name = "Dev"

[setup]
script = "npm ci"

[vars]
A = "1"

[[actions]]
name = "Test"
command = "npm test"
"""


def put(repo: Path, path: str, text: str) -> Path:
    file = repo / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def test_the_list(repo: Path, phc: Phc) -> None:
    empty = phc("env", cwd=repo)
    assert (empty.code, empty.out) == (0, "")
    assert empty.err == "There are no environments here. Make one: git phc env new NAME\n"
    put(repo, DEV, "name = 'Dev\t1'")
    assert phc("env", cwd=repo).code == 0
    put(repo, DEV, "name = 'Dev 1'\nsetup.script = 'x'")
    put(repo, ".phc/environments/bad.toml", "x = 1\ny = 2\n")
    put(repo, ".posthog-code/environments/default.toml", "")
    assert phc("env", "list", cwd=repo).out == (
        "bad      .phc/environments/bad.toml               2 mistakes: git phc env check\n"
        "Dev 1    .phc/environments/dev.toml               not trusted: git phc trust\n"
        "default  .posthog-code/environments/default.toml  runs nothing\n"
    )
    (repo / ".phc/environments/bad.toml").unlink()
    assert phc("trust", "dev", cwd=repo).code == 0
    assert phc("env", cwd=repo).out == (
        "   Dev 1    .phc/environments/dev.toml               trusted\n"
        "*  default  .posthog-code/environments/default.toml  runs nothing\n"
    )
    listed = json.loads(phc("env", "list", "--json", cwd=repo).out)["environments"]
    assert listed[1] == {
        "name": "default",
        "path": ".posthog-code/environments/default.toml",
        "default": True,
        "trusted": True,
        "mistakes": 0,
    }


def test_new_and_show(repo: Path, phc: Phc, only_git: Mapping[str, str]) -> None:
    words = ("--setup", "npm ci", "--var", "A=1", "--action", "Test=npm test")
    made = phc("env", "new", "Dev", *words, cwd=repo)
    assert (made.code, made.out, made.err) == (0, f"{DEV}\n", "")
    text = (repo / DEV).read_text()
    assert text.replace(tomllib.loads(text)["id"], "ID") == WRITTEN
    again = phc("env", "new", "dev", *words, cwd=repo)
    assert (again.code, again.err) == (
        1,
        f"git phc: there is {DEV} already.\nChange it: git phc env edit dev\n",
    )
    assert phc("env", "show", "dev", cwd=repo, env=only_git).out == (
        f"{DEV} (Dev) would run:\n"
        "  setup, when a worktree is made\n"
        "    | npm ci\n"
        "  action Test, when you ask for it\n"
        "    | npm test\n"
        "  variables, for these and for agents\n"
        "    | A=1\n"
        "  setup may take 30m 0s\n"
        "  not trusted: git phc trust\n"
        "  in a sandbox it reaches these hosts and no others (network: trusted)\n"
        "  it may take 20.0 GiB of the disk\n"
    )
    shown = json.loads(phc("env", "show", "dev", "--json", cwd=repo, env=only_git).out)
    assert shown["setup"] == {"script": "npm ci", "timeout": 1800}
    assert phc("env", "check", cwd=repo).out == f"{DEV}: good\n"


def test_new_goes_where_posthog_codes_are(repo: Path, phc: Phc) -> None:
    put(repo, THEIRS, "")
    made = phc("env", "new", "Öl & more", "--setup", "x", cwd=repo)
    assert made.out == ".posthog-code/environments/ol-more.toml\n"


def test_edit_keeps_what_it_does_not_know(repo: Path, phc: Phc) -> None:
    file = put(repo, THEIRS, "name = 'Dev'\nflavour = 'x'\n[setup]\nscript = 'a'\n[later]\nz = 1\n")
    words = ("--setup", "b\nc\n", "--var", "A=1", "--name", "New", "--teardown", "t")
    assert phc("env", "edit", "dev", *words, cwd=repo).out == f"{THEIRS}\n"
    assert tomllib.loads(file.read_text()) == {
        "name": "New",
        "flavour": "x",
        "setup": {"script": "b\nc\n"},
        "later": {"z": 1},
        "vars": {"A": "1"},
        "teardown": {"script": "t"},
    }
    taken = ("--setup", "", "--var", "A=", "--action", "Go=x", "--teardown", "")
    assert phc("env", "edit", "new", *taken, cwd=repo).code == 0
    assert phc("env", "edit", "new", "--action", "Go=y", cwd=repo).code == 0
    assert tomllib.loads(file.read_text()) == {
        "name": "New",
        "flavour": "x",
        "later": {"z": 1},
        "actions": [{"name": "Go", "command": "y"}],
    }


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["new", "none", "--setup", "x"], 2, "name: none is the word for no environment"),
        (["new", "x", "--var", "PHC_A=1"], 2, "vars.PHC_A: is set by git phc itself"),
        (["new", "x", "--var", "A"], 2, "'A' is no NAME=VALUE"),
        (["edit", "dev"], 2, "env edit needs a terminal, or options"),
        (["edit", "dev", "--setup", "x"], 1, f"{DEV}, line 1, nmae: there is no such key"),
        (["show", "dev"], 1, f"{DEV}, line 1, nmae: there is no such key"),
        (["show", "x"], 2, "there is no environment 'x'"),
        (["check", "x"], 2, "there is no environment 'x'"),
        (["nothing"], 2, "no such command 'nothing'"),
    ],
)
def test_refusals(repo: Path, phc: Phc, words: list[str], code: int, said: str) -> None:
    file = put(repo, DEV, "nmae = 'x'\n")
    done = phc("env", *words, cwd=repo)
    assert (done.code, done.out) == (code, "")
    assert said in done.err
    assert file.read_text() == "nmae = 'x'\n"
    assert len(list(file.parent.iterdir())) == 1


def test_what_is_no_file_of_text_is_a_mistake_and_holds_nobody_up(repo: Path, phc: Phc) -> None:
    folder = put(repo, DEV, "").parent
    os.mkfifo(folder / "fifo.toml")
    (folder / "folder.toml").mkdir()
    (folder / "link.toml").symlink_to("/nowhere")
    (folder / "large.toml").write_text("#" * 100_000)
    (folder / "bytes.toml").write_bytes(b"\n\xff")
    checked = phc("env", "check", cwd=repo)
    assert (checked.code, checked.lines) == (1, [
        ".phc/environments/bytes.toml, line 2: this is no UTF-8",
        ".phc/environments/fifo.toml: this is no file",
        ".phc/environments/folder.toml: it cannot be read: is a directory",
        ".phc/environments/large.toml: it is larger than 96 KiB",
        ".phc/environments/link.toml: it cannot be read: no such file or directory",
        f"{DEV}: good",
    ])  # fmt: skip
    body = json.loads(phc("env", "check", "--json", cwd=repo).out)
    assert body["mistakes"][0] == {
        "path": ".phc/environments/bytes.toml", "line": 2, "key": None, "what": "this is no UTF-8"
    }  # fmt: skip


def test_the_editor(repo: Path, tmp_path: Path) -> None:
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\necho "$LINE" >> "$1"\n')
    editor.chmod(0o755)
    env = {"GIT_EDITOR": str(editor), "LINE": "[vars]"}
    with Screen(["env", "new", "Dev"], repo, env) as screen:
        assert (screen.end(), screen.text) == (0, "Dev\n")
    assert "# [setup]" in (repo / DEV).read_text()
    with Screen(["env", "edit", "dev"], repo, {**env, "LINE": "A = 1"}) as screen:
        assert screen.end() == 1
    assert "vars.A: must be a text, in quotes" in screen.text
    assert (repo / DEV).read_text().endswith("[vars]\nA = 1\n")
