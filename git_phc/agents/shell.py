"""Whether a shell command only reads: what agents search with, and need not be asked about.

It says yes only to what it understands: words, quotes, pipes and lists of programs that cannot
write, or not with these options. All else (expansions, redirections, subshells, other programs)
is not known to be harmless, which is no more than that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

Words = Sequence[str]

_HARMLESS = frozenset(
    {
        *("ls", "cat", "head", "tail", "wc", "pwd", "cd", "echo", "true", "stat", "du", "df"),
        *("basename", "dirname", "realpath", "readlink", "grep", "egrep", "fgrep", "cut", "tr"),
        *("nl", "cmp", "diff", "which", "jq", "test"),
    }
)
_GIT = frozenset(
    {
        *("status", "log", "diff", "show", "blame", "grep", "ls-files", "ls-tree", "rev-parse"),
        *("rev-list", "merge-base", "describe", "shortlog"),
    }
)
# Redirections that lose or join output, and write nothing.
_LOST = re.compile(r"(?:>>?\s*/dev/null|>&[12])(?=[\s;|&]|$)")
_ODD = frozenset("$`<(){}&!\n\r\0")
_GLOBS = frozenset("*?[")


def reads_only(command: str) -> bool:
    """Whether the command is known to do nothing but read."""
    programs = _programs(command)
    return bool(programs) and all(map(_is_harmless, programs or ()))


def _is_harmless(words: Words) -> bool:
    judge = _JUDGES.get(words[0])
    return judge(words[1:]) if judge else words[0] in _HARMLESS


def _find(words: Words) -> bool:
    # A file may be called like an option: no patterns but those that are quoted (see `_programs`).
    writing = ("-exec", "-ok", "-delete", "-fprint", "-fls", _GLOB)
    return not any(word.startswith(writing) for word in words)


def _rg(words: Words) -> bool:
    return not any(word.startswith(("--pre", "--hostname-bin", _GLOB)) for word in words)


def _sort(words: Words) -> bool:
    harmless = re.compile(r"-[bdfghinruVz]+|-k[\d,.bdfginrV]+|[^-" + _GLOB + "].*")
    return all(map(harmless.fullmatch, words))


def _uniq(words: Words) -> bool:
    return all(re.fullmatch(r"-[cdiu]+", word) for word in words)  # a second file is written


def _sed(words: Words) -> bool:
    """Only to print lines: `sed -n 1,9p file`."""
    lines = r"(\d+|\$)(,(\d+|\$))?p"
    return (
        len(words) > 1
        and words[0] == "-n"
        and re.fullmatch(rf"{lines}(;\s*{lines})*", words[1]) is not None
        and not any(word.startswith(("-", _GLOB)) for word in words[2:])
    )


def _git(words: Words) -> bool:
    if words[:1] == ["--no-pager"]:
        words = words[1:]
    if words[:1] == ["branch"]:
        return set(words[1:]) <= {"-a", "-r", "-v", "-vv", "--list", "--show-current"}
    # An option may be cut short (--outp=FILE), and short ones may be joined (-nO).
    writes = re.compile(r"--o(?!neline$)|--ext|--te|-\w*O|" + _GLOB)
    return bool(words) and words[0] in _GIT and not any(map(writes.match, words[1:]))


_JUDGES: dict[str, Callable[[Words], bool]] = {
    "find": _find,
    "rg": _rg,
    "sort": _sort,
    "uniq": _uniq,
    "sed": _sed,
    "git": _git,
}
_GLOB = "\0"  # begins a word that the shell may replace by names of files


def _programs(command: str) -> list[list[str]] | None:
    """The programs of a command, each with its words; None for what is not understood."""
    programs: list[list[str]] = [[]]
    word: str | None = None  # None between words: "" is one
    at = 0
    while at < len(command):
        char = command[at]
        if char in "'\"":
            end = _closing(command, at)
            if end is None:
                return None
            word, at = (word or "") + command[at + 1 : end], end + 1
            continue
        if char == ">" and (lost := _LOST.match(command, at)):
            word, at = (None if word in ("1", "2") else word), lost.end()
            continue
        if char in " \t;|" or command.startswith("&&", at):
            programs[-1] += [] if word is None else [word]
            word = None
            if char not in " \t":
                programs.append([])
            at += 2 if command[at : at + 2] in ("&&", "||") else 1
            continue
        if char in _ODD or char in ">\\":
            return None
        if char in _GLOBS and not (word or "").startswith(_GLOB):
            word = _GLOB + (word or "")
        word, at = (word or "") + char, at + 1
    programs[-1] += [] if word is None else [word]
    if programs[-1] == [] and command.rstrip().endswith(";"):
        programs.pop()
    return programs if all(programs) else None


def _closing(command: str, at: int) -> int | None:
    """Where the quotes that begin at `at` end; None where more happens between them."""
    end = command.find(command[at], at + 1)
    if end < 0 or (command[at] == '"' and any(c in "$`\\!" for c in command[at:end])):
        return None
    return end
