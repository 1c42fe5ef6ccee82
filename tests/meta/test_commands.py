"""Each command is loaded when it is named: does it load, and does it say what it does?"""

from __future__ import annotations

import pytest

from git_phc.cli.app import COMMANDS
from tests.kit import PACKAGE, Phc


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_each_command_loads(
    name: str, phc: Phc, capsys: pytest.CaptureFixture[str]
) -> None:
    for flag in ("-h", "--help"):
        seen = phc(name, flag)
        assert (seen.code, seen.err) == (0, "")
        # click writes a help page to the process's own standard output
        text = seen.out + capsys.readouterr().out
        assert text.startswith(f"Usage: git phc {name} ")


def test_every_module_of_a_command_is_listed() -> None:
    modules = {path.stem for path in (PACKAGE / "cli" / "commands").glob("[!_]*.py")}
    assert modules == set(COMMANDS)
