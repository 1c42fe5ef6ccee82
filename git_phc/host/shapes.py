"""The shapes that only secrets have, and the blocks that private keys are written in.

Transcripts may be hundreds of megabytes. So each shape begins with one of a few words, which are
looked for as plain text; its expression is tried, and compiled, only where one of them stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

MASK = "[redacted]"

# (what it begins with, in lower case; the expression). A group, where there is one, is kept.
SHAPES: tuple[tuple[tuple[str, ...], str], ...] = (
    (("sk-", "pk-", "rk-"), r"\b(?:sk|pk|rk)-[A-Za-z0-9_-]{20,}"),  # model providers' keys
    (("sk_", "rk_", "whsec_"), r"\b(?:sk|rk|whsec)_(?:live_|test_)?[A-Za-z0-9]{16,}"),  # payments
    (("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), r"\bgh[pousr]_[A-Za-z0-9]{20,}"),  # forges
    (("github_pat_",), r"\bgithub_pat_[A-Za-z0-9_]{20,}"),
    (("gl",), r"\bgl(?:pat|ptt|dt|rt|soat|cbt|ft|imt|agent|oas)-[A-Za-z0-9_-]{16,}"),
    (("xox",), r"\bxox[abeprs]-[A-Za-z0-9-]{10,}"),  # chat
    (("akia", "asia"), r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),  # cloud access keys
    (("aiza",), r"\bAIza[0-9A-Za-z_-]{30,}"),
    (("ya29.",), r"\bya29\.[0-9A-Za-z_-]{20,}"),
    (("npm_",), r"\bnpm_[A-Za-z0-9]{30,}"),
    (("pypi-",), r"\bpypi-[A-Za-z0-9_-]{40,}"),
    (("hf_",), r"\bhf_[A-Za-z0-9]{30,}"),
    (("phc_", "phx_"), r"\bph[cx]_[A-Za-z0-9]{30,}"),  # product analytics
    # a signed web token
    (("eyj",), r"\beyJ[A-Za-z0-9_-]{8,1000}\.eyJ[A-Za-z0-9_-]{8,9999}\.[A-Za-z0-9_-]{8,}"),
    (("://",), r"(://)[^/\s:@]{0,100}:[^/\s@]{3,}(?=@)"),  # user:password in a URL
    (("authorization",), r"(?i)(authorization\s*:\s*(?:bearer|basic|token)\s+)[\w.~+/=-]{8,}"),
    # NAME=value, where the name's end says so and the value looks made by a machine
    (
        ("token", "secret", "passw", "api", "access", "private"),
        (
            r"(?i)((?:token|secret|password|passwd|(?:api|access|private)_?key)"
            r"[\"']?\s*[:=]\s*[\"']?)(?=[^\s\"']{0,64}?\d)(?=[^\s\"']{0,64}?[a-z])"
            r"[a-z0-9+/_-]{16,}={0,2}"
        ),
    ),
)
_WORDS = tuple(word for words, _ in SHAPES for word in words)


def mask_shapes(text: str) -> str:
    """`text` with a mask in the place of all that has the shape of a secret."""
    low = text.lower()
    if not any(map(low.__contains__, _WORDS)):  # as nearly always
        return text
    for words, shape in SHAPES:
        if found := _found(text, low, words, shape):
            text = _masked(text, found)
            low = text.lower()
    return text


def _found(
    text: str, low: str, words: tuple[str, ...], shape: str, start: int = 0
) -> list[re.Match[str]]:
    """The secrets of one shape, from `start` on; `low` is the text in lower case."""
    if not any(map(low.__contains__, words)):
        return []
    pattern = re.compile(shape)  # which `re` remembers
    if len(low) != len(text):  # a letter of some alphabets is two in lower case
        return list(pattern.finditer(text, start))
    found: list[re.Match[str]] = []
    for at in sorted(at for word in words for at in _places(low, word, start)):
        if found and at < found[-1].end():
            continue
        if match := pattern.match(text, at):
            found.append(match)
    return found


def _places(low: str, word: str, at: int) -> Iterator[int]:
    while (at := low.find(word, at)) >= 0:
        yield at
        at += 1


def _masked(text: str, found: list[re.Match[str]]) -> str:
    pieces, done = [], 0
    for match in found:
        pieces += [text[done : match.start()], match.group(1) if match.re.groups else "", MASK]
        done = match.end()
    return "".join([*pieces, text[done:]])


def spans(text: str, start: int) -> Iterator[tuple[int, int]]:
    """Where the secrets are that begin at `start` or later."""
    low = text.lower()
    for words, shape in SHAPES:
        yield from (found.span() for found in _found(text, low, words, shape, start))


BEGIN = "-----BEGIN "
_BEGIN = r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
_END = r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
_MIGHT = rf"{BEGIN}[A-Z0-9 -]*"
# What a line inside a key may look like, behind the marks that a log or a diff puts before it:
# base64, a header ("Proc-Type: 4,ENCRYPTED"), or nothing.
_KEY_LINE = (
    r"[^\w/+=]{0,8}(?:\d{1,6}[^\w/+=]{1,3})?"
    r"(?:[A-Za-z0-9+/=\\]*[\"',\\]{0,4}|[A-Z][\w-]{2,20}: .{0,200})"
    r"|.{0,200}[A-Za-z0-9+/]{40}.*"
)
LONGEST_KEY = 32 * 1024  # characters; more is no key, and is not taken away
PARTIAL = 100  # characters at a piece's end that may be half of a mark


class BlockGate:
    """Lets a text pass, piece by piece, but for the blocks that hold private keys.

    A block ends at its END mark, or where a line comes that no key has: who writes about keys
    must not lose the rest of the text.
    """

    def __init__(self) -> None:
        self._rest = ""  # of the last piece: half a mark, or half a line in a block
        self._open = False
        self._taken = 0

    def pass_on(self, piece: str) -> str:
        """What of the text can be passed on by now."""
        text, out = self._rest + piece, ""
        while text:
            before = self._open
            passed, text = self._inside(text) if before else self._outside(text)
            out += passed
            if self._open == before:  # it needs more of the text to go on
                break
        self._rest = text
        return out

    def close(self) -> str:
        """The rest: the text is over."""
        text, self._rest = self._rest, ""
        return "" if self._open and self._is_of_key(text) else text

    def _outside(self, text: str) -> tuple[str, str]:
        """Up to the next block: what passes, and what is left."""
        found = re.search(_BEGIN, text) if BEGIN in text else None
        if found is None:
            cut = _half_mark(text)
            return text[:cut], text[cut:]
        self._open, self._taken = True, 0
        return text[: found.start()] + MASK, text[found.end() :]

    def _inside(self, text: str) -> tuple[str, str]:
        """Up to the block's end: what passes (nothing), and what is left."""
        at = 0
        for line in _lines(text):
            if "-----END " in line and (end := re.search(_END, line)):
                self._open = False
                return "", text[at + end.end() :]
            whole = line.endswith(("\n", "\r"))
            if not whole and self._taken + len(line) < LONGEST_KEY:
                return "", text[at:]  # the line may go on
            self._taken += len(line)
            if not self._is_of_key(line.rstrip("\r\n")):
                self._open = False
                return "", text[at:]
            at += len(line)
        return "", ""

    def _is_of_key(self, line: str) -> bool:
        return self._taken <= LONGEST_KEY and re.fullmatch(_KEY_LINE, line) is not None


def _lines(text: str) -> Iterator[str]:
    """The lines, each with its end: a newline or a carriage return, and nothing else that Python
    takes for one.
    """
    begun = []
    for piece in text.splitlines(keepends=True):
        begun.append(piece)
        if piece.endswith(("\n", "\r")):
            yield "".join(begun)
            begun.clear()
    if begun:
        yield "".join(begun)


def _half_mark(text: str) -> int:
    """Where half a BEGIN mark may stand at the end; the text's length where there is none."""
    at = text.rfind("-----", max(0, len(text) - PARTIAL))
    if at >= 0 and (BEGIN.startswith(text[at:]) or re.fullmatch(_MIGHT, text[at:])):
        return at
    return len(text) - min(len(text) - len(text.rstrip("-")), 5)
