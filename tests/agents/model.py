"""A model on loopback that does what the prompt says (`script.py`), in four dialects.

    with Model() as model:
        ...  # model.url is where agents are pointed at, model.requests what they asked

By hand: `python -m tests.agents.model --seconds 600` prints its address, and ends by itself.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

from tests.agents.dialects import Anthropic, Chat, Dialect, Gemini, Responses
from tests.agents.script import Asked, Json, Reply, reply_to

DIALECTS: dict[str, Dialect] = {
    "/messages": Anthropic(),
    "/responses": Responses(),
    "/chat/completions": Chat(),
    "enerateContent": Gemini(),
}
COUNTS = {"input_tokens": 100, "totalTokens": 100}
LARGEST = 256 * 1024 * 1024  # bytes of a request that is read


@dataclass(frozen=True, slots=True)
class Request:
    """A request that was answered."""

    path: str
    body: Json
    asked: Asked
    reply: Reply


class Model(ThreadingHTTPServer):
    """The server; it lives as long as its `with` block, in threads of this process."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.requests: list[Request] = []
        self.closing = threading.Event()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> Model:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.closing.set()
        self.shutdown()
        self.server_close()
        self._thread.join()

    @property
    def prompts(self) -> list[str]:
        """What the user said last in each request that came with tools."""
        return [
            [message.text for message in request.asked.messages if message.role == "user"][-1]
            for request in list(self.requests)
            if request.asked.tools
        ]

    def handle_error(self, request: object, client_address: object) -> None:
        """An agent that was killed in the middle of a request is what some tests are about."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60
    server: Model

    def log_message(self, *words: object) -> None:
        """A server of tests is silent."""

    def do_HEAD(self) -> None:
        self._send(200, b"")

    def do_GET(self) -> None:
        if self.headers.get("Upgrade"):  # codex tries a WebSocket first
            return self._json(426, {"error": {"message": "there are no sockets here"}})
        if self.path.split("?")[0].endswith("/models"):
            model = {"id": "scripted", "object": "model", "created": 0, "owned_by": "tests"}
            return self._json(200, {"object": "list", "data": [model], "models": []})
        return self._json(404, {"error": {"message": "not here"}})

    def do_POST(self) -> None:
        path, body = self.path.split("?")[0], self._body()
        if path.endswith(("/count_tokens", ":countTokens")):
            return self._json(200, COUNTS)
        dialect = next((DIALECTS[end] for end in DIALECTS if path.endswith(end)), None)
        if dialect is None or body is None:
            return self._json(404, {"error": {"message": "not here"}})
        asked = dialect.asked(body)
        reply = reply_to(asked)
        self.server.requests.append(Request(path, body, asked, reply))
        self.server.closing.wait(reply.sleep)
        if reply.error:
            error = {"type": "api_error", "message": "the script says so"}
            return self._json(reply.error, {"type": "error", "error": error})
        model = str(body.get("model", "scripted"))
        if body.get("stream") or path.endswith(":streamGenerateContent"):
            return self._stream(dialect.stream(reply, model))
        return self._json(200, dialect.whole(reply, model))

    def _body(self) -> Json | None:
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            raw = b"".join(iter(self._chunk, b""))
        else:
            raw = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), LARGEST))
        if self.headers.get("Content-Encoding") == "gzip":
            raw = gzip.decompress(raw)
        try:
            body = json.loads(raw)
        except ValueError:
            return None
        return body if isinstance(body, dict) else None

    def _chunk(self) -> bytes:
        size = int(self.rfile.readline().split(b";")[0], 16)
        data = self.rfile.read(size)
        self.rfile.readline()
        return data

    def _json(self, status: int, value: Json) -> None:
        self._send(status, json.dumps(value).encode())

    def _send(self, status: int, data: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _stream(self, events: Iterable[str]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for event in events:
            data = event.encode()
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.write(b"0\r\n\r\n")


def main() -> None:
    """Serves for a while, to try agents by hand."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0)
    with Model() as model:
        print(model.url, flush=True)  # noqa: T201
        time.sleep(parser.parse_args().seconds)


if __name__ == "__main__":
    main()
