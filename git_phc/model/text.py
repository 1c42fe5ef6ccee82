"""Texts of any length, and what is made of them: titles and slugs.

A short text stands in the event that says it. A long one (over 16 KiB) is a file of its own
in the task's tree, named by its SHA-256, and the event holds that name and the beginning.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

from msgspec import Struct

from git_phc.model.codec import Json, NotCanonical

INLINE = 16 * 1024  # bytes that may stand in an event
HEAD = 4 * 1024  # bytes of a long text that its event repeats
LONGEST = 64 * 1024 * 1024
TITLE = 120  # characters of a title
SLUG = 40


class Text(Struct, frozen=True):
    """A text as an event holds it.

    Attributes:
        head: the whole text, or the beginning of a long one.
        size: bytes of the whole text in UTF-8.
        sha256: the name of the file that holds the whole of a long text, else "".
    """

    head: str
    size: int
    sha256: str = ""

    @property
    def json(self) -> Json:
        if not self.sha256:
            return self.head
        return {"bytes": self.size, "head": self.head, "sha256": self.sha256}

    @classmethod
    def parse(cls, value: Json) -> Text:
        """Raises NotCanonical when `value` is not what `json` writes."""
        if isinstance(value, str):
            return cls(value, len(value.encode()))
        if isinstance(value, dict):
            head, size, name = value.get("head"), value.get("bytes"), value.get("sha256")
            if isinstance(head, str) and _is_size(size) and _is_name(name):
                return cls(head, int(str(size)), str(name))
        raise NotCanonical("a text has an unknown shape")


def _is_size(value: Json) -> bool:
    return type(value) is int and INLINE < value <= LONGEST


def _is_name(value: Json) -> bool:
    # it becomes a path in the task's tree
    return isinstance(value, str) and re.fullmatch(r"[0-9a-f]{64}", value) is not None


def text_from_string(whole: str) -> tuple[Text, dict[str, bytes]]:
    """The text as an event holds it, and the files (by name) that must go along.

    What is no Unicode (half characters from a file name or an argument) is replaced.
    """
    data = whole.encode(errors="replace")
    if len(data) <= INLINE:
        return Text(data.decode(), len(data)), {}
    name = hashlib.sha256(data).hexdigest()
    head = data[:HEAD].decode(errors="ignore")
    return Text(head, len(data), name), {name: data}


def encodable(text: str) -> str:
    """The text with a mark for each half of a character: there is no UTF-8 of one."""
    return text.encode(errors="replace").decode()


def title_from_prompt(prompt: str) -> str:
    """A title for a task, from its prompt: the first line that says something, cut at a word."""
    for line in prompt[: 16 * TITLE].splitlines():
        words = clean(line).strip(" #*>-\t`")
        if words:
            return shorten(words, 72)
    return "Untitled"


def clean(text: str) -> str:
    """One line of `text`: white space folded, what does not print left out."""
    return " ".join("".join(filter(_prints, text)).split())


def _prints(c: str) -> bool:
    return c.isspace() or (c not in _TURNS and unicodedata.category(c) not in _UNPRINTED)


# Control characters, half characters, and those that only a private font can show. Not the
# unassigned ones (Cn): what those are depends on Python's version, and a title that one
# clone accepts must not be damage to another. A joiner (Cf) inside an emoji stays.
_UNPRINTED = frozenset({"Cc", "Cs", "Co"})
# The marks that turn the reading order around could make a title show other than it is.
_TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def shorten(text: str, limit: int) -> str:
    """`text` in at most `limit` characters, cut between words where that is possible."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    space = cut.rfind(" ")
    return (cut[:space] if space > limit // 2 else cut).rstrip(" ,.;:") + "…"


def slug_from_title(title: str) -> str:
    """The title as it may stand in a branch and a path: `[a-z0-9-]`, 40 characters at most."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    return slug[:SLUG].rstrip("-")
