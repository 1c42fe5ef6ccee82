"""Takes secrets out of text before it is hashed: what git has stored once, it keeps.

Two kinds of rule: shapes that only secrets have (`shapes.py`), and the values of variables of
this process whose names say that they are secret. Commit ids and UUIDs are no secrets, and stay.

A text that comes in pieces goes through a `Stream`, which holds back what may be the beginning
of a secret until the rest of it has come.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

from git_phc.host.shapes import MASK, BlockGate, mask_shapes, spans

Redact = Callable[[str], str]
SHORTEST = 8  # characters; a shorter value would blot out ordinary words
LONGEST_HELD = 64 * 1024  # characters that a stream may hold back; no secret is longer
SHORT = 200  # characters of a text whose redacted form is remembered
KNOWN = 4096  # such texts
LINE_HELD = 4 * 1024  # of a line that does not end

_SECRET_NAME = re.compile(
    r"(?i)(?:^|_)(?:token|secret|pass(?:word|wd|phrase)|api_?key|access_?key|private_?key"
    r"|secret_?key|credentials?|auth)(?:$|_)|password$|passwd$|_pwd$|_pass$"
)
# A variable that is called so may be a secret: when its value looks made by a machine, too.
_MAYBE_NAME = re.compile(r"(?i)(?:^|_)(?:key|pat|webhook|salt)$")
_MACHINE_MADE = re.compile(r"(?=.*\d)(?=.*[A-Za-z])[A-Za-z0-9+/=_.~-]{16,}")
_NAMES_ONLY = re.compile(r"(?i)(?:_(?:file|path|dir|url|host|user|name|sock)$|^ssh_auth_sock$)")


def secret_values(environ: Mapping[str, str]) -> list[str]:
    """The values of variables whose names say that they are secret, longest first.

    Of a value of many lines each line is one: they may come one by one.
    """
    values = {
        line.strip()
        for name, value in environ.items()
        if _is_secret(name, value)
        for line in value.splitlines()
        if len(line.strip()) >= SHORTEST and not line.startswith("-----")
    }
    return sorted(values, key=len, reverse=True)


def _is_secret(name: str, value: str) -> bool:
    if _NAMES_ONLY.search(name):
        return False
    maybe = _MAYBE_NAME.search(name) and _MACHINE_MADE.fullmatch(value)
    return bool(_SECRET_NAME.search(name) or maybe)


class Redactor:
    """The function that takes out what is secret here."""

    def __init__(self, values: list[str], rules: tuple[Redact, ...] = ()) -> None:
        self._values, self._rules = values, rules
        # Most of what agents say is the same few short words again: keys, ids, kinds.
        self._known = lru_cache(KNOWN)(self._whole)

    def learn(self, values: Iterable[str]) -> None:
        """Takes these out, too, from now on, in every form that they may come in; those of streams
        that are open, as well.
        """
        from git_phc.host.disguises import forms

        found = {form for value in values for form in forms(value) if len(form) >= SHORTEST}
        found = {spelling for form in found for spelling in spellings(form)}
        self._values[:] = sorted(found.union(self._values), key=len, reverse=True)
        self._known.cache_clear()

    def __call__(self, text: str) -> str:
        if len(text) <= SHORT and not self._rules:  # a rule of others may change its mind
            return self._known(text)
        return self._whole(text)

    def _whole(self, text: str) -> str:
        gate = BlockGate()
        return self.lines(gate.pass_on(text) + gate.close())

    def lines(self, text: str) -> str:
        """`text`, in which no block (of a private key) is, without its secrets."""
        for value in self._values:
            if value in text:
                text = text.replace(value, MASK)
        text = mask_shapes(text)
        for rule in self._rules:
            text = rule(text)
        return text

    def stream(self) -> Stream:
        """For one text that comes in pieces."""
        return Stream(self, self._values)


class Stream:
    """One text that comes in pieces, redacted as if it had come whole."""

    def __init__(self, redact: Redactor, values: list[str]) -> None:
        self._redact, self._values = redact, values
        self._gate = BlockGate()
        self._held = ""

    def feed(self, piece: str) -> str:
        """What can be passed on by now."""
        text = self._held + self._gate.pass_on(piece)
        cut = self._cut(text)
        self._held = text[cut:]
        return self._redact.lines(text[:cut]) if cut else ""

    def close(self) -> str:
        """The rest: the text is over."""
        text, self._held = self._held + self._gate.close(), ""
        return self._redact.lines(text)

    def _cut(self, text: str) -> int:
        """Up to where no more is to come that would make a secret of what is there."""
        line = text.rfind("\n") + 1
        cut = line + _safe_part(text[line:], self._values)
        if len(text) - cut > LINE_HELD:
            cut = len(text) - LINE_HELD
            around = spans(text, max(0, cut - LONGEST_HELD))
            cut = min((start for start, end in around if start < cut < end), default=cut)
        cut = min((cut, *(_around(text, cut, value) for value in self._values)))
        return cut if len(text) - cut <= LONGEST_HELD else len(text)


def _around(text: str, cut: int, value: str) -> int:
    """Where a secret value stands that `cut` would cut in two; else `cut`."""
    at = text.find(value, max(0, cut - len(value) + 1), cut + len(value) - 1)
    return cut if at < 0 else min(at, cut)


# Words that belong to the one after them.
_BEFORE = re.compile(r"(?i)(?:authorization\s*:\s*(?:\w+\s+)?|[\w-]{1,60}[\"']?\s*[:=]\s*)$")
_GOES_ON = re.compile(r"(?i)(?:authorization|bearer|basic|.*[:=][\"']?)")


def _safe_part(line: str, values: list[str]) -> int:
    """How much of an unfinished line can be passed on: not its last word, which may go on, nor
    the word before that where the two belong together.
    """
    if not line:
        return 0
    low = max(0, len(line) - LINE_HELD)
    over = line[-1].isspace()
    words = line[low:].rsplit(None, 1)
    word = words[-1] if words else ""
    start = line.rindex(word, low) if word else low
    found = _BEFORE.search(line, max(low, start - 120), start)
    if found:
        start = found.start()
    elif over and not _GOES_ON.fullmatch(word):
        start = len(line)
    return min((start, *(len(line) - _begun(line, value) for value in values)))


def _begun(line: str, value: str) -> int:
    """How many characters at the line's end are the beginning of a secret value."""
    sizes = range(min(len(value) - 1, len(line)), 0, -1)
    return next((size for size in sizes if line.endswith(value[:size])), 0)


def spellings(value: str) -> set[str]:
    """The value, and how JSON writes it within its quotes: with all letters, or with those of
    ASCII only. Tools say JSON, and agents keep JSON within JSON.
    """
    return {value, *(json.dumps(value, ensure_ascii=plain)[1:-1] for plain in (True, False))}


def redactor(environ: Mapping[str, str], more: Iterable[Redact] = ()) -> Redactor:
    """The function that takes out what is secret here; `more` are further rules, in order."""
    values = {spelling for value in secret_values(environ) for spelling in spellings(value)}
    return Redactor(sorted(values, key=len, reverse=True), tuple(more))
