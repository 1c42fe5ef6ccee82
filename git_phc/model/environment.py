"""An environment: what a workspace needs before an agent works in it, and what it offers.

It is a TOML file of the repository. The format is that of PostHog Code (`id`, `version`, `name`,
`[setup] script`, `[[actions]]`) with keys of ours beside it. Here it is read: a text becomes an
Environment, or a list of all that is wrong with it, by line and key.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from git_phc.model.environment_keys import SECTIONS, Check, seconds, unknown, variable
from git_phc.model.toml_lines import Place, key_at, key_lines, line_of

SETUP_TIMEOUT = 30 * 60  # seconds
TEARDOWN_TIMEOUT = 2 * 60


class Script(Struct, frozen=True):
    """A shell script, and the seconds that it may take."""

    text: str
    timeout: int

    def within(self, seconds: float) -> Script:
        """The same, and no longer than that."""
        return Script(self.text, max(1, int(min(self.timeout, seconds))))


class Action(Struct, frozen=True):
    """A command that a person runs in the workspace, by its name."""

    name: str
    command: str
    icon: str | None = None


class Environment(Struct, frozen=True):
    """What one file says.

    Attributes:
        vars: for setup, teardown, actions and agents.
        cloud: what a worker needs to know, as it stands in the file.
    """

    name: str
    id: str | None = None
    setup: Script | None = None
    teardown: Script | None = None
    actions: tuple[Action, ...] = ()
    vars: Mapping[str, str] = field(default_factory=dict)
    cloud: Mapping[str, Any] = field(default_factory=dict)

    @property
    def acts(self) -> bool:
        """Whether any word of it would run here, change what runs, or open a way for it."""
        return bool(self.setup or self.teardown or self.actions or self.vars or self.opens)

    @property
    def opens(self) -> dict[str, Any]:
        """What it lets a sandboxed run have beyond what every run has: of the network, and of
        secrets. The rest of `cloud` says only less.
        """
        asked = {name: self.cloud.get(name) for name in ("network", "allowed_domains", "secrets")}
        return {name: value for name, value in asked.items() if value and value != "trusted"}

    @property
    def digest(self) -> str:
        """What consent is tied to: every word that would run here, or opens a way. Variables are
        among them, since many a program runs what a variable names.
        """
        words = {
            "setup": self.setup.text if self.setup else "",
            "teardown": self.teardown.text if self.teardown else "",
            "actions": sorted([action.name, action.command] for action in self.actions),
            "vars": dict(self.vars),
            **({"opens": self.opens} if self.opens else {}),
        }
        whole = json.dumps(words, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(whole.encode()).hexdigest()


class Mistake(Struct, frozen=True):
    """One thing that is wrong in a file; `line` from 1, None where it could not be found."""

    line: int | None
    key: str
    what: str

    def told(self, file: str) -> str:
        """The mistake in one sentence: the file, the line, the key, and what is wrong."""
        line = f"line {self.line}" if self.line else ""
        return f"{', '.join(filter(None, [file, line, self.key]))}: {self.what}"


def parse_environment(
    data: bytes, *, stem: str, theirs: bool = False
) -> Environment | list[Mistake]:
    """The environment that a file holds, or all of its mistakes, by line.

    `stem` is the file's name, which it is called by where it does not say another. With
    `theirs` it is a file of PostHog Code's: there a key that we do not know is a mistake only
    when it looks like a misspelt one.
    """
    import tomllib  # a repository without environments needs none of it

    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        return [Mistake(data.count(b"\n", 0, error.start) + 1, "", "this is no UTF-8")]
    lines = key_lines(text)
    try:
        whole = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return [_unreadable(text, lines, str(error))]
    except RecursionError:
        return [Mistake(None, "", "the values are nested too deep")]
    found = _Judge(lines, theirs=theirs).judge(whole)
    return found or _environment(whole, stem)


def _unreadable(text: str, lines: Mapping[Place, int], said: str) -> Mistake:
    """What the parser says, with its line and the key that the line belongs to."""
    what, _, where = said.rpartition(" (at ")
    at = re.match(r"line (\d+)", where)
    line = int(at[1]) if at else text.rstrip("\n").count("\n") + 1
    return Mistake(line, _dotted(key_at(lines, line)), what[:1].lower() + what[1:])


def _dotted(place: Place) -> str:
    """A place as people write it; tables of a list are counted from 1."""
    words = [f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in place]
    return "".join(words).removeprefix(".")


class _Judge:
    """Looks at every key of a file, and notes what is wrong."""

    def __init__(self, lines: Mapping[Place, int], *, theirs: bool) -> None:
        self._lines, self._theirs = lines, theirs
        self._found: list[Mistake] = []

    def judge(self, whole: Mapping[str, Any]) -> list[Mistake]:
        self._table((), whole, SECTIONS[""])
        for name in ("setup", "teardown", "cloud"):
            self._table((name,), whole.get(name), SECTIONS[name])
        self._network(whole.get("cloud"))
        self._actions(whole.get("actions"))
        variables = whole.get("vars")
        if isinstance(variables, Mapping):
            self._table(("vars",), variables, {name: variable(name) for name in variables})
        return sorted(self._found, key=lambda mistake: mistake.line or 0)

    def _network(self, cloud: Any) -> None:
        """Domains that would count for nothing are a mistake: somebody counts on them."""
        if isinstance(cloud, Mapping) and cloud.get("network", "trusted") in ("trusted", "full"):
            for key, kind in (("allowed_domains", list), ("include_default_domains", bool)):
                if isinstance(cloud.get(key), kind):
                    self._note(("cloud", key), 'counts only with network = "custom"')

    def _actions(self, actions: Any) -> None:
        names: set[str] = set()
        for number, action in enumerate(actions if isinstance(actions, list) else ()):
            place: Place = ("actions", number)
            if not isinstance(action, Mapping):
                self._note(place, "must be a table: [[actions]]")
                continue
            self._table(place, action, SECTIONS["actions"])
            for key in ("name", "command"):
                if key not in action:
                    self._note((*place, key), "is missing")
            name = str(action.get("name")).casefold()
            if "name" in action and name in names:
                self._note((*place, "name"), "another action has this name")
            names.add(name)

    def _table(self, place: Place, table: Any, known: Mapping[str, Check]) -> None:
        for key, value in table.items() if isinstance(table, Mapping) else ():
            check = known.get(key)
            wrong = check(value) if check else unknown(key, known, passes_others=self._theirs)
            if wrong:
                self._note((*place, key), wrong)

    def _note(self, place: Place, what: str) -> None:
        self._found.append(Mistake(line_of(self._lines, place), _dotted(place), what))


def _environment(whole: Mapping[str, Any], stem: str) -> Environment:
    return Environment(
        name=whole.get("name", stem),
        id=whole.get("id"),
        setup=_script(whole.get("setup", {}), SETUP_TIMEOUT),
        teardown=_script(whole.get("teardown", {}), TEARDOWN_TIMEOUT),
        actions=tuple(
            Action(one["name"], one["command"], one.get("icon")) for one in _list(whole, "actions")
        ),
        vars=dict(whole.get("vars", {})),
        cloud=dict(whole.get("cloud", {})),
    )


def _list(whole: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    found: Sequence[Mapping[str, Any]] = whole.get(name, ())
    return found


def _script(table: Mapping[str, Any], timeout: int) -> Script | None:
    text = str(table.get("script", ""))
    given = seconds(table["timeout"]) if "timeout" in table else None
    return Script(text, given or timeout) if text.strip() else None
