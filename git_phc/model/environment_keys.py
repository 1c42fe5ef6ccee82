"""The keys that an environment's file may have, and what may stand in each."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from git_phc.model.domains import Domain
from git_phc.model.reserved import is_reserved

Check = Callable[[Any], str | None]
"""Looks at a value; answers with what is wrong, in words, or None."""

NO_NAME = "none"  # the word for no environment at all
LONGEST_NAME = 100  # characters
LONGEST_TIME = 7 * 86400  # seconds
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_TIME = re.compile(r"(\d{1,7})([smhd]?)")
_SIZE = re.compile(r"[1-9]\d*[kmgt]?", re.IGNORECASE)


def seconds(value: Any) -> int | None:
    """A time such as 90, "90s", "15m" or "2h" in seconds; None for what is none."""
    found = _TIME.fullmatch(value) if isinstance(value, str) else None
    if found:
        value = int(found[1]) * {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}[found[2]]
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= LONGEST_TIME:
        return None
    return value


def unknown(key: str, known: Iterable[str], *, passes_others: bool) -> str | None:
    """What is wrong with a key that is not known, by those that are."""
    from difflib import get_close_matches

    near = get_close_matches(key, list(known), 1, cutoff=0.75)
    if near:
        return f"there is no such key; did you mean {near[0]}?"
    return None if passes_others else "there is no such key"


def _text(value: Any) -> str | None:
    if not isinstance(value, str):
        return "must be a text, in quotes"
    return "must not hold a NUL" if "\0" in value else None


def _name(value: Any) -> str | None:
    wrong = _text(value)
    if wrong or not value.strip():
        return wrong or "must not be empty"
    if len(value) > LONGEST_NAME or not value.isprintable():
        return f"must be one line of at most {LONGEST_NAME} characters"
    return None


def _environment_name(value: Any) -> str | None:
    if isinstance(value, str) and value.strip().lower() == NO_NAME:
        return f"{NO_NAME} is the word for no environment; choose another"
    return _name(value)


def _sandbox(value: Any) -> str | None:
    if value == NO_NAME:
        return "cannot be none: that is for the owner of the machine to say"
    return _name(value)


def _command(value: Any) -> str | None:
    wrong = _text(value)
    return wrong or (None if value.strip() else "must not be empty")


def _id(value: Any) -> str | None:
    good = isinstance(value, str) and _UUID.fullmatch(value)
    return None if good else "must be a UUID, in quotes"


def _version(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return "must be the number 1"
    return None if value == 1 else f"version {value} of the format is not known; this is 1"


def _time(value: Any) -> str | None:
    return None if seconds(value) else 'must be a time, such as "90s", "15m", "2h"'


def _table(value: Any) -> str | None:
    return None if isinstance(value, Mapping) else "must be a table, in [ ]"


def _list(value: Any) -> str | None:
    return None if isinstance(value, list) else "must be a list of tables, in [[ ]]"


def variable(name: str) -> Check:
    """What may stand in a variable of this name."""
    if not _VARIABLE.fullmatch(name):
        return lambda _: "cannot be a variable's name"
    if name.startswith(("PHC_", "POSTHOG_CODE")):
        return lambda _: "is set by git phc itself"
    return _text


def _one_of(*words: str) -> Check:
    said = ", ".join(words)
    return lambda value: None if value in words else f"must be one of: {said}"


def _flag(value: Any) -> str | None:
    return None if isinstance(value, bool) else "must be true or false"


def _words(is_good: Callable[[str], object], what: str) -> Check:
    def check(value: Any) -> str | None:
        good = isinstance(value, list) and all(
            isinstance(word, str) and is_good(word) for word in value
        )
        return None if good else f"must be a list of {what}, in quotes"

    return check


def _is_domain(word: str) -> bool:
    try:
        return bool(Domain.parse(word))
    except ValueError:
        return False


def _secrets(value: Any) -> str | None:
    wrong = _words(_VARIABLE.fullmatch, "variables' names")(value)
    bad = None if wrong else next(filter(is_reserved, value), None)
    return f"{bad} is no name for a secret: it would change what programs do" if bad else wrong


def _cpus(value: Any) -> str | None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return None if number and 0 < value <= 4096 else "must be a number above 0"


def _size(value: Any) -> str | None:
    good = isinstance(value, str) and _SIZE.fullmatch(value)
    return None if good else 'must be a size, such as "512m", "4g"'


SECTIONS: Mapping[str, Mapping[str, Check]] = {
    "": {
        "id": _id,
        "version": _version,
        "name": _environment_name,
        "setup": _table,
        "teardown": _table,
        "actions": _list,
        "vars": _table,
        "cloud": _table,
    },
    "setup": {"script": _text, "timeout": _time},
    "teardown": {"script": _text, "timeout": _time},
    "actions": {"name": _name, "icon": _text, "command": _command},
    "cloud": {
        "network": _one_of("trusted", "full", "custom"),
        "allowed_domains": _words(_is_domain, "domains"),
        "include_default_domains": _flag,
        "secrets": _secrets,
        "image": _command,
        "sandbox": _sandbox,
        "cpus": _cpus,
        "memory": _size,
        "disk": _size,
        "time": _time,
    },
}
