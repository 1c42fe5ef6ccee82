"""Claude's events (`--output-format stream-json`) as records. It starts nothing and asks nobody."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from git_phc.agents.claude.tools import diff, inside, patch, use
from git_phc.agents.shapes import amount, mapping, mappings, number, text
from git_phc.plugins.records import Record

Event = Mapping[str, Any]
Tokens = tuple[int, int, int]  # in, out, and of those in from a cache

_NOTHING: Tokens = (0, 0, 0)

_EXIT_CODE = re.compile(r"Exit code (\d+)\b")
_SILENT = "(Bash completed with no output)"
# Claude speaks for the model where the model failed.
_SYNTHETIC = "<synthetic>"
_TODO = {"pending": "pending", "in_progress": "running", "completed": "done"}


class Translator:
    """Turns one run's events into records. `roots` are the names that the workspace has."""

    def __init__(self, roots: Sequence[str]) -> None:
        self._roots = roots
        self._uses: dict[str, dict[str, Any]] = {}
        self._spent: dict[str, Tokens] = {}  # by the model's answers
        self._sum = _NOTHING
        self._results: list[tuple[Tokens, float | None]] = []
        self._refused: set[str] = set()
        self._session = self._mode = ""
        self._by_type: dict[str, Callable[[Event], Iterator[Record]]] = {
            "system": self._system,
            "assistant": self._assistant,
            "user": self._user,
            "result": self._result,
        }
        self.denied: list[str] = []

    def records(self, event: Event) -> Iterator[Record]:
        """What an event says; nothing for one of a kind that we have no word for."""
        translate = self._by_type.get(text(event, "type"))
        if translate:
            yield from translate(event)

    # One kind of event each

    def _system(self, event: Event) -> Iterator[Record]:
        kind = text(event, "subtype")
        if kind == "init" and text(event, "session_id") != self._session:
            self._session = text(event, "session_id")
            yield {"kind": "session", "session": self._session, "model": text(event, "model")}
        if (mode := text(event, "permissionMode")) and mode != self._mode:
            self._mode = mode
            yield {"kind": "mode", "mode": mode}
        if kind == "permission_denied":
            yield from self._denial(event)
        elif kind == "api_retry":
            status = event.get("error_status") or text(event, "error") or "no answer"
            which = f"attempt {number(event, 'attempt')} of {number(event, 'max_retries')}"
            yield {"kind": "error", "text": f"the model failed ({status}); {which} follows"}
        elif kind == "informational" and text(event, "level") in ("warning", "error"):
            yield {"kind": "error", "text": text(event, "content")}

    def _assistant(self, event: Event) -> Iterator[Record]:
        message = mapping(event, "message")
        failed = message.get("model") == _SYNTHETIC
        within = text(event, "parent_tool_use_id")
        for block in mappings(message, "content"):
            kind = text(block, "type")
            if kind == "text" and failed:
                yield {"kind": "error", "text": text(block, "text")}
            elif kind == "text" and not within:
                yield {"kind": "text", "stream": "agent", "text": text(block, "text") + "\n"}
            elif kind == "thinking" and text(block, "thinking"):
                yield {"kind": "thought", "text": text(block, "thinking") + "\n"}
            elif kind == "tool_use":
                yield from self._use(block)
        if not failed:
            yield from self._usage_so_far(message)

    def _user(self, event: Event) -> Iterator[Record]:
        told = {text(each, "id"): each for each in mappings(event, "tool_result_meta")}
        for block in mappings(mapping(event, "message"), "content"):
            if text(block, "type") == "tool_result":
                id = text(block, "tool_use_id")
                if id not in self._refused:  # else it was told before
                    yield from self._outcome(id, block, told.get(id, {}))
                yield from self._edit(mapping(event, "tool_use_result"))

    def _result(self, event: Event) -> Iterator[Record]:
        """What was spent since the result before: there is one for each time that it rests."""
        by_model = mapping(event, "model_usage_since_last_result")
        if by_model:
            spent = [_model_tokens(mapping(by_model, name)) for name in by_model]
            usd = [amount(mapping(by_model, name), "costUSD") or 0.0 for name in by_model]
            self._results += zip(spent, usd, strict=True)
        elif usage := mapping(event, "usage"):
            self._results.append((_tokens(usage), amount(event, "total_cost_usd")))
        if self._results:
            told = [cost for _, cost in self._results if cost is not None]
            total = _summed([tokens for tokens, _ in self._results])
            yield _usage(total, sum(told) if told else None)

    # Tools

    def _use(self, block: Event) -> Iterator[Record]:
        name, given = text(block, "name"), mapping(block, "input")
        id = text(block, "id")
        self._uses[id] = {"kind": "tool", "id": id, "name": name, **use(name, given, self._roots)}
        yield {**self._uses[id], "status": "pending"}
        if name == "TodoWrite":
            todos = mappings(given, "todos")
            entries = [
                {"text": text(t, "content"), "status": _TODO.get(text(t, "status"), "pending")}
                for t in todos
            ]
            yield {"kind": "plan", "entries": entries}

    def _outcome(self, id: str, block: Event, told: Event) -> Iterator[Record]:
        known = self._uses.get(id, {"kind": "tool", "id": id, "title": "", "tool": "other"})
        output = _words(block)
        refused = text(mapping(told, "permission_decision"), "decision") == "reject"
        status = "failed" if block.get("is_error") else "ok"
        if refused and text(told, "non_execution_kind"):
            status = "denied"
            self._deny(known)
        record = {**known, "status": status, "output": "" if output == _SILENT else output}
        if "command" in known and status != "denied":
            code = _EXIT_CODE.match(output) if status == "failed" else None
            record["exit_code"] = int(code[1]) if code else (0 if status == "ok" else None)
        yield record

    def _denial(self, event: Event) -> Iterator[Record]:
        """What claude has refused by itself."""
        id = text(event, "tool_use_id")
        known = self._uses.get(id, {"kind": "tool", "id": id, "title": "", "tool": "other"})
        self._refused.add(id)
        self._deny(known)
        yield {**known, "status": "denied", "output": text(event, "message")}

    def _deny(self, known: Mapping[str, Any]) -> None:
        self.denied.append(str(known.get("name") or known.get("title")))

    def _edit(self, result: Event) -> Iterator[Record]:
        """A file that was written, as claude tells it: a hint, since git sees what is there."""
        path = text(result, "filePath")
        hunks = result.get("structuredPatch")
        if path and isinstance(hunks, list):
            name = inside(path, self._roots)
            told = patch(hunks, name)
            if not hunks and text(result, "type") == "create":
                told = diff("", text(result, "content"), name)
            yield {"kind": "edit", "path": name, "diff": told or None}

    def _usage_so_far(self, message: Event) -> Iterator[Record]:
        """The sum over the model's answers, each of which comes in pieces that repeat its own."""
        usage, id = mapping(message, "usage"), text(message, "id")
        told, known = _tokens(usage), self._spent.get(id)
        if usage and told != known:
            self._spent[id] = told
            self._sum = _replaced(self._sum, known or _NOTHING, told)
            yield _usage(self._sum, None)


def _tokens(usage: Event) -> Tokens:
    """In, out and cached; what came from a cache or went into one is in."""
    cached = number(usage, "cache_read_input_tokens")
    made = number(usage, "cache_creation_input_tokens")
    return number(usage, "input_tokens") + made + cached, number(usage, "output_tokens"), cached


def _model_tokens(usage: Event) -> Tokens:
    """The same, where it is told by model."""
    cached = number(usage, "cacheReadInputTokens")
    made = number(usage, "cacheCreationInputTokens")
    return number(usage, "inputTokens") + made + cached, number(usage, "outputTokens"), cached


def _summed(spent: Iterable[Tokens]) -> Tokens:
    each = list(spent)
    return sum(t[0] for t in each), sum(t[1] for t in each), sum(t[2] for t in each)


def _replaced(total: Tokens, old: Tokens, new: Tokens) -> Tokens:
    """A sum in which `new` takes the place of `old`."""
    return total[0] - old[0] + new[0], total[1] - old[1] + new[1], total[2] - old[2] + new[2]


def _usage(tokens: Tokens, usd: float | None) -> Record:
    input, output, cached = tokens
    return {"kind": "usage", "input": input, "output": output, "cached": cached, "usd": usd}


def _words(block: Event) -> str:
    """The text of a tool's result, which is one text or several pieces."""
    if isinstance(block.get("content"), str):
        return text(block, "content")
    return "\n".join(text(piece, "text") for piece in mappings(block, "content"))
