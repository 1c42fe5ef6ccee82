"""Every kind of event is found by its name, and imported only then."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from git_phc.model import events
from git_phc.model.events import KINDS


def test_every_module_here_is_a_kind_and_is_called_so() -> None:
    there = {path.stem for path in Path(events.__file__).parent.glob("*.py")}
    assert set(KINDS) == there - {"__init__", "body"}
    assert {name: kind.TYPE for name, kind in KINDS.items()} == {name: name for name in KINDS}


@pytest.mark.parametrize("name", ["body", "", "no_such", "..codec", "answered.BODY"])
def test_no_other_name_is_one(name: str) -> None:
    with pytest.raises(KeyError):
        KINDS[name]
    assert name not in KINDS


def test_a_kind_that_nobody_asks_for_is_not_imported() -> None:
    code = (
        "import sys; from git_phc.model import decide; from git_phc.model.events import KINDS; "
        "KINDS['used']; print([name for name in sys.modules if '.events.' in name])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "events.used" in done.stdout
    assert "events.merged" not in done.stdout
