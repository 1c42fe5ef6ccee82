"""Git servers on loopback, of every kind that people use, and a proxy that breaks off.

Each is a context manager that answers with a URL of the hub, and stops by itself.
"""

from __future__ import annotations

import os
import selectors
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.kit import require

Server = Callable[[Path, Path], AbstractContextManager["Served"]]
HOST = "127.0.0.1"


class Served:
    """A URL of the hub, and what the client's environment must have."""

    def __init__(self, url: str, env: Mapping[str, str] | None = None, port: int = 0) -> None:
        self.url, self.env, self.port = url, dict(env or {}), port

    def by(self, port: int) -> str:
        """The URL, by way of another port."""
        return self.url.replace(f":{self.port}/", f":{port}/")


def free_port() -> int:
    with closing(socket.socket()) as some:
        some.bind((HOST, 0))
        return int(some.getsockname()[1])


# file


@contextmanager
def by_file(hub: Path, _room: Path) -> Iterator[Served]:
    yield Served(f"file://{hub}")


# smart HTTP


class _Backend(BaseHTTPRequestHandler):
    """A CGI around `git http-backend`."""

    protocol_version = "HTTP/1.1"
    root: Path

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self._body())

    def log_message(self, *_: object) -> None: ...

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _answer(self, body: bytes) -> None:
        path, _, query = self.path.partition("?")
        env = {
            **os.environ,
            "GIT_PROJECT_ROOT": str(self.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "REMOTE_ADDR": HOST,
            "REMOTE_USER": "tester",
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
        }
        done = subprocess.run(
            ["git", "http-backend"], input=body, capture_output=True, env=env, check=False
        )
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        lines = [line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line]
        headers = dict(lines)
        self.send_response(int(headers.pop("Status", "200").split()[0]))
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        with suppress(OSError):
            self.wfile.write(content)


@contextmanager
def by_http(hub: Path, _room: Path) -> Iterator[Served]:
    subprocess.run(["git", "-C", hub, "config", "http.receivepack", "true"], check=True)
    handler = type("Backend", (_Backend,), {"root": hub.parent})
    server = ThreadingHTTPServer((HOST, 0), handler)
    server.daemon_threads = True
    server.block_on_close = False
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        port = server.server_address[1]
        yield Served(f"http://{HOST}:{port}/{hub.name}", port=port)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


# git daemon, sshd


@contextmanager
def by_daemon(hub: Path, _room: Path) -> Iterator[Served]:
    port = free_port()
    words = ["git", "daemon", f"--listen={HOST}", f"--port={port}", "--reuseaddr", "--export-all"]
    words += ["--enable=receive-pack", f"--base-path={hub.parent}", "--init-timeout=20"]
    with _running(words, port):
        yield Served(f"git://{HOST}:{port}/{hub.name}", port=port)


@contextmanager
def by_ssh(hub: Path, room: Path) -> Iterator[Served]:
    require("sshd", "ssh", "ssh-keygen")
    port = free_port()
    for name in ("host", "user"):
        words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(room / name)]
        subprocess.run(words, check=True)
    shutil.copy(room / "user.pub", room / "authorized")
    (room / "sshd_config").write_text(
        f"ListenAddress {HOST}\nPort {port}\nHostKey {room}/host\nAuthorizedKeysFile "
        f"{room}/authorized\nPidFile none\nStrictModes no\nUsePAM no\nPermitRootLogin yes\n"
        "PasswordAuthentication no\n"
    )
    if os.getuid() == 0:  # where sshd wants an empty folder
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    with _running([str(shutil.which("sshd")), "-D", "-e", "-f", str(room / "sshd_config")], port):
        options = f"-i {room}/user -o IdentitiesOnly=yes -o StrictHostKeyChecking=no"
        command = f"ssh -F none {options} -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"
        env = {"GIT_SSH_COMMAND": f"{command} -o BatchMode=yes"}
        yield Served(f"ssh://{HOST}:{port}{hub}", env, port)


@contextmanager
def _running(words: list[str], port: int) -> Iterator[None]:
    process = subprocess.Popen(
        words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 60
        while not _listens(port):
            assert process.poll() is None, words
            assert time.monotonic() < deadline, words
            time.sleep(0.02)
        yield
    finally:
        process.kill()
        process.wait()


def _listens(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), timeout=1).close()
    except OSError:
        return False
    return True


KINDS: dict[str, Server] = {
    "file": by_file, "http": by_http, "daemon": by_daemon, "ssh": by_ssh,
}  # fmt: skip


# What breaks off


class Proxy:
    """Passes connections on to a port, until so many bytes have gone either way."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._socket = socket.create_server((HOST, 0))
        self.port = int(self._socket.getsockname()[1])
        self.limit: int | None = None
        self.passed = 0
        self._ends = False
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def __enter__(self) -> Proxy:
        return self

    def __exit__(self, *_: object) -> None:
        self._ends = True
        _poke(self.port)
        self._thread.join()
        self._socket.close()

    def cut_after(self, limit: int | None) -> None:
        self.limit, self.passed = limit, 0

    def _accept(self) -> None:
        while True:
            client, _ = self._socket.accept()
            if self._ends:
                client.close()
                return
            threading.Thread(target=self._pass_on, args=(client,), daemon=True).start()

    def _pass_on(self, client: socket.socket) -> None:
        with (
            client,
            suppress(OSError),
            socket.create_connection((HOST, self._to)) as server,
            selectors.DefaultSelector() as ready,
        ):
            ready.register(client, selectors.EVENT_READ, server)
            ready.register(server, selectors.EVENT_READ, client)
            while self._turn(ready):
                pass

    def _turn(self, ready: selectors.BaseSelector) -> bool:
        for key, _ in ready.select(1):
            data = key.fileobj.recv(512)  # type: ignore[union-attr]
            left = len(data) if self.limit is None else self.limit - self.passed
            key.data.sendall(data[: max(0, left)])
            self.passed += len(data)
            if not data or left < len(data):
                return False
        return not self._ends


def _poke(port: int) -> None:
    with suppress(OSError):
        socket.create_connection((HOST, port), timeout=1).close()
