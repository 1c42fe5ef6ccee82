"""Environments from start to end: setup, variables, actions, teardown; and consent to them."""

from __future__ import annotations

import json
import os
import re
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.stage import OBEY, Stage, until
from tests.kit import MakeRepo

DEV = ".phc/environments/dev.toml"
OTHERS = ("archive", "delete")


def write(stage: Stage, path: str = DEV, **parts: Any) -> None:
    """An environment's file; `setup` and `teardown` are scripts, `timeout` that of the setup."""
    lines = [f"name = {json.dumps(parts['name'])}"] if "name" in parts else []
    for name in ("setup", "teardown"):
        if name in parts:
            lines += [f"[{name}]", f"script = '''\n{parts[name]}\n'''"]
            lines += [f"timeout = {parts['timeout']}"] if "timeout" in parts else []
    for name, command in parts.get("actions", {}).items():
        lines += ["[[actions]]", f"name = {json.dumps(name)}", f"command = {json.dumps(command)}"]
    lines += ["[vars]", *(f"{k} = {json.dumps(v)}" for k, v in parts.get("vars", {}).items())]
    file = stage.repo / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(lines) + "\n")


def trusted(stage: Stage, **parts: Any) -> None:
    write(stage, **parts)
    stage.ok("trust", DEV)


def setups(stage: Stage, task: str) -> list[dict[str, Any]]:
    """What the log says of the task's setups, without what differs from run to run."""
    found = [record for record in stage.records(task) if record["kind"] == "setup"]
    return [{k: v for k, v in one.items() if k not in ("at", "kind", "seconds")} for one in found]


def reason(stage: Stage, task: str) -> str:
    return str(stage.ok("status", task).out)


@pytest.mark.slow
def test_the_setup_runs_once_before_the_agent_and_the_log_has_it(stage: Stage) -> None:
    trusted(stage, setup="echo installing; sleep 0.3; echo x >> ready", vars={"COLOUR": "red"})
    task = stage.start("cat ready; echo $COLOUR")
    assert stage.said(task) == "installing\nx\nred\n"
    assert setups(stage, task) == [
        {"environment": "dev", "status": "running"},
        {"environment": "dev", "status": "ok"},
    ]
    assert stage.records(task)[2]["seconds"] >= 0.3
    stage.ok("send", task, "cat ready")
    assert stage.said(task).endswith("red\nx\n")
    assert stage.show(task)["environment"] == DEV


def test_what_the_setup_changes_is_there_before_the_first_turn(stage: Stage) -> None:
    trusted(stage, setup="echo made > made; echo more >> README.md")
    task = stage.start("echo theirs > theirs")
    assert stage.ok("diff", task, "--turn", "1", "--name-only").out == "theirs\n"
    assert stage.ok("diff", task, "--name-only").out == "README.md\nmade\ntheirs\n"


@pytest.mark.slow
def test_a_setup_that_fails_stops_the_task_and_resume_tries_again(stage: Stage) -> None:
    trusted(stage, setup="echo one\necho no such thing >&2\n[ -e ../gate ]\necho never said")
    task = stage.start("echo agent", code=1)
    shown = stage.show(task)
    assert (shown["status"], shown["run"]["exit_code"]) == ("failed", 1)
    assert "failed: the setup of dev failed with exit code 1: no such thing, since" in reason(
        stage, task
    )
    assert stage.said(task) == "one\nno such thing\n"
    assert stage.tree(task).is_dir()
    (stage.tree(task).parent / "gate").touch()
    stage.ok("resume", task)
    assert stage.said(task).endswith("never said\nagent\n")
    assert stage.status(task) == "ready"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("sleep 300", r"was ended, since it took longer than 1 seconds"),
        ("trap '' TERM; read x < /dev/tty || read y || echo nobody; exit 4", "exit code 4: nobody"),
        ("kill -9 $$", "was ended by signal 9"),
        ("cd /nowhere\necho went on", r"exit code 1: setup: line 1: cd: /nowhere"),
        ("#!/bin/sh -e\nfalse", "failed with exit code 1"),
        ("#!/no/such/program\n", "could not be started: no such file or directory"),
    ],
)
def test_a_setup_that_goes_wrong_is_told(stage: Stage, script: str, why: str) -> None:
    trusted(stage, setup=script, timeout=1 if "300" in script else 60)
    task = stage.start("echo agent", code=1)
    assert re.search(f"failed: the setup of dev .*{why}", reason(stage, task))
    assert "agent" not in stage.said(task)
    assert stage.marked() == []


def test_stop_ends_a_setup(stage: Stage) -> None:
    trusted(stage, setup="sleep 300 & echo begun; sleep 300")
    task = stage.start("echo agent", "-d")
    until(lambda: stage.said(task) == "begun\n")
    assert stage.status(task) == "preparing"
    stage.ok("stop", task)
    assert stage.status(task) == "cancelled"
    assert stage.marked() == []
    assert setups(stage, task)[-1]["status"] == "stopped"


@pytest.mark.slow
def test_what_a_setup_leaves_running_goes_on_until_the_task_ends(stage: Stage) -> None:
    serve = "(while :; do echo beat; date >> ../beats; sleep 0.05; done) & echo left"
    trusted(stage, setup=serve, teardown="echo torn > ../torn")
    task = stage.start("true")
    beats = stage.tree(task).parent / "beats"
    notes = [record["text"] for record in stage.records(task) if record["kind"] == "note"]
    assert notes == ["the setup has left processes running; they end with the task"]

    def grown(since: int) -> bool:
        return beats.stat().st_size > since

    for _ in range(2):  # it outlives the run, and nobody hinders it from writing
        size = beats.stat().st_size
        until(partial(grown, size))
    stage.ok("send", task, "true")
    size = beats.stat().st_size
    until(partial(grown, size))
    assert stage.marked()
    stage.ok("done", task)
    assert stage.marked() == []
    assert (beats.parent / "torn").exists()


@pytest.mark.slow
def test_a_setup_that_says_a_hundred_megabytes(stage: Stage) -> None:
    memory = "grep VmHWM /proc/$PPID/status"
    flood = "yes 0123456789abcdef | head -c 100000000"
    trusted(stage, setup=f"echo first; {memory}; {flood}; echo; {memory}; echo last")
    task = stage.start("true")
    said = stage.said(task)
    before, after = map(int, re.findall(r"VmHWM:\s+(\d+) kB", said))  # of the supervisor
    assert after - before < 30_000
    assert said.startswith("first\n")
    assert "\n0123456789abcdef\n" in said
    assert said.endswith("\nlast\n")
    assert re.search(r"\n… \d{8} characters are left out …\n", said)
    assert len(said) < 600_000


def test_what_is_secret_in_a_setups_words_is_not_kept(stage: Stage) -> None:
    # The second half comes later, as from a slow program.
    trusted(stage, setup="printf 'token: hunter2'; sleep 0.3; echo -hunter2; echo $MY_TOKEN; false")
    secret = {"MY_TOKEN": "hunter2-hunter2"}
    task = stage.start("true", code=1, env=secret)
    assert "hunter2" not in stage.said(task)
    assert "hunter2" not in reason(stage, task)
    for file in (stage.repo / ".git" / "phc").rglob("*"):
        assert not file.is_file() or b"hunter2-hunter2" not in file.read_bytes()


@pytest.mark.slow
def test_a_local_task_sets_nothing_up_and_has_the_variables(stage: Stage) -> None:
    trusted(stage, setup="touch made", vars={"COLOUR": "red"})
    task = stage.start("echo -$COLOUR", "-m", "local")
    assert stage.said(task) == "-\n"
    assert "environment" not in stage.show(task)
    other = stage.start("echo $COLOUR", "-m", "local", "-e", "dev")
    assert stage.said(other) == "red\n"
    assert not (stage.repo / "made").exists()


# Variables and ports


def test_what_setup_agent_action_and_teardown_are_given(stage: Stage) -> None:
    show = "env | grep -E '^(PHC_|POSTHOG)' | sort"
    trusted(
        stage,
        setup=f"{show} > setup",
        teardown=f"{show} > ../teardown",
        actions={"Show": f"{show} > action"},
    )
    task = stage.start(f"{show} > agent")
    stage.ok("open", task, "--action", "show")
    tree = stage.tree(task)
    files = [tree / "setup", tree / "agent", tree / "action", tree.parent / "teardown"]
    given = [dict(line.split("=", 1) for line in file.read_text().splitlines())
             for file in files[:3]]  # fmt: skip
    stage.ok("done", task)
    given.append(dict(line.split("=", 1) for line in files[3].read_text().splitlines()))
    start = int(given[0]["PHC_PORT"])
    common = {
        "PHC_TASK": task,
        "PHC_MODE": "worktree",
        "PHC_BASE": stage.git("rev-parse", "HEAD"),
        "PHC_PORT": str(start),
        "POSTHOG_CODE": "1",
        "POSTHOG_CODE_WORKSPACE_NAME": tree.name,
        "POSTHOG_CODE_WORKSPACE_PATH": str(tree),
        "POSTHOG_CODE_ROOT_PATH": str(stage.repo),
        "POSTHOG_CODE_DEFAULT_BRANCH": "main",
        "POSTHOG_CODE_WORKSPACE_BRANCH": f"phc/{tree.name}",
        "POSTHOG_CODE_WORKSPACE_PORTS": ",".join(map(str, range(start, start + 20))),
        "POSTHOG_CODE_WORKSPACE_PORTS_RANGE": "20",
        "POSTHOG_CODE_WORKSPACE_PORTS_START": str(start),
        "POSTHOG_CODE_WORKSPACE_PORTS_END": str(start + 19),
    }
    extra = {"PHC_CI", "PHC_RUN", "PHC_SETUP", "PHC_TEST", "PHC_PROMPT", "PHC_PROMPT_FILE"}
    for found in given:
        assert {k: v for k, v in found.items() if k not in extra} == common
    runs = [found.get("PHC_RUN") for found in given]
    assert runs[0] == runs[1] is not None
    assert runs[2:] == [None, None]  # they are no part of a run, and do not end with it


@pytest.mark.slow
def test_ports_stay_a_tasks_own_until_it_ends(stage: Stage) -> None:
    one, two = stage.start("echo $PHC_PORT"), stage.start("echo $PHC_PORT")
    stage.ok("send", one, "echo $PHC_PORT")
    first, again = stage.said(one).split()
    assert first == again != stage.said(two).strip()
    state = Path(os.environ["XDG_STATE_HOME"]) / "git-phc" / "ports"
    assert len(list(state.iterdir())) == 2
    stage.ok("done", one, two)
    assert list(state.iterdir()) == []
    assert list((stage.repo / ".git/phc/ports").iterdir()) == []


# Each takes its port, and says so; two of one port would fail.
TAKE = """\
import os, socket, time
server = socket.socket()
server.bind(("127.0.0.1", int(os.environ["PHC_PORT"])))
server.listen()
time.sleep(1)
print(os.environ["PHC_PORT"])
"""


@pytest.mark.slow
@pytest.mark.races
def test_tasks_that_start_together_have_ports_that_they_can_use(stage: Stage) -> None:
    trusted(stage, setup=f"#!/usr/bin/env python3\n{TAKE}")
    stage.git("config", "phc.jobs", "10")
    started = stage.ok("start", "-n", "10", "--json", "echo $PHC_PORT", *OBEY).out
    tasks = [task["id"] for task in json.loads(started)["tasks"]]
    said = [stage.said(task).split() for task in tasks]
    assert all(first == second for first, second in said)
    assert len({first for first, _ in said}) == 10


# Actions, teardown


def test_actions(stage: Stage) -> None:
    trusted(stage, actions={"Make it": "echo made > made", "Fail": "exit 3"})
    task = stage.start("true")
    stage.ok("open", task, "--action", "make it")
    assert (stage.tree(task) / "made").read_text() == "made\n"
    assert "the action Fail ended with exit code 3" in stage.no(1, "open", task, "--action", "Fail")
    assert "There are: Make it, Fail" in stage.no(1, "open", task, "--action", "Go")
    trusted(stage, actions={"Go": "echo new > new"})  # a file that was changed since
    stage.ok("open", task, "--action", "Go")
    assert (stage.tree(task) / "new").exists()


@pytest.mark.parametrize(
    "verb",
    ["done", *(pytest.param(verb, marks=pytest.mark.slow) for verb in ("archive", "delete"))],
)
def test_a_teardown_that_fails_is_told_and_hinders_nothing(stage: Stage, verb: str) -> None:
    trusted(stage, teardown="echo cannot; sleep 300 & exit 5")
    task = stage.start("echo x > x")
    tree = stage.tree(task)
    said = stage.ok(verb, task, "-q").err
    found = re.search(r": the teardown of dev failed with exit code 5; what it said: (.*)\n", said)
    assert found
    assert Path(found[1]).read_text() == "cannot\n"
    assert not tree.exists()
    assert stage.marked() == []
    stage.ok("unarchive" if verb == "archive" else "undo", task)
    assert (tree / "x").exists()


@pytest.mark.slow
def test_a_teardown_that_hangs_is_ended(stage: Stage) -> None:
    trusted(stage, teardown="trap '' TERM; sleep 300", timeout=1)
    task = stage.start("true")
    assert "took longer than 1 seconds" in stage.ok("done", task).err
    assert stage.marked() == []


@pytest.mark.slow
def test_the_setup_runs_again_in_a_worktree_that_is_made_again(stage: Stage) -> None:
    (stage.repo / ".git/info/exclude").write_text("modules\n")
    trusted(stage, setup="echo installed >> modules")
    task = stage.start("true")
    stage.ok("archive", task)
    stage.ok("unarchive", task)
    assert not (stage.tree(task) / "modules").exists()
    stage.ok("send", task, "cat modules")
    assert stage.said(task).endswith("installed\n")


@pytest.mark.slow
def test_a_worktree_from_the_pool_is_set_up_for_its_own_task(stage: Stage) -> None:
    trusted(stage, setup="[ ! -e made ]; touch made; echo set up")
    first = stage.start("true")
    stage.ok("done", first)
    second = stage.start("true")
    assert stage.said(second) == "set up\n"


# Which one


def test_which_environment_counts(stage: Stage) -> None:
    one, two = ".phc/environments/a.toml", ".posthog-code/environments/b.toml"

    def chosen(*words: str) -> Any:
        planned = stage.ok("start", "x", "--dry-run", "--json", *words, "--", "true").out
        return json.loads(planned).get("environment")

    assert chosen() is None
    write(stage, one, name="First one", setup="x")
    assert (chosen(), chosen("-e", "none"), chosen("-m", "local")) == (one, None, None)
    write(stage, two, setup="x")
    said = stage.no(2, "start", "x", "--", "true")
    assert "several environments: First one, b" in said
    assert "git config phc.environment NAME" in said
    stage.git("config", "phc.environment", "B")
    assert (chosen(), chosen("-e", "first one"), chosen("-e", "a")) == (two, one, one)
    assert chosen("-e", one, "-m", "local") == one
    stage.git("config", "phc.environment", "none")
    assert chosen() is None
    stage.git("config", "--unset", "phc.environment")
    write(stage, ".phc/environments/default.toml", setup="x")
    assert chosen() == ".phc/environments/default.toml"
    assert "There are: First one, default, b" in stage.no(2, "start", "x", "-e", "c", "--", "true")
    write(stage, ".posthog-code/environments/default.toml", setup="x")
    said = stage.no(2, "start", "x", "-e", "default", "--", "true")
    assert "2 environments are called 'default'" in said
    clash = ".posthog-code/environments/default.toml, name: it is called like .phc/environments/"
    assert clash in stage.phc("env", "check", cwd=stage.repo).out


def test_a_file_with_a_mistake_starts_nothing(stage: Stage) -> None:
    file = stage.repo / DEV
    file.parent.mkdir(parents=True)
    file.write_text("name = 'x'\n[setup]\nscirpt = 'x'\n[vars]\nA = 1\n")
    said = stage.no(1, "start", "x", "--", "true")
    assert f"{DEV}, line 3, setup.scirpt: there is no such key; did you mean script?" in said
    assert stage.left_behind() == []
    checked = stage.phc("env", "check", cwd=stage.repo)
    assert (checked.code, checked.lines) == (1, [
        f"{DEV}, line 3, setup.scirpt: there is no such key; did you mean script?",
        f"{DEV}, line 5, vars.A: must be a text, in quotes",
    ])  # fmt: skip


def test_in_a_bare_repository_the_last_commit_counts(stage: Stage, make_repo: MakeRepo) -> None:
    bare = make_repo("bare.git", bare=True, files={DEV: "setup.script = 'echo set'\n"})
    assert "trust" in stage.no(5, "start", "x", "--", "true", cwd=bare)
    stage.ok("trust", "dev", cwd=bare)
    task = stage.start("echo ok", cwd=bare)
    assert stage.ok("logs", task, cwd=bare).out.startswith("── setup of dev\nset\n")
