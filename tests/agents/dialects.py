"""The dialects in which agents speak to their models: requests read, replies written.

Anthropic Messages, OpenAI Responses, OpenAI Chat Completions and Gemini, each as one document
and as a stream of server-sent events. Token counts are always the same: 140 in, of which 40 came
from a cache, and 20 out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any, Protocol

from tests.agents.script import Asked, Json, Message, Reply

FRESH, CACHED, OUT = 100, 40, 20  # tokens
_numbers = count(1)


class Dialect(Protocol):
    """One way to ask a model."""

    def asked(self, body: Json) -> Asked: ...
    def whole(self, reply: Reply, model: str) -> Json: ...
    def stream(self, reply: Reply, model: str) -> Iterator[str]: ...


def _id(prefix: str) -> str:
    return f"{prefix}_{next(_numbers):08x}"


def _texts(content: Any) -> list[str]:
    """The texts of a message, piece by piece: a client may put two prompts into one message."""
    if isinstance(content, str):
        return [content]
    parts = [part if isinstance(part, dict) else {"text": part} for part in content or ()]
    return [str(p["text"]) for p in parts if p.get("text") and not p.get("thought")]


def _said(role: str, texts: Iterable[str]) -> list[Message]:
    return [Message(role, text) for text in texts] or [Message(role, "")]


def _event(name: str, **fields: Any) -> str:
    return f"event: {name}\ndata: {json.dumps({'type': name, **fields})}\n\n"


def _data(value: Json) -> str:
    return f"data: {json.dumps(value)}\n\n"


class Anthropic:
    """`/v1/messages`"""

    def asked(self, body: Json) -> Asked:
        system, messages = _texts(body.get("system")), []
        for message in body.get("messages", []):
            texts = _texts(message["content"])
            if message["role"] == "system":
                system += texts
            else:
                messages += _said(message["role"], texts)
        tools = {tool["name"]: tool.get("input_schema", {}) for tool in body.get("tools") or ()}
        form = (body.get("output_config") or {}).get("format") or body.get("output_format") or {}
        return Asked("\n".join(system), messages, tools, form.get("schema"))

    def whole(self, reply: Reply, model: str) -> Json:
        message = self._message(model)
        message["content"] = self._blocks(reply)
        message["stop_reason"] = "tool_use" if reply.calls else "end_turn"
        return message

    def stream(self, reply: Reply, model: str) -> Iterator[str]:
        yield _event("message_start", message=self._message(model))
        for index, block in enumerate(self._blocks(reply)):
            empty, deltas = self._pieces(block)
            yield _event("content_block_start", index=index, content_block=empty)
            for delta in deltas:
                yield _event("content_block_delta", index=index, delta=delta)
            yield _event("content_block_stop", index=index)
        stop = {"stop_reason": "tool_use" if reply.calls else "end_turn", "stop_sequence": None}
        yield _event("message_delta", delta=stop, usage={"output_tokens": OUT})
        yield _event("message_stop")

    def _message(self, model: str) -> Json:
        usage = {
            "input_tokens": FRESH,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": CACHED,
            "output_tokens": OUT,
        }
        stop = {"stop_reason": None, "stop_sequence": None}
        kind = {"type": "message", "role": "assistant", "content": []}
        return {"id": _id("msg"), **kind, "model": model, **stop, "usage": usage}

    def _blocks(self, reply: Reply) -> list[Json]:
        blocks: list[Json] = []
        if reply.thought:
            blocks.append({"type": "thinking", "thinking": reply.thought, "signature": "signed"})
        if reply.text:
            blocks.append({"type": "text", "text": reply.text})
        for call in reply.calls:
            use = {"type": "tool_use", "id": _id("toolu"), "name": call.tool, "input": call.input}
            blocks.append(use)
        return blocks

    def _pieces(self, block: Json) -> tuple[Json, list[Json]]:
        """A block as it begins, and what is then added to it."""
        if block["type"] == "text":
            return {**block, "text": ""}, [{"type": "text_delta", "text": block["text"]}]
        if block["type"] == "thinking":
            return {**block, "thinking": "", "signature": ""}, [
                {"type": "thinking_delta", "thinking": block["thinking"]},
                {"type": "signature_delta", "signature": block["signature"]},
            ]
        written = json.dumps(block["input"])
        return {**block, "input": {}}, [{"type": "input_json_delta", "partial_json": written}]


class Responses:
    """`/v1/responses`"""

    def asked(self, body: Json) -> Asked:
        system, messages = [str(body.get("instructions") or "")], []
        given = body.get("input") or ()
        for item in [{"role": "user", "content": given}] if isinstance(given, str) else given:
            kind = item.get("type", "message")
            if kind == "message" and item["role"] in ("system", "developer"):
                system += _texts(item["content"])
            elif kind == "message":
                messages += _said(item["role"], _texts(item["content"]))
            elif kind.endswith("_output"):
                messages.append(Message("tool", ""))
            elif kind.endswith("_call"):
                messages.append(Message("assistant", ""))
        form = (body.get("text") or {}).get("format") or {}
        return Asked("\n".join(system), messages, self._tools(body), form.get("schema"))

    def _tools(self, body: Json) -> dict[str, Json | None]:
        tools: dict[str, Json | None] = {}
        for tool in body.get("tools") or ():
            for each in tool.get("tools", [tool]) if tool.get("type") == "namespace" else [tool]:
                if "name" in each:
                    free = each.get("type") == "custom"
                    tools[each["name"]] = None if free else each.get("parameters") or {}
        return tools

    def whole(self, reply: Reply, model: str) -> Json:
        usage = {
            "input_tokens": FRESH + CACHED,
            "input_tokens_details": {"cached_tokens": CACHED},
            "output_tokens": OUT,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": FRESH + CACHED + OUT,
        }
        base = {"id": _id("resp"), "object": "response", "created_at": 0, "model": model}
        return {**base, "status": "completed", "output": self._items(reply), "usage": usage}

    def stream(self, reply: Reply, model: str) -> Iterator[str]:
        whole, order = self.whole(reply, model), count()
        begun = {**whole, "status": "in_progress", "output": [], "usage": None}
        yield _event("response.created", sequence_number=next(order), response=begun)
        for index, item in enumerate(whole["output"]):
            at: Json = {"output_index": index}
            empty = {**item, "status": "in_progress"}
            if item["type"] == "message":
                empty["content"] = []
            added = "response.output_item.added"
            yield _event(added, sequence_number=next(order), item=empty, **at)
            if item["type"] == "message":
                piece = {"item_id": item["id"], "content_index": 0, "delta": reply.text}
                name = "response.output_text.delta"
                yield _event(name, sequence_number=next(order), **piece, **at)
            done = "response.output_item.done"
            yield _event(done, sequence_number=next(order), item=item, **at)
        yield _event("response.completed", sequence_number=next(order), response=whole)

    def _items(self, reply: Reply) -> list[Json]:
        items: list[Json] = []
        if reply.thought:
            summary = [{"type": "summary_text", "text": reply.thought}]
            items.append({"type": "reasoning", "id": _id("rs"), "summary": summary})
        if reply.text:
            content = [{"type": "output_text", "text": reply.text, "annotations": []}]
            said = {"type": "message", "role": "assistant", "content": content}
            items.append({"id": _id("msg"), **said, "status": "completed"})
        for call in reply.calls:
            use: Json = {"type": "custom_tool_call", "id": _id("ctc"), "input": call.input}
            if not isinstance(call.input, str):
                arguments = json.dumps(call.input)
                use = {"type": "function_call", "id": _id("fc"), "arguments": arguments}
            use |= {"call_id": _id("call"), "name": call.tool, "status": "completed"}
            items.append(use)
        return items


class Chat:
    """`/v1/chat/completions`"""

    def asked(self, body: Json) -> Asked:
        system, messages = [], []
        for message in body.get("messages", []):
            texts = _texts(message.get("content"))
            if message["role"] in ("system", "developer"):
                system += texts
            else:
                messages += _said(message["role"], texts)
        functions = [tool["function"] for tool in body.get("tools") or () if "function" in tool]
        tools = {each["name"]: each.get("parameters") or {} for each in functions}
        form = (body.get("response_format") or {}).get("json_schema") or {}
        return Asked("\n".join(system), messages, tools, form.get("schema"))

    def whole(self, reply: Reply, model: str) -> Json:
        message: Json = {"role": "assistant", "content": reply.text or None}
        if reply.thought:
            message["reasoning_content"] = reply.thought
        if reply.calls:
            message["tool_calls"] = self._calls(reply)
        finish = "tool_calls" if reply.calls else "stop"
        choice = {"index": 0, "message": message, "finish_reason": finish}
        base = {"id": _id("chatcmpl"), "object": "chat.completion", "created": 0, "model": model}
        return {**base, "choices": [choice], "usage": self._usage()}

    def stream(self, reply: Reply, model: str) -> Iterator[str]:
        whole = self.whole(reply, model)
        choice = whole["choices"][0]
        base = {**whole, "object": "chat.completion.chunk", "usage": None}
        deltas: list[Json] = [choice["message"], {}]
        for delta, finish in zip(deltas, (None, choice["finish_reason"]), strict=True):
            yield _data(
                {**base, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}
            )
        yield _data({**base, "choices": [], "usage": whole["usage"]})
        yield "data: [DONE]\n\n"

    def _calls(self, reply: Reply) -> list[Json]:
        functions = [{"name": c.tool, "arguments": json.dumps(c.input)} for c in reply.calls]
        return [
            {"index": index, "id": _id("call"), "type": "function", "function": function}
            for index, function in enumerate(functions)
        ]

    def _usage(self) -> Json:
        told = FRESH + CACHED
        details = {"prompt_tokens_details": {"cached_tokens": CACHED}}
        counts = {"prompt_tokens": told, "completion_tokens": OUT, "total_tokens": told + OUT}
        return {**counts, **details}


class Gemini:
    """`/v1beta/models/NAME:generateContent` and `:streamGenerateContent`"""

    def asked(self, body: Json) -> Asked:
        messages = []
        for content in body.get("contents", []):
            parts = content.get("parts", [])
            role = "assistant" if content.get("role") == "model" else "user"
            if any("functionResponse" in part for part in parts):
                role = "tool"
            messages += _said(role, _texts(parts))
        tools = {
            each["name"]: each.get("parametersJsonSchema") or each.get("parameters") or {}
            for tool in body.get("tools") or ()
            for each in tool.get("functionDeclarations", ())
        }
        system = _texts((body.get("systemInstruction") or {}).get("parts"))
        wanted = body.get("generationConfig") or {}
        form = wanted.get("responseJsonSchema") or wanted.get("responseSchema")
        return Asked("\n".join(system), messages, tools, form)

    def whole(self, reply: Reply, model: str) -> Json:
        parts: list[Json] = []
        if reply.thought:
            parts.append({"text": reply.thought, "thought": True})
        if reply.text:
            parts.append({"text": reply.text})
        parts += [{"functionCall": {"name": c.tool, "args": c.input}} for c in reply.calls]
        usage = {
            "promptTokenCount": FRESH + CACHED,
            "cachedContentTokenCount": CACHED,
            "candidatesTokenCount": OUT,
            "totalTokenCount": FRESH + CACHED + OUT,
        }
        content = {"role": "model", "parts": parts}
        candidate = {"content": content, "finishReason": "STOP", "index": 0}
        return {"candidates": [candidate], "usageMetadata": usage, "modelVersion": model}

    def stream(self, reply: Reply, model: str) -> Iterator[str]:
        yield _data(self.whole(reply, model))
