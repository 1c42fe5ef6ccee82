"""Planted secrets: in no object of the repository, wherever they came from."""

from __future__ import annotations

import secrets
import string
import subprocess
import sys
import time

import pytest

from tests.e2e.stage import Stage, until
from tests.kit import overlaid


def chance(letters: str, size: int) -> str:
    return "".join(secrets.choice(letters) for _ in range(size))


ALNUM = string.ascii_letters + string.digits
TOKENS = {
    "forge": f"ghp_{chance(ALNUM, 36)}",
    "model": f"sk-ant-api03-{chance(ALNUM, 40)}",
    "cloud": f"AKIA{chance(string.ascii_uppercase + string.digits, 16)}",
    "in a URL": f"pw{chance(ALNUM, 12)}",
    "bearer": chance(ALNUM, 24),
    "key line": chance(ALNUM, 64),
}
VALUE = f"of my {chance(ALNUM, 20)}"  # only its variable's name says that it is secret
KEEP = ["95e8192f05dac6d551b702227baae6b6469c77b8", "123e4567-e89b-12d3-a456-426614174000"]

PROMPT = f"""use {TOKENS["forge"]} and {TOKENS["model"]}; not {KEEP[0]}, {KEEP[1]}
https://ada:{TOKENS["in a URL"]}@example.com {TOKENS["cloud"]} {VALUE}
Authorization: Bearer {TOKENS["bearer"]}
-----BEGIN OPENSSH PRIVATE KEY-----
{TOKENS["key line"]}
-----END OPENSSH PRIVATE KEY-----
the end"""

# Says the text given in ever other pieces, each of which is read by itself.
DRIBBLE = """
import os, sys, time
text, sizes = os.environ["SAY"].encode(), [1, 7, 30, 3, 64, 11]
at = 0
while at < len(text):
    size = sizes[at % len(sizes)]
    os.write(1 + at % 2 * int(sys.argv[1]), text[at:at + size])
    at += size
    time.sleep(float(sys.argv[2]))
"""


def objects(stage: Stage) -> bytes:
    """The content of every object that there is, reachable or not."""
    argv = ["git", "cat-file", "--batch-all-objects", "--batch", "--unordered"]
    return subprocess.check_output(argv, cwd=stage.repo, env=overlaid())


def leaks(stage: Stage) -> list[str]:
    found = objects(stage)
    return [kind for kind, token in {**TOKENS, "value": VALUE}.items() if token.encode() in found]


def kept(stage: Stage, task: str) -> None:
    for word in KEEP:
        assert word in stage.show(task)["prompt"]


def test_secrets_in_the_prompt_and_the_title(stage: Stage) -> None:
    env = {"MY_TOKEN": VALUE}
    task = stage.start(PROMPT, "--label", TOKENS["forge"], "--", "true", env=env)
    stage.ok("edit", task, "--title", f"now {TOKENS['forge']}", env=env)
    stage.ok("send", task, f"again {PROMPT}", env=env)
    stage.ok("done", task, env=env)
    assert leaks(stage) == []
    kept(stage, task)
    refs = stage.git("for-each-ref")
    assert not [kind for kind, token in TOKENS.items() if token.lower() in refs.lower()]


@pytest.mark.parametrize("pause", ["0", pytest.param("0.12", marks=pytest.mark.slow)])
def test_secrets_in_what_the_agent_says_in_pieces(stage: Stage, pause: str) -> None:
    env = {"MY_TOKEN": VALUE, "SAY": PROMPT}
    command = [sys.executable, "-c", DRIBBLE, "0", pause]
    task = stage.start("x", "--", *command, env=env)
    said = stage.said(task)
    assert leaks(stage) == []
    assert said.endswith("[redacted]\nthe end")
    assert all(word in said for word in KEEP)


def test_secrets_of_the_environment(stage: Stage) -> None:
    env = {"MY_TOKEN": VALUE, "GH_TOKEN": TOKENS["forge"], "PGPASSWORD": "pass word 1"}
    task = stage.start("env; echo the end >&2; echo $PGPASSWORD; exit 3", env=env, code=1)
    assert leaks(stage) == []
    assert "MY_TOKEN=[redacted]\n" in stage.said(task)
    assert b"pass word 1" not in objects(stage)


def test_a_secret_in_the_command_is_refused(stage: Stage) -> None:
    said = stage.no(1, "start", "x", "--", "curl", "-H", f"X-Key: {TOKENS['forge']}")
    assert "the command holds what looks like a secret" in said
    assert stage.left_behind() == []
    assert TOKENS["forge"].encode() not in objects(stage)


def test_secrets_in_a_run_that_is_killed(stage: Stage) -> None:
    env = {"MY_TOKEN": VALUE, "SAY": PROMPT + "\n"}
    command = ["sh", "-c", 'printf %s "$SAY"; printf %s "$MY_TOKEN"; sleep 300']
    task = stage.start("x", "-d", "--", *command, env=env)
    until(lambda: "the end" in stage.said(task))
    time.sleep(0.3)
    stage.supervisor(task).kill()
    until(lambda: stage.status(task) == "interrupted")
    stage.ok("stop", task)
    assert leaks(stage) == []
    assert "the end" in stage.said(task)


def test_a_key_that_is_said_over_many_records(stage: Stage) -> None:
    lines = [TOKENS["key line"][:16] + chance(ALNUM, 48) for _ in range(40)]
    key = "\n".join(["-----BEGIN RSA PRIVATE KEY-----", *lines, "-----END RSA PRIVATE KEY-----"])
    prompt = f"before\n{key}\nafter\nthe end\n"
    (stage.repo.parent / "key").write_text(prompt)
    task = stage.start("while read line; do echo $line; sleep 0.02; done < ../../key")
    assert stage.said(task) == "before\n[redacted]\nafter\nthe end\n"
    found = objects(stage)
    assert not [line for line in lines if line.encode() in found]
