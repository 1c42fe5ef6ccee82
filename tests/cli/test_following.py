"""attach, send, wait, stop, resume: commands that come to a run that is on, or begin one."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

import pytest

from tests.cli.making import HERE, Maker
from tests.cli.told import told
from tests.kit import Phc

UNTIL_GO = ("sh", "-c", 'cat; echo; while [ ! -e go ]; do sleep 0.02; done; echo "went"')


@pytest.fixture
def busy(repo: Path, phc: Phc) -> Path:
    """The workspace of a task whose agent works until there is a file `go` in it."""
    started = phc("start", "-d", "-q", "First", "--", *UNTIL_GO, cwd=repo)
    assert started.code == 0, started.err
    while "First\n" not in phc("logs", "-", cwd=repo).out.partition("\n")[2]:
        time.sleep(0.02)
    return Path(phc("path", "-", cwd=repo).out.rstrip("\n"))


def later(path: Path) -> None:
    threading.Timer(0.3, path.touch).start()


def test_attach_shows_all_of_the_run(busy: Path, repo: Path, phc: Phc) -> None:
    later(busy / "go")
    attached = phc("attach", "-", cwd=repo)
    assert attached.code == 0
    assert told(attached.out) == ("── turn 1 ── First\nFirst\nwent\nSHORT is ready (1 file)\n")
    again = phc("attach", "-", "--json", cwd=repo)
    assert json.loads(again.out)["status"] == "ready"
    assert told(phc("attach", "-q", "-", cwd=repo).out) == "TASK\n"


def test_a_message_to_a_busy_agent_is_queued(busy: Path, repo: Path, phc: Phc) -> None:
    queued = phc("send", "-", "Second", "-d", cwd=repo)
    assert (queued.code, queued.out) == (0, "")
    assert told(queued.err) == "Queued: SHORT gets it when its turn is over.\n"
    assert "queued    1 message" in phc("status", "-", cwd=repo).lines
    later(busy / "go")
    sent = phc("send", "-", "Third", cwd=repo, tty=True)
    assert sent.code == 0
    assert told(sent.out) == (
        "went\n── turn 2 ── Second\nSecond\nwent\n── turn 3 ── Third\nThird\nwent\n"
        "SHORT is ready (1 file)\n"
    )


@pytest.mark.slow
def test_send_begins_a_run_of_a_task_at_rest(hello: str, repo: Path, phc: Phc) -> None:
    sent = phc("send", hello, "-F", "-", cwd=repo, input="Again", tty=True)
    assert sent.code == 0
    assert told(sent.out) == "── turn 2 ── Again\none\ntwo\nSHORT is ready (+1 -0 lines)\n"
    body = json.loads(phc("send", hello, "Once more", "--json", cwd=repo).out)
    assert (body["status"], body["prompt"]) == ("ready", "Say hello")
    refused = phc("send", hello, " ", cwd=repo)
    assert (refused.code, refused.err) == (
        2,
        'git phc: there is nothing to send.\nSay it: git phc send TASK "…"\n',
    )


def test_stop_keeps_the_work(busy: Path, repo: Path, phc: Phc) -> None:
    (busy / "work").write_text("work\n")
    stopped = phc("stop", "-", cwd=repo)
    assert (stopped.code, stopped.err) == (0, "")
    assert told(stopped.out) == "SHORT is cancelled (+1 -0 lines): stopped by Ada Tester\n"
    assert (busy / "work").read_text() == "work\n"
    again = phc("stop", "-", cwd=repo)
    assert again.code == 1
    assert told(again.err) == (
        "git phc: nothing of this task is running.\nSee how it stands: git phc show SHORT\n"
    )


@pytest.mark.slow
def test_resume_runs_the_command_again(busy: Path, repo: Path, phc: Phc) -> None:
    stopped = phc("stop", "-", "--json", cwd=repo)
    assert [task["status"] for task in json.loads(stopped.out)["tasks"]] == ["cancelled"]
    (busy / "go").touch()
    resumed = phc("resume", "-", cwd=repo, tty=True)
    assert resumed.code == 0
    assert told(resumed.out) == ("── turn 2 ── First\nFirst\nwent\nSHORT is ready (1 file)\n")
    (busy / "go").unlink()
    assert told(phc("resume", "-", "-d", "-q", cwd=repo).out) == "TASK\n"
    refused = phc("resume", "-", cwd=repo)
    assert refused.code == 1
    assert told(refused.err) == (
        "git phc: this task runs here already.\n"
        "Follow it: git phc attach SHORT; end it: git phc stop SHORT\n"
    )
    assert told(phc("stop", "-q", "-", cwd=repo).out) == "TASK\n"


def test_a_lost_run_is_interrupted_and_can_be_ended(make: Maker, repo: Path, phc: Phc) -> None:
    lost = make("Lost", "running", clone=HERE)
    waited = phc("wait", lost.id, cwd=repo)
    assert (waited.code, told(waited.out)) == (1, "SHORT is interrupted\n")
    for verb in ("done", "delete"):
        refused = phc(verb, lost.id, cwd=repo)
        assert (refused.code, refused.out) == (1, "")
        assert told(refused.err) == (
            "git phc: this task was interrupted, and its run is still open.\n"
            "Go on: git phc resume SHORT; or end the run: git phc stop SHORT\n"
        )
    stopped = phc("stop", lost.id, cwd=repo)
    assert (stopped.code, told(stopped.out)) == (
        0,
        "SHORT is cancelled: stopped by Ada Tester\n",
    )


@pytest.mark.parametrize(
    ("statuses", "code"),
    [
        (["ready", "done"], 0),
        (["ready", "failed"], 1),
        (["cancelled"], 1),
        (["waiting", "failed"], 6),
    ],
)
def test_the_exit_code_of_wait(
    statuses: list[str], code: int, make: Maker, repo: Path, phc: Phc
) -> None:
    ids = [make(f"One {status}", status).id for status in statuses]
    waited = phc("wait", *ids, cwd=repo)
    assert (waited.code, waited.err) == (code, "")
    assert len(waited.lines) == len(ids)
    assert phc("wait", "-q", *ids, cwd=repo).lines == ids
    document = json.loads(phc("wait", "--json", *ids, cwd=repo).out)
    assert [task["status"] for task in document["tasks"]] == statuses


def test_attach_to_one_that_waits_and_asks_nothing_any_more(
    make: Maker, repo: Path, phc: Phc
) -> None:
    task = make("Asks", "waiting")
    attached = phc("attach", task.id, cwd=repo)
    assert (attached.code, told(attached.out)) == (6, "SHORT is waiting\n")
    assert told(attached.err).splitlines() == [
        "  git phc attach SHORT  follow it",
        "  git phc stop SHORT    end it",
    ]
