"""A journal that was cut off or garbled, as a power failure does: what can be read is kept."""

from __future__ import annotations

import json
import random
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from git_phc.git.repo import open_repo
from git_phc.services.context import Context, signature
from git_phc.services.find import find
from git_phc.store.transcripts import Transcript, end_torn_record, journal_file, lines
from tests.damage.place import Place, goes_on
from tests.e2e.stage import until
from tests.kit import Processes, chance

pytestmark = pytest.mark.faults

RECORDS = [
    {"at": "2026-01-02T03:04:05.000Z", "kind": "turn", "turn": 1, "prompt": "first"},
    {"at": "2026-01-02T03:04:06.000Z", "kind": "text", "stream": "stdout", "text": "said\n"},
    {
        "at": "2026-01-02T03:04:07.000Z",
        "kind": "text",
        "stream": "stderr",
        "text": "ä „ü“\n\U0001f40d",
    },
]


def encoded() -> list[bytes]:
    return [json.dumps(record, ensure_ascii=False).encode() + b"\n" for record in RECORDS]


def folded(ctx: Context, place: Place, run: str, data: bytes) -> list[bytes]:
    """The lines of a run whose supervisor left this journal, after they were folded in."""
    journal = journal_file(ctx.repo, run)
    journal.parent.mkdir(parents=True)
    journal.write_bytes(data)
    end_torn_record(journal)
    id = find(ctx, place.task).id
    Transcript(ctx.repo, ctx.writer, id, run).flush(signature(ctx), "after a cut")
    journal.unlink()
    return list(lines(ctx.repo, id, run))


def test_a_journal_that_is_cut_at_any_byte_of_its_last_record_keeps_all_before(
    place: Place,
) -> None:
    ctx = Context(open_repo(place.repo), place.repo)
    *whole, last = encoded()
    before = b"".join(whole)
    for cut in range(len(last) + 1):
        found = folded(ctx, place, f"{cut:064x}", before + last[:cut])
        assert found[:2] == [line.rstrip(b"\n") for line in whole]
        assert len(found) == (2 if cut == 0 else 3)
        if cut:
            assert found[2].startswith(b"{")
        if cut >= len(last) - 1:
            assert json.loads(found[2]) == RECORDS[2]
    done = place.phc("logs", place.task)
    assert done.code == 0
    assert "said" in done.out


@pytest.mark.parametrize("rounds", [8, pytest.param(300, marks=pytest.mark.faults)])
def test_garbage_in_the_middle_hides_no_other_record(place: Place, rounds: int) -> None:
    ctx, seeded = Context(open_repo(place.repo), place.repo), chance()
    whole = encoded()
    for number in range(rounds):
        data = b"".join([whole[0], garbage(seeded), whole[1], garbage(seeded), whole[2]])
        found = folded(ctx, place, f"{number:064x}", data)
        assert [line + b"\n" for line in found if line + b"\n" in whole] == whole


def garbage(seeded: random.Random) -> bytes:
    data = seeded.choice(
        [bytes(seeded.randrange(1, 200)), seeded.randbytes(99), b"{}", b'{"kind":']
    )
    return data + b"\n"


def cut_off(place: Place, processes: Processes) -> Path:
    """Starts a run that talks, and kills its supervisor; the run's journal."""
    script = "echo one; echo two; touch began; exec sleep 100"
    place.task = place.ok("start", "talk", "-d", "-q", "--", "sh", "-c", script)
    folder = place.repo / ".git/phc/runs"

    def has_talked() -> bool:
        return any(b"two" in file.read_bytes() for file in folder.glob("*/journal.jsonl"))

    until(has_talked)
    for process in processes():
        with suppress(psutil.Error):
            if "git_phc.run" in process.cmdline():
                process.kill()
                process.wait(10)
    (journal,) = [file for file in folder.glob("*/journal.jsonl") if b"two" in file.read_bytes()]
    return journal


@pytest.mark.parametrize("harm", ["cut", "garbage", "empty", "zeros", "gone"])
def test_a_run_that_was_cut_off_with_its_journal_goes_on(
    place: Place, processes: Processes, harm: str
) -> None:
    first, journal = place.task, cut_off(place, processes)
    data = journal.read_bytes()
    journal.write_bytes(
        {
            "cut": data[:-7], "garbage": data + b"\xff\xfe{{{\n" + data, "empty": b"",
            "zeros": data + bytes(3000), "gone": b"",
        }[harm]
    )  # fmt: skip
    if harm == "gone":
        journal.unlink()
    assert "interrupted" in place.ok("status", place.task)
    assert place.phc("logs", place.task).code == 0
    place.ok("stop", place.task)
    said = place.ok("logs", place.task)
    assert ("one" in said) == (harm not in ("empty", "gone"))
    place.ok("done", place.task)
    place.task = first
    goes_on(place)
