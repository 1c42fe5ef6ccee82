"""A webhook's other end, on loopback."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PATIENCE = 50.0  # seconds after which a request is answered come what may


@dataclass
class Hook:
    """What has been told; nothing is answered while `held`."""

    address: str = ""
    told: list[dict[str, Any]] = field(default_factory=list)
    code: int = 200
    go: threading.Event = field(default_factory=threading.Event)


@contextmanager
def webhook() -> Iterator[Hook]:
    hook = Hook()
    hook.go.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            hook.told.append({"path": self.path, **json.loads(body)})
            hook.go.wait(PATIENCE)
            self.send_response(hook.code)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hook.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hook
    finally:
        hook.go.set()
        server.shutdown()
        server.server_close()
        thread.join()
