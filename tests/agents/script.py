"""What the model says: the script stands in the prompt, so that the server keeps no state.

    [[say TEXT]]             answers with words
    [[write PATH|CONTENT]]   uses the agent's tool that writes files (a patch or its shell, where
                             it has none); a relative path is of the agent's working folder
    [[read PATH]]            uses the tool that reads files (or the shell)
    [[bash COMMAND]]         uses the agent's shell
    [[call TOOL|JSON]]       uses any tool by its name
    [[plan TEXT]]            writes the plan into the file that claude names for it
    [[recall]]               answers with the earlier prompts that it was shown: what a
                             conversation that was really gone on with has, and a new one has not
    [[error STATUS]]         answers with that HTTP status
    [[sleep SECONDS]]        waits before the step that follows
    [[think TEXT]]           reasons before the step that follows

Each step is one answer of the model; which is due is counted from what it is shown. When all are
done it says DONE. It says `a title` where a client asks, without any tools, for one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

Json = dict[str, Any]

WORDS = "say|write|read|bash|call|plan|recall|error|sleep|think"
STEP = re.compile(rf"\[\[({WORDS})(?: (.*?))?\]\]", re.DOTALL)
FOLDER = re.compile(
    r"(?:working directory|workspace directories|<cwd>)(?: is)?"
    r"[\s:`*\"'-]*(/[^\s`\"'<]+)",
    re.IGNORECASE,
)
PLAN_FILE = re.compile(r"(/\S+/plans/[\w-]+\.md)")
# Names of tools without case and punctuation, the better ones first.
WRITERS = ("write", "writefile", "createfile")
READERS = ("read", "readfile")
SHELLS = ("bash", "shell", "execcommand", "shellcommand", "runshellcommand")
# What their arguments are called.
PATHS = ("file_path", "filePath", "absolute_path", "path")
CONTENTS = ("content", "contents", "text")
COMMANDS = ("command", "cmd")


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the conversation, or one piece of it; role is user, assistant or tool."""

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, in whatever dialect it came: `tools` are schemas by name (None for a tool
    whose argument is free text), `form` the schema that the answer must have, if any.
    """

    system: str
    messages: Sequence[Message]
    tools: Mapping[str, Json | None]
    form: Json | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """The use of a tool: its arguments, or its free text."""

    tool: str
    input: Json | str


@dataclass(frozen=True, slots=True)
class Reply:
    """What the model does: waits, and then fails or thinks, speaks and uses tools."""

    text: str = ""
    calls: Sequence[Call] = ()
    thought: str = ""
    error: int | None = None
    sleep: float = 0.0


@dataclass(slots=True)
class _Plan:
    steps: list[tuple[str, str, Reply]] = field(default_factory=list)
    rest: Reply = field(default_factory=Reply)


def reply_to(asked: Asked) -> Reply:
    """The step of the script that is due."""
    if asked.form and not asked.tools:
        return Reply(json.dumps(smallest(asked.form)))
    at = _prompt(asked.messages)
    if at is None:
        return Reply("DONE, as no script was given")
    if not asked.tools:
        return Reply("a title")
    plan = _plan(asked.messages[at].text)
    done = _answers(asked.messages[at + 1 :])
    if done >= len(plan.steps):
        return replace(plan.rest, text="DONE")
    word, argument, before = plan.steps[done]
    return _step(asked, at, word, argument, before)


def _prompt(messages: Sequence[Message]) -> int | None:
    """Where the last prompt with a script is."""
    places = [i for i, m in enumerate(messages) if m.role == "user" and STEP.search(m.text)]
    return places[-1] if places else None


def _plan(prompt: str) -> _Plan:
    """The steps of a script; what only comes before another is folded into that."""
    plan = _Plan()
    for found in STEP.finditer(prompt):
        word, argument = found[1], found[2] or ""
        if word == "sleep":
            plan.rest = replace(plan.rest, sleep=plan.rest.sleep + float(argument))
        elif word == "think":
            plan.rest = replace(plan.rest, thought=argument)
        else:
            plan.steps.append((word, argument, plan.rest))
            plan.rest = Reply()
    return plan


def _answers(messages: Sequence[Message]) -> int:
    """How many answers there are; one of several pieces counts once."""
    roles = ["user", *(message.role for message in messages)]
    return sum(now == "assistant" != before for before, now in pairwise(roles))


def _step(asked: Asked, at: int, word: str, argument: str, before: Reply) -> Reply:
    if word == "say":
        return replace(before, text=argument)
    if word == "error":
        return replace(before, error=int(argument))
    if word == "recall":
        earlier = [m.text for m in asked.messages[:at] if m.role == "user" and STEP.search(m.text)]
        first = [STEP.findall(text)[0] for text in earlier]
        seen = " / ".join(f"{word} {rest}".strip() for word, rest in first)
        return replace(before, text=f"I remember {len(first)}: {seen}")
    call = _call(asked, word, argument)
    if call is None:
        return replace(before, text=f"There is no tool to {word} with: {', '.join(asked.tools)}")
    return replace(before, text=f"I use {call.tool}.", calls=[call])


def _call(asked: Asked, word: str, argument: str) -> Call | None:
    first, _, rest = argument.partition("|")
    if word == "plan":
        first, rest = _told(asked, PLAN_FILE), argument
    if word == "call":
        return Call(first, json.loads(rest or "{}"))
    if word == "bash":
        return _shell(asked.tools, argument)
    if word == "read":
        return _file(asked, READERS, first, {}) or _shell(asked.tools, f"cat '{first}'")
    return (
        _file(asked, WRITERS, first, {CONTENTS: f"{rest}\n"})
        or _patch(asked.tools, first, rest)
        or _shell(asked.tools, f"printf '%s\\n' '{rest}' > '{first}'")
    )


def _file(
    asked: Asked, names: Sequence[str], path: str, more: Mapping[Sequence[str], str]
) -> Call | None:
    """A tool that wants a file's whole name."""
    full = path if path.startswith("/") else f"{folder(asked)}/{path}"
    return _use(asked.tools, names, {PATHS: full, **more})


def _patch(tools: Mapping[str, Json | None], path: str, content: str) -> Call | None:
    if "apply_patch" not in tools:
        return None
    added = "".join(f"+{line}\n" for line in content.split("\n"))
    patch = f"*** Begin Patch\n*** Add File: {path}\n{added}*** End Patch\n"
    return Call("apply_patch", patch if tools["apply_patch"] is None else {"input": patch})


def _shell(tools: Mapping[str, Json | None], command: str) -> Call | None:
    return _use(tools, SHELLS, {COMMANDS: command})


def _use(
    tools: Mapping[str, Json | None], names: Sequence[str], known: Mapping[Sequence[str], str]
) -> Call | None:
    """A tool of one of these names, with what is known under the words of its schema."""
    by_name = {re.sub("[^a-z]", "", tool.lower()): tool for tool in tools}
    tool = next((by_name[name] for name in names if name in by_name), None)
    schema = tools[tool] if tool else None
    if tool is None or schema is None:
        return None
    fields = schema.get("properties", {})
    arguments: Json = {
        next((word for word in words if word in fields), words[0]): value
        for words, value in known.items()
    }
    for name, value in list(arguments.items()):
        if fields.get(name, {}).get("type") == "array":
            arguments[name] = ["sh", "-c", value]
    wanted = {name: smallest(fields.get(name, {})) for name in schema.get("required", ())}
    return Call(tool, {**wanted, **arguments})


def folder(asked: Asked) -> str:
    """The agent's working folder, as it tells the model."""
    return _told(asked, FOLDER).rstrip("/.,")


def _told(asked: Asked, what: re.Pattern[str]) -> str:
    """What the model is told, in the last place: a conversation may have moved."""
    for text in (*(message.text for message in reversed(asked.messages)), asked.system):
        if found := what.findall(text):
            return str(found[-1])
    return ""


def smallest(schema: Json) -> Any:
    """A small value that a schema allows."""
    if "const" in schema or "enum" in schema:
        return schema["const"] if "const" in schema else schema["enum"][-1]
    for word in ("anyOf", "oneOf"):
        if schema.get(word):
            return smallest(schema[word][0])
    kind = schema.get("type", "object" if "properties" in schema else "string")
    kind = str(kind[0] if isinstance(kind, list) else kind).lower()
    if kind == "object":
        fields: Json = schema.get("properties") or {}
        wanted: Any = schema.get("required", fields)
        return {name: smallest(fields.get(name, {})) for name in wanted}
    least = schema.get("minimum", 1)
    values: Json = {"array": [], "integer": least, "number": least, "boolean": False, "null": None}
    return values.get(kind, "something")
