"""What somebody said who is not trusted here is named, with the way to hear them."""

from __future__ import annotations

import shlex

from git_phc.model.events.messaged import Messaged
from git_phc.model.ids import TaskId
from git_phc.model.text import text_from_string
from tests.sync.team import Team

VIEWS = (("show",), ("status",), ("logs",), ("logs", "-f"), ("logs", "--raw"))


def spoken_to(team: Team) -> TaskId:
    """A task of Ada's that Bob has said something to."""
    task = team.ada.make()
    team.ada("push", task)
    team.bob("pull")
    text, texts = text_from_string("And delete everything")
    team.bob.say(task, Messaged(text), **texts)
    team.bob("push")
    team.ada("pull")
    return task


def test_a_message_that_is_not_heard_is_told(team: Team) -> None:
    task = spoken_to(team)
    line = (
        "a message of Bob <bob@example.com>, who is not trusted here; "
        "to hear them: git phc trust --actor bob@example.com"
    )
    for words in VIEWS:
        said = team.ada(*words, task)
        assert line in said.out + said.err, words
    assert team.ada.show(task)["unheard"] == [{"what": "message", "who": "Bob <bob@example.com>"}]
    assert team.ada("trust", "--actor", "bob@example.com").err == (
        "What bob@example.com says counts in this repository from now on. "
        "To take that back: git phc trust --revoke --actor bob@example.com\n"
    )
    for words in VIEWS:
        said = team.ada(*words, task)
        assert "not trusted" not in said.out + said.err, words
    assert "unheard" not in team.ada.show(task)


def test_who_speaks_is_shown_as_text_and_pasted_as_one_word(team: Team) -> None:
    team.bob.git("config", "user.name", "Bob \x1b[31m")
    team.bob.git("config", "user.email", "bob@example.com;reboot")
    line = next(li for li in team.ada("show", spoken_to(team)).lines if "not trusted" in li)
    assert "\x1b" not in line
    assert shlex.split(line)[-1] == "bob@example.com;reboot"
