"""People are told of a task by a command, a webhook, a plugin: from real runs."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from tests.e2e.stage import Stage, until
from tests.notify.hook_server import webhook

pytestmark = pytest.mark.e2e
SECRET = "s3cr3tPath0123"


def log_of(stage: Stage) -> str:
    log = stage.repo / ".git" / "phc" / "notices.log"
    return log.read_text() if log.exists() else ""


def notify(stage: Stage, name: str, setting: str | None = None) -> None:
    stage.git("config", "--add", "phc.notify", name)
    if setting is not None:
        stage.git("config", f"phc.notify.{name}", setting)


@pytest.mark.slow
def test_a_command_is_told_of_each_thing(stage: Stage, tmp_path: Path) -> None:
    told = tmp_path / "told"
    notify(stage, "command", f"""printf '%s\\n' "$PHC_EVENT $PHC_TEXT" >> '{told}'""")

    def lines(count: int) -> list[str]:
        until(lambda: told.exists() and len(told.read_text().splitlines()) == count)
        return told.read_text().splitlines()

    one = stage.fake("[[ask Which?]] [[fail it broke]]", "--title", "One $(id) `id` '\"", code=6)
    name = f"One $(id) `id` '\" asks: Which? (repo {one[:8]})"
    assert lines(1) == [f"needs-you {name}"]
    assert stage.phc("answer", one, "this", cwd=stage.repo).code == 1
    stage.phc("wait", one, cwd=stage.repo)
    assert lines(2)[1].startswith("failed One $(id) `id` '\" has failed: it broke (repo ")
    two = stage.fake("[[say x]]", "--title", "Two")
    assert lines(3)[2] == f"finished Two is ready (repo {two[:8]})"
    stage.ok("done", two)  # what one does oneself one knows
    assert (log_of(stage), len(lines(3))) == ("", 3)


@pytest.mark.slow
def test_a_webhook_gets_json_and_never_holds_a_run_up(stage: Stage) -> None:
    with webhook() as hook:
        hook.go.clear()
        notify(stage, "webhook", f"{hook.address}/{SECRET}")
        task = stage.fake("[[say x]]", "--title", 'A "title"')  # it has ended: nobody has answered
        until(lambda: hook.told)
        hook.code = 302  # goes nowhere else with what it has to say
        hook.go.set()
        until(lambda: log_of(stage))
        (told,) = hook.told
    branch = stage.show(task)["branch"]
    since = stage.show(task)["since"]
    text = f'A "title" is ready (repo {task[:8]})'
    assert told == {
        "path": f"/{SECRET}", "schema": 1, "event": "finished", "text": text, "content": text,
        "detail": "", "repository": "repo", "at": since,
        "task": {
            "id": task, "short": task[:8], "title": 'A "title"', "status": "ready",
            "mode": "worktree", "agent": "fake", "branch": branch,
        },
    }  # fmt: skip
    assert log_of(stage).endswith("webhook: 127.0.0.1 did not take it: it answered 302\n")


@pytest.mark.slow
def test_only_what_one_wants_to_hear_of_is_told(stage: Stage, tmp_path: Path) -> None:
    told = tmp_path / "told"
    notify(stage, "command", f"""printf '%s\\n' "$PHC_EVENT" >> '{told}'""")
    stage.git("config", "--global", "phc.notifyOn", "finished")
    stage.git("config", "phc.notifyOn", "failed")  # said nearer, it stands in its place
    stage.fake("[[say x]]")
    stage.fake("[[ask Which?]]", code=6)
    stage.fake("[[fail it broke]]", code=1)
    until(told.exists)
    assert (told.read_text(), log_of(stage)) == ("failed\n", "")
    stage.git("config", "phc.notifyOn", "all")
    stage.fake("[[fail it broke]]", code=1)
    until(lambda: log_of(stage))
    assert "phc.notifyOn names 'all', which is none of finished, failed" in log_of(stage)
    assert told.read_text() == "failed\n"


def test_trouble_is_in_the_log_without_the_address(stage: Stage) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://user:{SECRET}@127.0.0.1:{port}/{SECRET}?{SECRET}#{SECRET}"
    notify(stage, "webhook", address)
    notify(stage, "command", f"echo no; exit 7; curl {address}")
    notify(stage, "nobody-knows")
    task = stage.fake("[[say x]]")
    until(lambda: log_of(stage).count("\n") >= 3)
    for part in (
        "webhook: 127.0.0.1 could not be told: ConnectError",
        "command: the command of phc.notify.command failed with exit code 7: no",
        "nobody-knows: phc.notify names nobody-knows, and nothing here is called so",
    ):
        assert part in log_of(stage)
    shown = stage.ok("config").out + stage.ok("config", "--json").out
    assert f"http://127.0.0.1:{port}/…" in shown
    assert SECRET not in shown + log_of(stage)
    assert stage.status(task) == "ready"


@pytest.mark.parametrize(
    "address", ["", "x", "ftp://host/", "http://", "http://[::1", "https:///x"]
)
def test_what_is_no_address_is_refused(address: str, stage: Stage) -> None:
    from git_phc.errors import PhcError
    from git_phc.model.notices import notice
    from git_phc.notifiers.webhook import Webhook
    from tests.cli.making import Maker

    told = notice(Maker(stage.repo)(), "ready", "repo")
    assert told is not None
    with pytest.raises(PhcError, match="no address that begins with https"):
        Webhook().tell(told, address, {})


def test_nobody_is_told_where_nobody_is_named(stage: Stage) -> None:
    stage.git("config", "phc.notify.command", "exit 7")
    stage.fake("[[say x]]")
    assert json.loads(stage.ok("config", "--json").out)["schema"] == 1
    assert log_of(stage) == ""
