"""An agent that speaks ACP by the library's own side for agents; the prompt says what it does.

Run as a program. `history` in its folder is what an earlier turn has said, and `heard` is where
it notes what it was answered.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import acp
from acp import schema

CWD = Path.cwd()


class StandIn:
    """One connection; each act is a method whose name is the prompt's first word."""

    def __init__(self) -> None:
        self._client: Any = None
        self._session = "none"
        self._cancelled = asyncio.Event()

    def on_connect(self, client: Any) -> None:
        self._client = client

    async def initialize(self, protocol_version: int, **_: Any) -> acp.InitializeResponse:
        able = schema.AgentCapabilities(load_session=True)
        return acp.InitializeResponse(protocol_version=protocol_version, agent_capabilities=able)

    async def new_session(self, cwd: str, **_: Any) -> acp.NewSessionResponse:
        if (CWD / "closed").exists():
            raise acp.RequestError.auth_required({"details": "run: stand-in login"})
        self._session = "first"
        modes = [schema.SessionMode(id=name, name=name) for name in ("careful", "bold")]
        state = schema.SessionModeState(current_mode_id="bold", available_modes=modes)
        return acp.NewSessionResponse(session_id=self._session, modes=state)

    async def load_session(self, cwd: str, session_id: str, **_: Any) -> acp.LoadSessionResponse:
        self._session = session_id
        await self._say(f"an old story of {session_id}")
        modes = [schema.SessionMode(id=name, name=name) for name in ("careful", "bold")]
        state = schema.SessionModeState(current_mode_id="bold", available_modes=modes)
        return acp.LoadSessionResponse(modes=state)

    async def set_session_mode(self, session_id: str, mode_id: str, **_: Any) -> None:
        self._hear(f"mode {mode_id}")

    async def cancel(self, session_id: str, **_: Any) -> None:
        self._hear("cancel")
        self._cancelled.set()

    async def prompt(self, prompt: list[Any], **_: Any) -> acp.PromptResponse:
        word, rest = f"{prompt[0].text} ".split(" ", 1)
        stopped = await getattr(self, f"act_{word}")(rest.rstrip())
        usage = schema.Usage(
            input_tokens=10, output_tokens=5, total_tokens=22, cached_read_tokens=7
        )
        return acp.PromptResponse(stop_reason=stopped or "end_turn", usage=usage)

    # What it can do

    async def act_say(self, text: str) -> None:
        await self._say(text)

    async def act_edit(self, name: str) -> None:
        await self._update(acp.update_agent_thought_text("what shall I write?"))
        entries = [acp.plan_entry("write it", status="in_progress")]
        await self._update(acp.update_plan(entries))
        await self._edit(name)

    async def act_ask(self, name: str) -> str | None:
        options = [
            schema.PermissionOption(option_id="y", name="Yes", kind="allow_once"),
            schema.PermissionOption(option_id="n", name="No", kind="reject_once"),
        ]
        diff = acp.tool_diff_content(str(CWD / name), "new\n", None)
        call = schema.ToolCallUpdate(
            tool_call_id="1", title=f"Write {name}", kind="edit", content=[diff]
        )
        answer = await self._client.request_permission(
            session_id=self._session, tool_call=call, options=options
        )
        outcome = answer.outcome
        self._hear(f"answer {getattr(outcome, 'option_id', outcome.outcome)}")
        if getattr(outcome, "option_id", "") == "y":
            await self._edit(name)
            return None
        failed = acp.update_tool_call("1", title=f"Write {name}", kind="edit", status="failed")
        await self._update(failed)
        return "cancelled"

    async def act_flood(self, times: str) -> None:
        for number in range(int(times)):
            await self._say(f"{number}\n")

    async def act_hang(self, _: str) -> None:
        await self._say("begun")
        await asyncio.sleep(3600)

    async def act_wait(self, _: str) -> str:
        await self._say("begun")
        await self._cancelled.wait()
        raise acp.RequestError.internal_error({"details": "aborted"})

    async def act_stop(self, why: str) -> str:
        return why

    async def act_fail(self, why: str) -> None:
        raise acp.RequestError(-32603, why)

    async def act_outside(self, path: str) -> None:
        for way in (self._client.read_text_file, self._client.write_text_file):
            try:
                await way(session_id=self._session, path=path, content="mine")
            except acp.RequestError as error:
                self._hear(f"refused {error.code}")

    async def act_terminal(self, command: str) -> None:
        try:
            await self._client.create_terminal(session_id=self._session, command=command)
        except acp.RequestError as error:
            self._hear(f"refused {error.code}")

    async def act_babble(self, text: str) -> None:
        sys.stdout.write(f"{text}\n" + '{"jsonrpc": "2.0", "method": "session/upd\n[1, 2]\n')
        sys.stdout.flush()
        odd = {"sessionId": self._session, "update": {"sessionUpdate": 5, "content": "?"}}
        await self._client._conn.send_notification("session/update", odd)
        await self._client._conn.send_notification("_stand-in/news", {"of": "no use"})
        await self._say("all is well")

    async def act_die(self, words: str) -> None:
        sys.stderr.write(words)
        sys.stderr.flush()
        sys.stdout.write('{"jsonrpc": "2.0", "method"')
        sys.stdout.flush()
        os._exit(7)

    # Its hands

    async def _edit(self, name: str) -> None:
        start = acp.start_edit_tool_call("1", f"Write {name}", str(CWD / name), "new\n")
        await self._update(start)
        (CWD / name).write_text("new\n")
        diff = acp.tool_diff_content(str(CWD / name), "new\n", None)
        await self._update(acp.update_tool_call("1", status="completed", content=[diff]))

    async def _say(self, text: str) -> None:
        await self._update(acp.update_agent_message_text(text))

    async def _update(self, update: Any) -> None:
        await self._client.session_update(session_id=self._session, update=update)

    def _hear(self, what: str) -> None:
        with (CWD / "heard").open("a") as file:
            file.write(f"{what}\n")


if __name__ == "__main__":
    agent: Any = StandIn()
    asyncio.run(acp.run_agent(agent))
