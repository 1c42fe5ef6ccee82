"""What a terminal is sent: the bell and the two sequences, and nothing of a task's own making."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from git_phc.cli.ringing import Bells, ring
from git_phc.cli.terminal import Terminal
from git_phc.model.notices import Notice, notice
from git_phc.plugins.manager import Plugins
from tests.cli.making import Maker
from tests.cli.screen import Screen
from tests.e2e.stage import Stage
from tests.kit import Stream


def told(stage: Stage, title: str, status: str = "ready") -> Notice:
    made = notice(Maker(stage.repo)(title, status), status, "repo")
    assert made is not None
    return made


@pytest.mark.parametrize(
    ("name", "start", "end"),
    [("osc9", "\x1b]9;git phc: ", "\a"), ("osc777", "\x1b]777;notify;git phc;", "\a")],
)
def test_a_title_stays_within_its_sequence(name: str, start: str, end: str, stage: Stage) -> None:
    notifier = Plugins().notifier(name)
    what = replace(told(stage, "4;1;é"), detail="\x9c\x07\x1b]0;owned\x1b\\ \u202e;\n")
    sent = notifier.on_screen(what, {})
    assert sent.startswith(start)
    assert sent.endswith(end)
    inner = sent.removeprefix(start).removesuffix(end)
    assert inner.isprintable()
    assert ";" not in inner
    assert inner.startswith("4,1,")
    through = notifier.on_screen(what, {"TMUX": "/tmp/x,1,0"})
    assert through == f"\x1bPtmux;\x1b{sent}\x1b\\"


def test_bells_ring_for_what_is_new(stage: Stage) -> None:
    stage.git("config", "phc.notify", "bell")
    make, screen = Maker(stage.repo), Stream(tty=True)
    one, two = make("One"), make("Two", "failed")
    bells = Bells(Terminal(stage.repo, {}, Stream(), screen, Stream()))
    bells.look([(one, "running"), (two, "failed")])
    assert screen.getvalue() == ""  # what was so already is no news
    bells.look([(one, "ready"), (two, "failed")])
    assert screen.getvalue() == "\a"
    bells.look([(one, "ready"), (two, "queued")])
    assert screen.getvalue() == "\a"  # nobody waits for that
    bells.look([(one, "ready"), (two, "waiting")])
    assert screen.getvalue() == "\a\a"


@pytest.mark.parametrize(
    ("on", "rings"),
    [
        (None, ["ready", "failed", "interrupted", "waiting"]),
        ("finished", ["ready"]),
        ("failed", ["failed", "interrupted"]),
        ("needs-you,finished", ["ready", "waiting"]),
    ],
)
def test_only_what_one_wants_to_hear_of_rings(
    on: str | None, rings: list[str], stage: Stage
) -> None:
    stage.git("config", "phc.notify", "bell")
    if on:
        stage.git("config", "phc.notifyOn", on)
    task, heard = Maker(stage.repo)(), []
    for status in ("queued", "ready", "failed", "interrupted", "waiting", "done", "cancelled"):
        screen = Stream(tty=True)
        ring(Terminal(stage.repo, {}, Stream(), screen, Stream()), task, status)
        heard += [status] if screen.getvalue() == "\a" else []
    assert heard == rings


@pytest.mark.parametrize("on", ["waiting", "", "Failed"])
def test_what_cannot_be_told_of_is_said_to_whoever_looks(on: str, stage: Stage) -> None:
    stage.git("config", "phc.notify", "bell")
    stage.git("config", "phc.notifyOn", on)
    screen, talk = Stream(tty=True), Stream()
    ring(Terminal(stage.repo, {}, Stream(), screen, talk), Maker(stage.repo)(), "ready")
    words = f"phc.notifyOn names '{on}', which is none of finished, failed, needs-you"
    assert (screen.getvalue(), talk.getvalue()) == ("", f"Nobody was told: {words}\n")


@pytest.mark.slow
@pytest.mark.e2e
def test_who_follows_hears_the_bell(stage: Stage) -> None:
    stage.git("config", "phc.notify", "bell, unknown")
    with Screen(["start", "-a", "fake", "[[say x]]"], stage.repo) as screen:
        assert screen.end() == 0
    assert "Nobody was told: phc.notify names unknown" in screen.text
    stage.git("config", "phc.notify", "bell")
    with Screen(["send", "-", "[[ask Which?]]"], stage.repo) as screen:
        screen.wait_for("\a")
        screen.wait_for("Enter leaves it for later: ")
        screen.type("\n")
        assert screen.end() == 6
    assert screen.text.count("\a") == 1
    with Screen(["attach", "-"], stage.repo) as screen:
        screen.wait_for("Enter leaves it for later: ")
        screen.type("\n")
        assert screen.end() == 6
    assert "\a" not in screen.text  # one has come for that
    seen = stage.ok("status", "--json").out
    assert "\a" not in seen
