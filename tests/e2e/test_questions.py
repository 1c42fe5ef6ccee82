"""What an agent asks: it becomes an event, the task waits, and anyone here answers."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.e2e.stage import Stage, until
from tests.kit import Outcome


def titles(stage: Stage, task: str) -> list[str]:
    return [ask["title"] for ask in stage.show(task).get("waiting", ())]


def notes(stage: Stage, task: str) -> list[str]:
    return [record["text"] for record in stage.records(task) if record["kind"] == "note"]


def test_a_permission_is_asked_shown_and_given(stage: Stage) -> None:
    task = stage.fake("[[write a.txt|hello]] [[say after]]", code=6)
    (ask,) = stage.show(task)["waiting"]
    assert (ask["question"], ask["tool"], ask["paths"]) == ("permission", "edit", ["a.txt"])
    assert "+hello" in ask["text"]
    assert "Write a.txt" in stage.ok("status").out
    assert "+hello" in stage.ok("answer", task).out
    assert json.loads(stage.ok("answer", task, "--json").out)["waiting"] == [ask]
    stage.ok("answer", task, "--allow")
    assert stage.status(task) == "ready"
    assert (stage.tree(task) / "a.txt").read_text() == "hello\n"
    assert stage.said(task) == "after\n"
    stage.no(1, "answer", task, "--allow")


def test_a_permission_is_refused(stage: Stage) -> None:
    task = stage.fake("[[run touch made]] [[say after]]", code=6)
    (ask,) = stage.show(task)["waiting"]
    assert (ask["tool"], ask["command"]) == ("execute", "touch made")
    stage.ok("answer", task, "--deny")
    assert not (stage.tree(task) / "made").exists()
    assert stage.said(task) == "after\n"


def test_always_holds_for_what_follows(stage: Stage) -> None:
    task = stage.fake("[[run touch one]] [[run touch two]]", code=6)
    stage.ok("answer", task, "--always")
    assert sorted(path.name for path in stage.tree(task).glob("[ot]*")) == ["one", "two"]


@pytest.mark.slow
def test_words_and_choices(stage: Stage) -> None:
    task = stage.fake("[[choose Which?|red|blue]] [[ask Who?]] [[choose And?|x|y]]", code=6)
    assert stage.no(1, "answer", task, "--allow").startswith("git phc: to this one cannot answer")
    for words in ("blue", "Ada Lovelace", "1"):
        stage.phc("answer", task, words, cwd=stage.repo)
    assert stage.status(task) == "ready"
    assert stage.said(task).splitlines() == ["Chosen: blue", "Told: Ada Lovelace", "Chosen: x"]


@pytest.mark.parametrize("level", ["plan", "ask", "accept-edits", "auto", "bypass"])
def test_each_level_has_its_meaning(stage: Stage, level: str) -> None:
    words = "[[write in.txt|1]] [[run touch ran]] [[write ../out.txt|1]] [[say end]]"
    task = stage.fake(words, "--autonomy", level, "-d")
    stage.phc("wait", task, cwd=stage.repo)
    asked = []
    while stage.status(task) == "waiting":
        asked += titles(stage, task)
        stage.phc("answer", task, "--deny", cwd=stage.repo)
    assert stage.said(task) == "end\n"
    outside = stage.tree(task).parent / "out.txt"
    made = [(stage.tree(task) / name).exists() for name in ("in.txt", "ran")]
    everything = ["Write in.txt", "Run touch ran", "Write ../out.txt"]
    assert (asked, made, outside.exists()) == {
        "plan": ([], [False, False], False),
        "ask": (everything, [False, False], False),
        "accept-edits": (everything[1:], [True, False], False),
        "auto": (everything[1:], [True, False], False),
        "bypass": ([], [True, True], True),
    }[level]


def test_nothing_is_written_before_the_plan_is_approved(stage: Stage) -> None:
    words = "[[write a|1]] [[plan do it]] [[write b|1]]"
    task = stage.fake(words, "--autonomy", "plan", code=6)
    assert titles(stage, task) == ["Is this plan good?"]
    assert "do it" in stage.ok("answer", task).out
    stage.phc("answer", task, "--allow", cwd=stage.repo)
    assert titles(stage, task) == ["Write b"]  # planning is over, so it asks
    assert stage.show(task)["autonomy"] == "ask"
    stage.ok("answer", task, "--allow")
    tree = stage.tree(task)
    assert [(tree / name).exists() for name in ("a", "b")] == [False, True]


def test_what_follows_an_approved_plan_at_once_asks(stage: Stage) -> None:
    # Nothing is said between the answer and the next question.
    task = stage.fake("[[plan do it]][[write b|1]]", "--autonomy", "plan", "-d")
    until(lambda: titles(stage, task) == ["Is this plan good?"])
    stage.phc("answer", task, "--always", cwd=stage.repo)
    assert stage.status(task) == "ready"
    assert (stage.tree(task) / "b").exists()


def test_plan_refuses_what_was_allowed_before_it_was_set(stage: Stage) -> None:
    task = stage.fake("[[run touch made]] [[say end]]", code=6)
    stage.supervisor(task).kill()
    until(lambda: stage.status(task) == "interrupted")
    stage.ok("edit", task, "--autonomy", "plan")
    stage.phc("answer", task, "--allow", cwd=stage.repo)
    assert stage.said(task) == "end\n"
    assert not (stage.tree(task) / "made").exists()


def test_autonomy_is_changed_while_it_works(stage: Stage) -> None:
    task = stage.fake("[[run touch one]] [[write a|1]]", code=6)
    stage.ok("edit", task, "--autonomy", "accept-edits")
    stage.ok("answer", task, "--allow")
    assert (stage.tree(task) / "a").exists()


@pytest.mark.slow
def test_the_answer_may_come_when_nobody_works_any_more(stage: Stage) -> None:
    stage.git("config", "phc.waitLimit", "1s")
    task = stage.fake("[[run touch made]] [[say never]]", code=6)
    until(lambda: "ended" in stage.show(task)["run"])
    assert stage.marked() == []
    assert stage.status(task) == "waiting"
    assert titles(stage, task) == ["Run touch made"]
    stage.ok("answer", task, "--allow")
    assert stage.status(task) == "ready"
    assert "You asked: Run touch made\nThe answer is: yes" in stage.prompts(task)[1]
    assert notes(stage, task) == ["the conversation goes on"]


@pytest.mark.slow
def test_an_answer_is_used_once_when_the_agent_asks_again(stage: Stage) -> None:
    stage.git("config", "phc.waitLimit", "1s")
    task = stage.fake("[[run touch made]]", code=6)
    until(lambda: "ended" in stage.show(task)["run"])
    stage.ok("answer", task, "--allow", "-d")
    stage.ok("wait", task)
    stage.git("config", "--unset", "phc.waitLimit")
    # The next message makes it ask the same: that was not answered yet.
    assert stage.phc("send", task, "[[run touch made]]", cwd=stage.repo).code == 6
    assert not (stage.tree(task) / "made").exists()


@pytest.mark.slow
def test_an_answer_holds_for_one_question_only(stage: Stage) -> None:
    task = stage.fake("[[run touch made]]", code=6)
    stage.ok("answer", task, "--allow")
    (stage.tree(task) / "made").unlink()
    assert stage.phc("send", task, "[[run touch made]]", cwd=stage.repo).code == 6
    assert not (stage.tree(task) / "made").exists()


@pytest.mark.slow
def test_an_answer_is_none_to_what_the_next_turn_asks(stage: Stage) -> None:
    task = stage.fake("[[run touch one]]", code=6)
    stage.ok("send", "-d", task, "[[run touch two]]")  # a question of the same name in its turn
    stage.phc("answer", task, "--allow", cwd=stage.repo)
    assert titles(stage, task) == ["Run touch two"]
    stage.ok("answer", task, "--deny")
    assert [(stage.tree(task) / name).exists() for name in ("one", "two")] == [True, False]


@pytest.mark.slow
def test_a_killed_supervisor_leaves_the_question(stage: Stage) -> None:
    task = stage.fake("[[run touch made]] [[recall]]", code=6)
    stage.supervisor(task).kill()
    until(lambda: stage.status(task) == "interrupted")
    stage.phc("answer", task, "--allow", cwd=stage.repo)
    # The turn that was cut off is given again; it asks again, and has its answer.
    assert stage.status(task) == "ready"
    assert (stage.tree(task) / "made").exists()
    assert "[[run touch made]]" in stage.said(task)


def interrupted(stage: Stage, prompt: str) -> str:
    """A task whose supervisor was killed while it waited."""
    task = stage.fake(prompt, code=6)
    stage.supervisor(task).kill()
    until(lambda: stage.status(task) == "interrupted")
    return task


@pytest.mark.slow
def test_a_choice_made_when_nobody_worked_is_the_one_that_is_told(stage: Stage) -> None:
    task = interrupted(stage, "[[choose Which?|Apple|Banana|Cherry]]")
    stage.phc("answer", task, "Banana", cwd=stage.repo)
    assert stage.said(task) == "Chosen: Banana\n"


CLAUDE = """
import json, os, time

def say(**event):
    print(json.dumps(event), flush=True)

def wait_for(name):
    while not os.path.exists(name):
        time.sleep(0.02)

say(type="control_response", response={"subtype": "success", "request_id": "phc-initialize"})
say(type="system", subtype="init", session_id="s")
given = {"command": "make"}
request = {"subtype": "can_use_tool", "tool_name": "Bash", "input": given}
say(type="control_request", request_id="r", request=request)
wait_for("withdraw")
say(type="control_cancel_request", request_id="r")
wait_for("end")
say(type="assistant", message={"content": [{"type": "text", "text": "without it"}]})
say(type="result", subtype="success", is_error=False)
"""


def test_no_folder_of_the_repository_is_one_that_runs_programs(stage: Stage) -> None:
    ran, folder = stage.repo.parent / "ran", stage.repo / "sub"
    config = (
        "[core]\nrepositoryformatversion = 0\nbare = false\nworktree = ..\n"
        f'fsmonitor = "touch {ran}; false"\n'
    )
    files = {"HEAD": "ref: refs/heads/main\n", "config": config, "objects/a": "", "refs/a": ""}
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    stage.git("add", "sub")
    stage.git("commit", "-qm", "looks like a bare repository")
    task = stage.fake("[[run cd sub && git status]] [[run git status]]", "--autonomy", "bypass")
    codes = [record["exit_code"] for record in stage.records(task) if "exit_code" in record]
    assert codes[:2] == [128, 0]
    assert not ran.exists()


def test_what_is_withdrawn_is_waited_for_no_more(stage: Stage, tmp_path: Path) -> None:
    program = tmp_path / "claude"
    program.write_text(f"#!{sys.executable}\n{CLAUDE}")
    program.chmod(0o755)
    stage.git("config", "phc.agents.claude.command", program)
    task = stage.phc("start", "-q", "-a", "claude", "x", cwd=stage.repo).out.strip()
    assert titles(stage, task) == ["make"]
    (stage.tree(task) / "withdraw").touch()
    until(lambda: stage.status(task) == "running")
    assert titles(stage, task) == []
    assert "asks nothing; it is running" in stage.no(1, "answer", task, "--allow")
    (stage.tree(task) / "end").touch()
    stage.ok("wait", task)
    assert stage.said(task) == "without it\n"
    assert "it does not ask this any more" in stage.ok("logs", task).out


@pytest.mark.slow
def test_stop_and_send_while_it_waits(stage: Stage) -> None:
    task = stage.fake("[[run touch made]]", code=6)
    stage.ok("send", "-d", task, "[[say more]]")
    stage.ok("stop", task)
    assert stage.status(task) == "cancelled"
    assert titles(stage, task) == []
    stage.ok("resume", task)
    assert stage.said(task) == "more\n"


@pytest.mark.slow
def test_two_answer_at_once(stage: Stage) -> None:
    task = stage.fake("[[run touch made]]", code=6)
    done = stage.at_once([["answer", task, "--allow"], ["answer", task, "--deny"]])
    assert sorted(one.code for one in done) == [0, 1], done
    assert stage.status(task) == "ready"


def test_what_an_adapter_breaks_is_told(stage: Stage) -> None:
    task = stage.fake("[[say before]] [[raise oh no]]", code=1)
    shown = stage.show(task)
    assert shown["status"] == "failed"
    assert "oh no" in shown["reason"]
    assert stage.said(task) == "before\n"


@pytest.mark.slow
def test_secrets_in_a_question_are_in_no_object(stage: Stage) -> None:
    secret = "ghp_" + "a1B2" * 9
    task = stage.fake(f"[[write {secret}.txt|{secret}]] [[run echo {secret}]]", code=6)
    stage.phc("answer", task, "--allow", cwd=stage.repo)
    stage.ok("answer", task, f"no {secret}")
    listing = stage.git("cat-file", "--batch-all-objects", "--batch-check").splitlines()
    for line in listing:
        oid, kind, _ = line.split()
        if kind != "tree":
            assert secret not in stage.git("cat-file", "-p", oid), line


def hints(done: Outcome, task: str) -> list[str]:
    """What is offered to type next, each in one word after `answer`."""
    begin = f"  git phc answer {task[:8]}"
    found = [line for line in done.err.splitlines() if line.startswith(begin)]
    return [line.removeprefix(begin).partition("  ")[0].strip() for line in found]


@pytest.mark.slow
def test_what_is_offered_next_is_what_the_question_takes(stage: Stage) -> None:
    task = stage.fake("[[run true]] [[choose Which?|red|2|-x|{}]] [[ask Who?]]", code=6)

    def offered(*words: str) -> list[str]:
        return hints(stage.phc(*words, cwd=stage.repo), task)

    assert offered("attach", task) == ["", "--allow", "--always", "--deny"]
    # one that would be read as a number or an option is named by its place
    assert offered("answer", task, "--allow") == ["", "red", "2", "3", "'{}'"]
    assert offered("answer", task, "3") == ["", '"…"']
    assert stage.said(task) == "Chosen: -x\n"
