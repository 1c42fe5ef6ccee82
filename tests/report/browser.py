"""A real browser without a window, and a server on loopback that nobody may call."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.kit import Outcome, run_program

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--enable-logging=stderr", "--virtual-time-budget=3000",
)  # fmt: skip


def opened(page: Path, folder: Path, *words: str) -> Outcome:
    """Opens a page with an empty profile: `out` is the document as it is after its scripts and
    loads have had their time, `err` has what the browser's console said.
    """
    profile = f"--user-data-dir={folder / 'profile'}"
    argv = ["chromium", *FLAGS, profile, *(words or ("--dump-dom",)), page.as_uri()]
    return run_program(argv, cwd=folder, timeout=100)


@contextmanager
def canary() -> Iterator[tuple[int, list[str]]]:
    """A server on loopback: its port, and the paths that were asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port, asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
