"""The bridge, as it is started inside a sandbox: what a command finds, and what it leaves."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from git_phc.model.addresses import Exempt
from git_phc.model.network import Network
from git_phc.proxy import bridge
from tests.e2e.stage import until
from tests.kit import Outcome, Processes, require, run_program
from tests.proxy.playing import World, server, world

HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"
FETCH = "import urllib.request as u; print(u.urlopen(%r).read().decode())"


@pytest.fixture
def port() -> Iterator[int]:
    with server(lambda _: HELLO) as port:
        yield port


@pytest.fixture
def proxy(tmp_path: Path, port: int) -> Iterator[World]:
    """A proxy that lets one name through."""
    allowed = Network("custom", (), (Exempt.parse(f"model.internal=127.0.0.1:{port}"),))
    with world(tmp_path, allowed, {}) as found:
        yield found


def bridged(place: Path, *command: str) -> list[str]:
    return [sys.executable, "-I", "-S", bridge.__file__, str(place), "--", *command]


def run(place: Path, *command: str) -> Outcome:
    return run_program(bridged(place, *command), timeout=30)


def test_a_command_reaches_what_it_may(proxy: World, port: int) -> None:
    fetch = FETCH % f"http://model.internal:{port}/"
    assert run(proxy.place, sys.executable, "-c", fetch) == Outcome(0, "hello\n", "")


def test_a_tunnel(proxy: World, port: int) -> None:
    require("curl")
    words = ("curl", "-sp", f"http://model.internal:{port}/")
    assert run(proxy.place, *words) == Outcome(0, "hello", "")
    denied = run(proxy.place, "curl", "-s", "https://other.example/")
    assert denied.code == 56  # what curl says of a proxy that refuses
    assert [(v.host, v.port) for v in proxy.visits if v.refused] == [("other.example", 443)]


def test_what_tools_look_at(proxy: World) -> None:
    done = run(
        proxy.place, sys.executable, "-c", "import json,os;print(json.dumps({**os.environ}))"
    )
    env = json.loads(done.out)
    url = env["http_proxy"]
    assert url.startswith("http://127.0.0.1:")
    assert {key: env.get(key) for key in bridge.variables(url)} == bridge.variables(url)


def test_the_command_takes_the_place_of_the_bridge(proxy: World) -> None:
    # Its exit code, the signal that ends it, its streams: all are its own.
    assert run(proxy.place, "sh", "-c", "echo out; echo err >&2; exit 7") == Outcome(
        7, "out\n", "err\n"
    )
    assert run(proxy.place, "sh", "-c", "kill -9 $$").code == -signal.SIGKILL
    with subprocess.Popen(
        bridged(proxy.place, "sh", "-c", "echo $$; ps -o pid= --ppid $$ | wc -l"),
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        out, _ = process.communicate(timeout=30)
    pid, children = out.split()
    assert int(pid) == process.pid
    assert int(children) <= 2  # ps and wc: no child that it has not made


def test_a_command_that_is_not_there(proxy: World) -> None:
    done = run(proxy.place, "no-such-program")
    assert (done.code, done.err) == (1, "no-such-program: No such file or directory\n")


def test_nothing_stays_when_the_command_has_gone(proxy: World, processes: Processes) -> None:
    assert run(proxy.place, "true").code == 0
    until(lambda: not processes())


def test_what_the_command_leaves_keeps_its_way_out(
    proxy: World, port: int, tmp_path: Path, processes: Processes
) -> None:
    fetch = shlex.join([sys.executable, "-c", FETCH % f"http://model.internal:{port}/"])
    gate, out = tmp_path / "gate", tmp_path / "out"
    late = f"(while ! [ -e {gate} ]; do sleep 0.05; done; {fetch} > {out}) >/dev/null 2>&1 &"
    assert run(proxy.place, "sh", "-c", late).code == 0
    gate.touch()
    until(lambda: out.exists() and out.read_text() == "hello\n")
    until(lambda: not processes())


def test_a_socket_that_is_gone_closes_every_connection(tmp_path: Path) -> None:
    done = run(tmp_path / "nothing", sys.executable, "-c", FETCH % "http://x.example/")
    assert done.code == 1
    last = done.err.splitlines()[-1]
    assert "Remote end closed connection" in last or "Connection reset" in last


def test_it_is_a_file_of_its_own() -> None:
    # Inside a sandbox there is nothing else of ours.
    assert "git_phc" not in Path(bridge.__file__).read_text(encoding="utf-8")
    assert os.access(bridge.__file__, os.R_OK)
