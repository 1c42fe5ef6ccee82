"""A run's journal: one record a line, redacted before it is written anywhere.

Text comes in pieces, and a secret may be cut in two by them. So what an agent says in one stream
is redacted as one text: what may be the beginning of a secret waits for the next piece, or
for a record of another kind.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from git_phc.host.clock import Clock
from git_phc.host.redact import Redact, Redactor, Stream
from git_phc.plugins.records import Record

STREAMED = ("text", "thought")  # the kinds whose texts come in pieces
_encoded = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Journal:
    """An append-only file. A record is in the system's hands when `append` returns, but for
    the part of an unfinished line that is held back.
    """

    def __init__(self, path: Path, clock: Clock, redact: Redactor) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._clock, self._redact = clock, redact
        self._streams: dict[tuple[str, str], Stream] = {}  # by kind and name
        self.size = path.stat().st_size

    def append(self, record: Record) -> None:
        """Writes one record, with its time."""
        kind = str(record.get("kind"))
        if kind in STREAMED and isinstance(record.get("text"), str):
            self.end_streams(but=kind)
            self._say(record, (kind, str(record.get("stream", ""))))
        else:
            self.end_streams()
            self._write(cleaned(dict(record), self._redact))

    def close(self) -> None:
        self.end_streams()
        os.close(self._file)

    def _say(self, record: Record, name: tuple[str, str]) -> None:
        rest = {key: value for key, value in record.items() if key != "text"}
        stream = self._streams.setdefault(name, self._redact.stream())
        if text := stream.feed(record["text"]):
            self._write({**cleaned(rest, self._redact), "text": text})

    def end_streams(self, but: str = "") -> None:
        """Writes what was held back: nothing more comes that belongs to it. But for one kind."""
        for kind, name in [each for each in self._streams if each[0] != but]:
            if text := self._streams.pop((kind, name)).close():
                head = {"kind": kind, "stream": self._redact(name)} if name else {"kind": kind}
                self._write({**head, "text": text})

    def _write(self, record: Record) -> None:
        whole = {"at": self._clock.now(), **record}
        data = f"{_encoded(whole)}\n".encode(errors="replace")
        while data:
            written = os.write(self._file, data)
            self.size += written
            data = data[written:]


def cleaned(value: Any, redact: Redact) -> Any:
    """`value` with every text in it redacted."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {redact(str(key)): cleaned(item, redact) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [cleaned(item, redact) for item in value]
    return value
