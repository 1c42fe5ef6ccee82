"""What a task in a real sandbox reaches, is denied and is given, and where that is told."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from git_phc.sandboxes.bubblewrap import Bubblewrap
from tests.e2e.stage import Stage
from tests.kit import require, unavailable
from tests.proxy.playing import server

pytestmark = [pytest.mark.slow, pytest.mark.e2e]

SECRET = "0123-of-the-owner's-own"
AWAY = b"HTTP/1.1 302 Found\r\nLocation: http://other.example/\r\nContent-Length: 0\r\n\r\n"
HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nhello\n"
UDP = "import socket as s; s.socket(s.AF_INET, s.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))"
ENVIRONMENT = """
name = "Dev"
[cloud]
network = "custom"
allowed_domains = ["localhost"]
secrets = ["API_TOKEN"]
"""


@pytest.fixture(autouse=True)
def _sandbox() -> None:
    require("bwrap", "curl")
    if missing := Bubblewrap().check(os.environ.get("PATH")).missing:
        unavailable(missing)


@pytest.fixture
def port() -> Iterator[int]:
    """The port of a server on the machine's own loopback."""
    with server(lambda data: AWAY if b"/away" in data else HELLO) as port:
        yield port


@pytest.fixture
def dev(stage: Stage, port: int, tmp_path: Path) -> Stage:
    """A repository whose environment reaches next to nothing, on a machine whose owner has named
    one server, and one secret.
    """
    file = stage.repo / ".phc/environments/dev.toml"
    file.parent.mkdir(parents=True)
    file.write_text(ENVIRONMENT)
    (tmp_path / "token").write_text(f"{SECRET}\n")
    stage.git("config", "phc.allowedAddresses", f"model.internal=127.0.0.1:{port}")
    stage.git("config", "phc.secrets.API_TOKEN.file", tmp_path / "token")
    stage.ok("trust", "dev")
    return stage


def start(stage: Stage, *lines: str) -> str:
    return stage.start("\n".join(lines), "--sandbox", "bubblewrap")


def notes(stage: Stage, task: str, key: str) -> list[str]:
    return [str(record[key]) for record in stage.records(task) if key in record]


def streams(stage: Stage, task: str) -> str:
    return "".join(r["text"] for r in stage.records(task) if r["kind"] == "text")


def test_the_network(dev: Stage, port: int) -> None:
    task = start(
        dev,
        f"curl -s http://model.internal:{port}/",
        f"curl -s -o /dev/null -w 'tunnel %{{http_code}}\\n' -p http://model.internal:{port}/",
        f"curl -sL http://model.internal:{port}/away",
        "curl -s -o /dev/null -w 'name %{http_connect}\\n' https://evil.example/",
        "curl -s -x $http_proxy --noproxy '' http://localhost/",
        f"curl -s --noproxy '*' http://127.0.0.1:{port}/ || echo loopback $?",
        "curl -s --noproxy '*' http://192.0.2.1/ || echo direct $?",
        f'python3 -c "{UDP}" 2>/dev/null || echo udp $?',
        "getent hosts localhost.example || echo dns $?",
    )
    said = streams(dev, task)
    assert said.startswith("hello\ntunnel 200\n")
    assert "name 403\n" in said
    assert "loopback 7\ndirect 7\nudp 1\ndns 2\n" in said
    assert "git phc: other.example:80 is denied: it is not among the hosts" in said
    assert "git phc: localhost:80 is denied: " in said
    assert " is a loopback address\n" in said
    denied = ["other.example:80", "evil.example:443", "localhost:80"]
    assert notes(dev, task, "denied") == denied
    shown = dev.show(task)["denied"]
    assert (shown["what"], shown["times"]) == ("localhost:80", 3)
    diary = dev.git("log", "--format=%s", f"refs/phc/tasks/{task}")
    assert [line.split(": ")[1] for line in diary.splitlines() if line.startswith("denied")] == [
        *reversed(denied)
    ]
    assert "denied    localhost:80: " in dev.ok("status", task).out


def test_secrets(dev: Stage) -> None:
    task = start(
        dev,
        'test "$(printf %s "$API_TOKEN" | wc -c)" = 23 && echo given',
        'echo "it is $API_TOKEN"; printf %s "$API_TOKEN" | base64',
        "cat /proc/*/cmdline | tr '\\0' ' ' | grep -c '[0]123-of-the' || echo in no argument",
    )
    hidden = "given\nit is [redacted]\n[redacted]\n0\nin no argument\n"
    assert streams(dev, task).endswith(hidden)
    kept = dev.git("log", "--all", "-p", "--format=%B%N", "--notes=phc") + str(dev.records(task))
    for form in (SECRET, base64.b64encode(SECRET.encode()).decode()):
        assert form not in kept
    assert [path for path in (dev.repo / ".git/phc").rglob("*") if _holds(path, SECRET)] == []


def _holds(path: Path, text: str) -> bool:
    return path.is_file() and text.encode() in path.read_bytes()


def test_what_cannot_be_granted_starts_no_agent(dev: Stage) -> None:
    dev.git("config", "--unset", "phc.secrets.API_TOKEN.file")
    task = dev.start("echo no", "--sandbox", "bubblewrap", code=1)
    assert dev.status(task) == "failed"
    assert dev.show(task)["status"] == "failed"
    assert "the secret API_TOKEN is asked for, and there is none" in dev.ok("status", task).out
    assert "no\n" not in streams(dev, task)


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ("sandbox = 'podman'", "asks for the sandbox podman, and the run would have bubblewrap"),
        ("image = 'some'", "bubblewrap has no images, and some is asked for"),
    ],
)
def test_another_sandbox_than_the_environments_is_refused(dev: Stage, asked: str, why: str) -> None:
    file = dev.repo / ".phc/environments/dev.toml"
    file.write_text(f"name = 'Dev'\n[cloud]\n{asked}\n")
    task = dev.start("echo no", "--sandbox", "bubblewrap", code=1)
    assert why in dev.ok("status", task).out


def test_any_host_is_told_where_any_may_be_reached(dev: Stage, port: int) -> None:
    file = dev.repo / ".phc/environments/dev.toml"
    file.write_text("name = 'Dev'\n[cloud]\nnetwork = 'full'\n")
    dev.ok("trust", "dev")
    task = start(dev, f"curl -s http://model.internal:{port}/", "curl -s http://169.254.169.254/")
    assert notes(dev, task, "reached") == [f"model.internal:{port}"]
    assert notes(dev, task, "denied") == ["169.254.169.254:80"]
    assert "169.254.169.254 is a link-local address" in streams(dev, task)


def test_the_setup_goes_the_same_way(dev: Stage, port: int) -> None:
    file = dev.repo / ".phc/environments/dev.toml"
    setup = f"curl -s http://model.internal:{port}/ > got; curl -s http://x.example/ >/dev/null"
    file.write_text(f"{ENVIRONMENT}[setup]\nscript = '{setup}'\n")
    dev.ok("trust", "dev")
    task = start(dev, "cat got")
    assert streams(dev, task).endswith("hello\n")
    assert notes(dev, task, "denied") == ["x.example:80"]
