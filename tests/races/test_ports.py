"""Fifty tasks ask for ports at once: all get some, and no two share one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from git_phc.host.ports import END, FIRST, SIZE
from tests.git.racing import run_at_once

pytestmark = pytest.mark.races

MANY = 50
ASK = """
import json
from pathlib import Path
from git_phc.host.ports import Owner, reserve

place, number, wanted = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
got = []
for turn in range(wanted):
    # By its name the search of each begins at one place.
    owner = Owner("same", place / "records" / f"{number}-{turn}")
    got += reserve(place / "ports", owner)
(place / f"got-{number}").write_text(json.dumps(got))
"""


@pytest.mark.parametrize(("free", "wanted"), [(True, 3), (False, 1)])
def test_fifty_at_once_share_no_port(tmp_path: Path, free: bool, wanted: int) -> None:
    folder = tmp_path / "ports"
    folder.mkdir()
    # Else none is free before what dead owners have left is cleared away.
    for start in () if free else range(FIRST, END, SIZE):
        left = json.dumps({"record": str(tmp_path / "gone" / str(start))})
        (folder / f"{start}.json").write_text(left)
    run_at_once(ASK, [[str(tmp_path), str(number), str(wanted)] for number in range(MANY)])
    got = [json.loads((tmp_path / f"got-{number}").read_text()) for number in range(MANY)]
    every = [port for ports in got for port in ports]
    assert len(every) == len(set(every)) == MANY * SIZE * wanted
    assert FIRST <= min(every) <= max(every) < END
