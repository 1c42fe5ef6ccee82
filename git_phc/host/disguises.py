"""A secret in the forms in which it may come by: as it is, in base64, as a part of a URL."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

WRAPPED = (64, 76)  # characters of a line of base64: as PEM has it, and MIME
OTHERS = str.maketrans("+/", "-_")  # the letters of base64 that URLs have instead


def forms(value: str) -> set[str]:
    """Every text by which the value could be read, each line of its own."""
    lines = (line.strip() for line in value.splitlines())
    return {form for line in {value.strip(), *lines} if line for form in _forms(line)}


def _forms(value: str) -> Iterator[str]:
    yield value
    yield from _base64(value.encode())
    for encoded in (quote(value, safe=""), quote_plus(value)):
        yield encoded
        yield _small(encoded)


def _base64(value: bytes) -> Iterator[str]:
    """Alone, and from each of the three places that it can have in a longer text, where what
    stands around it changes its first and its last letter.
    """
    alone = b64encode(value).decode()
    wrapped = [alone[at : at + width] for width in WRAPPED for at in range(0, len(alone), width)]
    inside = [
        b64encode(bytes(before) + value).decode()[
            -(-8 * before // 6) : 8 * (before + len(value)) // 6
        ]
        for before in range(3)
    ]
    for text in (alone, *wrapped, *inside):
        yield text
        yield text.translate(OTHERS)


def _small(encoded: str) -> str:
    """With the numbers of the letters that were replaced in small letters, as some write them."""
    first, *rest = encoded.split("%")
    return "%".join([first, *(part[:2].lower() + part[2:] for part in rest)])
