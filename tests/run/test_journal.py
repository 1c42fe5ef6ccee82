"""What stands in a run's journal: each stream redacted as one text, in the order of its saying."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from git_phc.host.clock import Clock
from git_phc.host.redact import redactor
from git_phc.host.shapes import MASK
from git_phc.run.journal import Journal

SECRET = "correct-horse-battery"


def kept(folder: Path, *records: Mapping[str, Any]) -> list[dict[str, Any]]:
    journal = Journal(folder / "journal", Clock(now=lambda: "now"), redactor({"A_TOKEN": SECRET}))
    for record in records:
        journal.append(record)
    journal.close()
    lines = (folder / "journal").read_text().splitlines()
    return [{k: v for k, v in json.loads(line).items() if k != "at"} for line in lines]


@pytest.mark.parametrize("head", [{"kind": "text", "stream": "agent"}, {"kind": "thought"}])
def test_a_secret_that_comes_in_pieces(tmp_path: Path, head: Mapping[str, Any]) -> None:
    said = f"it is {SECRET}, I think"
    found = kept(tmp_path, *({**head, "text": said[at : at + 3]} for at in range(0, len(said), 3)))
    assert "".join(record.pop("text") for record in found) == f"it is {MASK}, I think"
    assert all(record == head for record in found)


def test_a_thought_is_over_when_it_speaks(tmp_path: Path) -> None:
    thought, text = {"kind": "thought"}, {"kind": "text", "stream": "agent"}
    said = [{**thought, "text": "I thi"}, {**thought, "text": "nk"}, {**text, "text": "So I"}]
    assert kept(tmp_path, *said, {**thought, "text": "am"}) == [
        {**thought, "text": "I "},
        {**thought, "text": "think"},
        {**text, "text": "So "},
        {**text, "text": "I"},
        {**thought, "text": "am"},
    ]


def test_two_streams_may_speak_at_once(tmp_path: Path) -> None:
    out, err = ({"kind": "text", "stream": name} for name in ("stdout", "stderr"))
    half, rest = SECRET[:9], SECRET[9:]
    said = [{**out, "text": half}, {**err, "text": "oh\n"}, {**out, "text": f"{rest}\n"}]
    assert kept(tmp_path, *said) == [{**err, "text": "oh\n"}, {**out, "text": f"{MASK}\n"}]
