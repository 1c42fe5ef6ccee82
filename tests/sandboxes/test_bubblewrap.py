"""What is tried inside bubblewrap, and stopped: for real, as root and as an ordinary user."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from git_phc.errors import Refused
from git_phc.plugins.sandboxes import Limits
from git_phc.sandboxes import bubblewrap
from git_phc.sandboxes.bubblewrap import Bubblewrap
from git_phc.sandboxes.cgroups import make_group
from tests.kit import require, unavailable
from tests.sandboxes.yard import Yard


def test_it_works_in_its_workspace_and_its_home(yard: Yard) -> None:
    done = yard.run("echo hello > file && echo home > ~/x && pwd && id -u")
    assert (done.code, done.err) == (0, "")
    assert done.lines[0] == str(yard.work)
    assert (yard.work / "file").read_text() == "hello\n"
    assert (yard.root / "home" / "x").read_text() == "home\n"


def test_no_socket_leads_out_and_no_name_is_found(yard: Yard) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        done = yard.run(
            f"exec 3<>/dev/tcp/127.0.0.1/{port} && echo reached; "
            "exec 3<>/dev/tcp/192.0.2.1/80 && echo reached; getent hosts example.com && echo found"
        )
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.accept()
    assert done.out == ""
    assert "Connection refused" in done.err
    assert "Network is unreachable" in done.err


def test_no_datagram_reaches_the_machine(yard: Yard) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(0.3)
        yard.run(f"echo hello > /dev/udp/127.0.0.1/{server.getsockname()[1]}; true")
        with pytest.raises(TimeoutError):
            server.recv(10)


def test_sockets_of_the_machine_cannot_be_seen(yard: Yard) -> None:
    path = yard.root / "agent.sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        path.chmod(0o777)
        done = yard.run(
            f"test -S {path} && echo agent; ls /run /var/run 2>/dev/null; cat /proc/net/unix"
        )
    assert "agent" not in done.out
    assert ".sock" not in done.out


def test_it_works_where_nobody_may_name_the_host(tmp_path: Path) -> None:
    """As in a container: its filter refuses sethostname."""
    require("strace", "bwrap")
    wrapper = tmp_path / "bwrap"
    refuses = "strace -f -qq -o /dev/null -e trace=sethostname -e inject=sethostname:error=EPERM"
    wrapper.write_text(f'#!/bin/sh\nexec {refuses} "{shutil.which("bwrap")}" "$@"\n')
    wrapper.chmod(0o755)
    found = Bubblewrap().check(f"{tmp_path}:{os.environ['PATH']}")
    assert found.missing is None


@pytest.mark.parametrize(
    "script",
    [
        "cat '{root}/other/secret'",
        "ls '{root}/other'",
        "cat /etc/shadow",
        "ls '{home}'",
        "ls /sys/fs/cgroup",
        "echo x > /usr/bin/x",
        "echo x > /etc/x && cat {etc}/x",
        "mount -t tmpfs none /mnt",
        "unshare -U true",
        "unshare -m true",
        "chroot / true",
        "mknod {work}/device b 8 0",
        "kill -9 {pid}",
        "cat /proc/{pid}/environ",
        "ls /proc/1/root/home/.. | grep -x var/lib",
        "head -c1 /dev/mem",
        'f=/proc/sys/kernel/core_pattern; read -r x < $f; echo "$x" > $f',
        "test -w /proc/sysrq-trigger",
        "hostname other",
    ],
)
def test_what_is_not_its_own_is_out_of_reach(yard: Yard, script: str, home: Path) -> None:
    names = {"root": yard.root, "work": yard.work, "home": home, "pid": os.getpid()}
    done = yard.run(script.format(etc=yard.root / "etc", **names))
    assert done.code != 0, done
    assert "another task's" not in done.out
    assert not Path("/usr/bin/x").exists()


def test_processes_of_the_machine_cannot_be_seen(yard: Yard) -> None:
    done = yard.run("cat /proc/[0-9]*/cmdline | tr '\\0' ' '")
    assert done.code == 0
    assert "pytest" not in done.out


def test_a_fork_bomb_meets_its_limit(yard: Yard) -> None:
    with yard.cell() as cell:
        process = yard.start(cell, ["/bin/sh", "-c", "while :; do sleep 30 & done"])
        words = process.communicate(timeout=50)[1].decode()
        told = cell.troubles()
    assert "fork" in words.lower()
    if yard.ordinary:
        assert told == []
    else:
        assert len(told) == 1
        assert told[0].startswith("the sandbox let it have no more than 64 processes at once, and")


def test_a_full_disk_is_its_own(yard: Yard) -> None:
    done = yard.run("head -c 3000000 /dev/zero > /tmp/big; stat -c %s /tmp/big")
    assert "No space left on device" in done.err
    assert int(done.out) <= 1 << 20


def test_that_its_disk_was_full_is_seen_while_it_is(yard: Yard) -> None:
    with yard.cell() as cell:
        script = (
            "head -c 3000000 /dev/zero > /tmp/big; echo; read -r x; rm /tmp/big; echo; read -r x"
        )
        process = yard.start(cell, ["bash", "-c", script], stdin=subprocess.PIPE)
        assert process.stdin
        assert process.stdout
        for expected in (["/tmp was full: the sandbox lets it hold 1048576 bytes"], []):
            process.stdout.readline()
            cell.look()
            assert cell.troubles() == expected
            process.stdin.write(b"\n")
            process.stdin.flush()
        assert process.wait(50) == 0
        process.communicate()


@pytest.mark.parametrize("yard", ["root"], indirect=True)  # others have no group of processes
def test_memory_meets_its_limit(yard: Yard) -> None:
    limits = Limits(processes=64, memory=64 << 20)
    probe = make_group("git-phc-probe", limits)
    if probe is None:
        unavailable("no cgroup can be made here")
    else:
        probe.close()
    with yard.cell(limits=limits) as cell:
        process = yard.start(cell, ["bash", "-c", "head -c 400M /dev/zero | tail -n1 | wc -c"])
        out = process.communicate(timeout=50)[0]
        told = cell.troubles()
    assert out.strip() == b"0"
    assert len(told) == 1
    assert told[0].startswith("the sandbox ended ")
    assert told[0].endswith(" of its processes: all took 67108864 bytes")


def test_a_limit_that_cannot_be_held_is_refused(
    yard: Yard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("git_phc.sandboxes.cgroups.ROOT", tmp_path)  # a machine without any
    with pytest.raises(Refused, match=r"memory and processors.* cannot be limited here: no cgroup"):
        Bubblewrap().open(yard.bounds(limits=Limits(memory=1 << 30, cpus=1)))


def test_a_secret_stands_in_no_argument(yard: Yard) -> None:
    secret = "swordfish-4711"
    with yard.cell() as cell:
        process = yard.start(cell, ["bash", "-c", 'echo "$S"; sleep 30'], S=secret)
        assert process.stdout
        assert process.stdout.readline() == secret.encode() + b"\n"
        words = [
            word for one in psutil.process_iter(["cmdline"]) for word in one.info["cmdline"] or ()
        ]
        process.kill()
        process.communicate()
    assert any("bwrap" in word for word in words)
    assert [word for word in words if secret in word] == []


def test_a_variable_changes_nothing_outside(yard: Yard) -> None:
    evil = yard.work / "bwrap"
    evil.write_text(f"#!/bin/sh\ntouch {yard.root}/other/evil\n")
    evil.chmod(0o755)
    with yard.cell() as cell:
        path = f"{yard.work}:/usr/bin:/bin"
        process = yard.start(cell, ["bash", "-c", "echo $LD_PRELOAD"], LD_PRELOAD="x.so", PATH=path)
        out, err = process.communicate(timeout=50)
    assert out == b"x.so\n"
    assert err.count(b"x.so") <= 2  # of bash itself; not of bwrap and what stands before it
    assert not (yard.root / "other" / "evil").exists()


def test_all_of_it_ends_with_whoever_started_it(yard: Yard) -> None:
    with yard.cell() as cell:
        process = yard.start(cell, ["bash", "-c", "setsid sleep 4711 & echo up; wait"])
        assert process.stdout
        assert process.stdout.readline() == b"up\n"
        process.kill()
        process.communicate()
        deadline = time.monotonic() + 20
        while any("4711" in (p.info["cmdline"] or ()) for p in psutil.process_iter(["cmdline"])):
            assert time.monotonic() < deadline
            time.sleep(0.02)


def test_what_is_to_be_read_is_safe_in_a_folder_that_may_be_written(yard: Yard) -> None:
    inner = yard.work / ".git"
    inner.mkdir()
    (inner / "config").write_text("real\n")
    shown = yard.root / "shown"
    shown.write_text("shown\n")
    (inner / "phc").mkdir()
    (inner / "phc" / "journal").write_text("x")
    done = yard.run(
        "cat .git/config; ls .git/phc; echo x > .git/config; echo x > .git/hook; rm -rf .git; "
        "mv .git other; ln -s / .git",
        readable=[inner], instead={inner / "config": shown}, hidden=[inner / "phc"],
    )  # fmt: skip
    assert done.out == "shown\n"
    assert (inner / "config").read_text() == "real\n"
    assert sorted(path.name for path in inner.iterdir()) == ["config", "phc"]
    assert (inner / "phc" / "journal").exists()


def test_it_says_what_is_missing(tmp_path: Path) -> None:
    state = Bubblewrap().check(str(tmp_path))
    assert (state.missing, state.hint) == (
        "bwrap is not on PATH",
        "Install the package bubblewrap",
    )
    for words, missing in (
        ("echo bubblewrap 0.4.1", "bubblewrap 0.4.1 is too old"),
        (
            '[ "$1" = --version ] && echo bubblewrap 0.9.0 || { echo no namespaces; exit 1; }',
            "bwrap can make no sandbox here: no namespaces",
        ),
    ):
        program = tmp_path / bubblewrap.PROGRAM
        program.write_text(f"#!/bin/sh\n{words}\n")
        program.chmod(0o755)
        assert Bubblewrap().check(str(tmp_path)).missing == missing
