"""Strangers' plugins: found without import, loaded by name, and what they break stays theirs."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from pathlib import Path

import pluggy
import pytest

from git_phc.plugins import spec
from tests.e2e.stage import Stage, until
from tests.kit import ROOT

Install = Callable[[str, str], None]

WHO_COUNTS = """
from pathlib import Path
Path({mark!r}).touch()
from git_phc.plugins import hook

@hook
def phc_redact(text):
    {redact}

@hook
def phc_event(task, event):
    {event}
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Installs a module, with an entry point of its name: the files that pip would leave."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.setenv("PYTHONPATH", str(site))

    def put(name: str, source: str) -> None:
        (site / f"{name}.py").write_text(source)
        info = site / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[git_phc]\n{name} = {name}\n")

    return put


def counting(mark: Path, redact: str = "return None", event: str = "pass") -> str:
    return WHO_COUNTS.format(mark=str(mark), redact=redact, event=event)


def hooks() -> list[str]:
    return sorted(name for name in vars(spec) if name.startswith("phc_"))


@pytest.mark.parametrize("name", hooks())
def test_each_hook_says_what_it_is_given_and_must_answer(name: str) -> None:
    function = getattr(spec, name)
    text = inspect.getdoc(function) or ""
    assert len(text.splitlines()) > 3
    for parameter in inspect.signature(function).parameters:
        assert f"    {parameter}: " in text
    answers = inspect.signature(function).return_annotation
    assert ("Returns:" in text) == (answers != "None")


def test_the_built_ins_implement_no_other_hooks() -> None:
    manager = pluggy.PluginManager("git_phc")
    manager.add_hookspecs(spec)
    for module in ("command", "fake"):
        manager.register(__import__(f"git_phc.agents.{module}", fromlist=["x"]), module)
    manager.check_pending()


def test_one_that_nobody_names_is_not_imported(
    stage: Stage, install: Install, tmp_path: Path
) -> None:
    mark = tmp_path / "imported"
    install("quiet", counting(mark))
    task = stage.fake("[[say x]]")
    for words in (["status"], ["show", task], ["config"], ["edit", task, "--label", "x"]):
        stage.ok(*words)
    assert not mark.exists()
    stage.ok("agents")
    assert mark.exists()


def test_a_rule_for_secrets_holds_everywhere(
    stage: Stage, install: Install, tmp_path: Path
) -> None:
    install("house", counting(tmp_path / "m", 'return text.replace("sofa", "(house)")'))
    stage.git("config", "phc.plugins", "house")
    task = stage.fake("look behind the sofa [[say the sofa]]", "--title", "Sofa: sofa")
    assert stage.said(task) == "the (house)\n"
    shown = stage.show(task)
    assert (shown["title"], "sofa" in json.dumps(shown["messages"])) == ("Sofa: (house)", False)
    for line in stage.git("cat-file", "--batch-all-objects", "--batch-check").splitlines():
        oid, kind, _ = line.split()
        if kind != "tree":
            assert "the sofa" not in stage.git("cat-file", "-p", oid)


def test_a_rule_that_fails_lets_nothing_through(
    stage: Stage, install: Install, tmp_path: Path
) -> None:
    install("house", counting(tmp_path / "m", 'raise KeyError("sofa")'))
    stage.git("config", "phc.plugins", "house")
    task = stage.fake("[[say the sofa]]")
    assert "sofa" not in stage.ok("show", task).out
    assert "the plugin house failed to look for secrets" in stage.ok("show", task).out


def test_who_listens_hears_of_each_event(stage: Stage, install: Install, tmp_path: Path) -> None:
    diary = tmp_path / "diary"
    words = "task['status'] + ' ' + event['type'] + chr(10)"
    line = f"with open({str(diary)!r}, 'a') as file: file.write({words})"
    install("diary", counting(tmp_path / "m", event=line))
    stage.git("config", "phc.plugins", "diary")
    stage.fake("[[say x]]")
    lines = diary.read_text().splitlines()
    assert lines[0].endswith(" created")
    assert lines[-1] == "ready run_ended"
    assert "running turn_started" in lines


def test_one_that_fails_to_listen_is_named_and_stands_in_nobodys_way(
    stage: Stage, install: Install, tmp_path: Path
) -> None:
    install("loud", counting(tmp_path / "m", event='raise KeyError("loud")'))
    stage.git("config", "phc.plugins", "loud")
    task = stage.fake("[[say x]]")
    assert stage.status(task) == "ready"
    errors = [record["text"] for record in stage.records(task) if record["kind"] == "error"]
    assert any("the plugin loud: it failed at an event: KeyError" in text for text in errors)
    assert "The plugin loud is broken" in stage.ok("edit", task, "--label", "x").err


def test_a_plugin_that_is_named_and_not_there_is_refused(stage: Stage) -> None:
    stage.git("config", "phc.plugins", "nobody")
    said = stage.no(1, "start", "-a", "fake", "[[say x]]")
    assert "the plugin nobody, which phc.plugins names, is not installed" in said
    assert stage.refs() == ["refs/heads/main"]
    stage.ok("status")


def test_one_that_cannot_be_imported_is_named_and_takes_nothing_down(
    stage: Stage, install: Install
) -> None:
    install("broken", "raise RuntimeError('oh no')")
    listed = stage.ok("agents")
    assert "command" in listed.out
    assert "The plugin broken is broken: RuntimeError: oh no" in listed.err
    assert "the plugin broken is broken" in stage.no(1, "start", "-a", "broken", "x")
    stage.git("config", "phc.plugins", "broken")
    assert "is broken: RuntimeError: oh no" in stage.no(1, "start", "-a", "fake", "x")


@pytest.mark.slow
def test_the_example_is_a_whole_plugin(stage: Stage, install: Install, home: Path) -> None:
    source = ROOT / "contrib/example-agent/phc_parrot/__init__.py"
    install("parrot", source.read_text())
    stage.git("config", "phc.plugins", "parrot")
    words = ("start", "-q", "-a", "parrot", "Polly, it is behind the sofa")
    started = stage.phc(*words, cwd=stage.repo)
    assert started.code == 6, started
    task = started.out.strip()
    stage.ok("answer", task, "--allow")
    assert (stage.tree(task) / "PARROT.md").read_text() == "Polly, it is [a secret of the house]\n"
    assert stage.phc("send", task, "And now?", "--json", cwd=stage.repo).code == 6
    assert "Before: Polly" in stage.said(task)
    stage.ok("stop", task)
    assert (home / ".parrot-diary").read_text().splitlines()[-1].endswith(" run_ended")


HOSTS = """
from git_phc.plugins import hook

@hook
def phc_hosts(environ):
    if "FAILS" in environ:
        raise RuntimeError("oh no")
    return {"cargo": ["https://crates.corp.example:8443/index", "file:///srv", "no url"]}
"""


@pytest.mark.slow
def test_a_tool_that_a_plugin_knows(stage: Stage, install: Install) -> None:
    install("tools", HOSTS)
    assert "crates.corp.example" not in stage.ok("env", "show").out  # nobody has named it
    stage.git("config", "phc.plugins", "tools")
    assert "    crates.corp.example:8443  cargo\n" in stage.ok("env", "show").out
    failed = stage.ok("env", "show", env={"FAILS": "1"}).out
    assert "tools could not be asked: the plugin failed: RuntimeError: oh no" in failed


LAMP = """
from pathlib import Path
from git_phc.plugins import hook
from git_phc.plugins.notifiers import Notifier

class Lamp(Notifier):
    name = "the-lamp"

    def on_screen(self, notice, environ):
        return "<lamp>"

    def tell(self, notice, setting, environ):
        Path(setting).write_text(f"{notice.what} {notice.task.title}")
        raise KeyError(setting)

@hook
def phc_notifiers():
    return [Lamp()]
"""


@pytest.mark.slow
def test_a_plugin_brings_a_way_to_tell(stage: Stage, install: Install, tmp_path: Path) -> None:
    install("lamp", LAMP)
    told, log = tmp_path / "told", stage.repo / ".git" / "phc" / "notices.log"
    stage.git("config", "phc.notify", "the-lamp")
    stage.git("config", "phc.notify.the-lamp", str(told))
    task = stage.fake("[[say x]]", "--title", "Lit")
    until(lambda: log.exists() and log.read_text())
    assert told.read_text() == "finished Lit"
    assert log.read_text().endswith(" the-lamp: KeyError\n")  # its words may hold a secret
    assert "<lamp>" in stage.ok("wait", task, tty=True, env={"TERM": "xterm"}).out
    stage.git("config", "phc.notifyOn", "failed needs-you")
    assert "<lamp>" not in stage.ok("wait", task, tty=True, env={"TERM": "xterm"}).out


@pytest.mark.slow
def test_a_notifier_that_fails_on_the_screen_is_named_and_takes_nothing_down(
    stage: Stage, install: Install
) -> None:
    install("dark", LAMP.replace('return "<lamp>"', "raise KeyError('a secret')"))
    task = stage.fake("[[say x]]")
    stage.git("config", "phc.notify", "the-lamp")
    done = stage.ok("wait", task, tty=True, env={"TERM": "xterm"})
    assert "the-lamp: KeyError" in done.out + done.err
    assert "a secret" not in done.out + done.err
