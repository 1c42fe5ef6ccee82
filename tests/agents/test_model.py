"""The scripted model: what it says when, in each dialect."""

from __future__ import annotations

import json
from http.client import HTTPConnection
from typing import Any

import pytest

from tests.agents.dialects import Anthropic, Chat, Gemini, Responses
from tests.agents.model import Model
from tests.agents.script import Asked, Call, Message, Reply, reply_to

WRITE = {"properties": {"file_path": {}, "content": {}}, "required": ["file_path", "why"]}
TOOLS: dict[str, Any] = {"Write": WRITE, "Bash": {"properties": {"command": {"type": "string"}}}}


def asked(*messages: tuple[str, str]) -> Asked:
    system = "Primary working directory: /w/x\n"
    return Asked(system, [Message(role, text) for role, text in messages], TOOLS)


PROMPT = ("user", "Please [[write a|b c]] [[sleep 2]] [[bash ls]] [[say well]] [[error 400]]")
USED = (("assistant", "I use"), ("assistant", ""), ("tool", ""))


@pytest.mark.parametrize(
    ("so_far", "reply"),
    [
        ((), Reply("I use Write.", [Call("Write", {"file_path": "/w/x/a", "content": "b c\n"})])),
        (USED, Reply("I use Bash.", [Call("Bash", {"command": "ls"})], sleep=2)),
        (USED * 2, Reply("well")),
        (USED * 3, Reply(error=400)),
        (USED * 4, Reply("DONE")),
        ((*USED, ("user", "[[say new]]")), Reply("new")),
        ((*USED, ("user", "[[recall]]")), Reply("I remember 1: write a|b c")),
    ],
)
def test_the_step_that_is_due(so_far: tuple[tuple[str, str], ...], reply: Reply) -> None:
    found = reply_to(asked(PROMPT, *so_far))
    for call in found.calls:
        assert isinstance(call.input, dict)
        call.input.pop("why", None)
    assert found == reply


@pytest.mark.parametrize(
    ("tools", "call"),
    [
        ({"apply_patch": None}, "*** Begin Patch\n*** Add File: a\n+b\n*** End Patch\n"),
        ({"shell": TOOLS["Bash"]}, {"command": "printf '%s\\n' 'b' > 'a'"}),
    ],
)
def test_a_file_is_written_with_what_there_is(tools: dict[str, Any], call: Any) -> None:
    (made,) = reply_to(Asked("", [Message("user", "[[write a|b]]")], tools)).calls
    assert made.input == call


def test_without_tools_it_gives_a_title_or_what_a_schema_wants() -> None:
    messages = [Message("user", "[[say x]]")]
    form = {"type": "object", "properties": {"n": {"type": "integer"}}}
    assert reply_to(Asked("", messages, {})).text == "a title"
    assert json.loads(reply_to(Asked("", messages, {}, form)).text) == {"n": 1}


TOLD: dict[str, Any] = {
    "/v1/messages": {"messages": [{"role": "user", "content": "[[say hi]]"}]},
    "/v1/responses": {"input": "[[say hi]]"},
    "/v1/chat/completions": {"messages": [{"role": "user", "content": "[[say hi]]"}]},
    "/v1beta/models/m:streamGenerateContent": {"contents": [{"parts": [{"text": "[[say hi]]"}]}]},
}
ONE_TOOL: dict[str, Any] = {
    "/v1/messages": {"name": "t"},
    "/v1/responses": {"type": "function", "name": "t"},
    "/v1/chat/completions": {"function": {"name": "t"}},
    "/v1beta/models/m:streamGenerateContent": {"functionDeclarations": [{"name": "t"}]},
}


@pytest.mark.parametrize("path", TOLD)
@pytest.mark.parametrize("stream", [True, False])
def test_each_dialect_is_spoken(model: Model, path: str, stream: bool) -> None:
    to = path if stream else path.replace(":stream", ":g").replace("gGen", "gen")
    body = {**TOLD[path], "tools": [ONE_TOOL[path]], "stream": stream}
    connection = HTTPConnection(model.url.removeprefix("http://"), timeout=10)
    connection.request("POST", to, json.dumps(body))
    response = connection.getresponse()
    kind, said = response.headers["Content-Type"], response.read().decode()
    connection.close()
    assert kind == ("text/event-stream" if stream else "application/json")
    assert '"hi"' in said
    assert [(r.path, r.reply.text) for r in model.requests] == [(to, "hi")]
    assert model.prompts == ["[[say hi]]"]


def test_tools_are_used_in_each_dialect() -> None:
    reply = Reply("so", [Call("t", {"a": 1})], "hm")
    for dialect in (Anthropic(), Responses(), Chat(), Gemini()):
        streamed = "".join(dialect.stream(reply, "m"))
        for said in (streamed, json.dumps(dialect.whole(reply, "m"))):
            assert all(f'"{word}"' in said for word in ("so", "t", "hm")), (dialect, said)
