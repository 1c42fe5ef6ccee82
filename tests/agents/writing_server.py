"""A server of tools (MCP) with one tool, which writes a file where the server was started."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

TOOL = {"name": "write", "description": "Writes", "inputSchema": {"type": "object"}}


def result(method: str, params: dict[str, Any]) -> dict[str, Any]:
    """What is answered to a request."""
    if method == "initialize":
        about = {"name": "writing", "version": "1"}
        version = params.get("protocolVersion")
        return {"protocolVersion": version, "capabilities": {"tools": {}}, "serverInfo": about}
    if method == "tools/call":
        Path("written").touch()
        return {"content": [{"type": "text", "text": "written"}]}
    return {"tools": [TOOL]} if method == "tools/list" else {}


def main() -> None:
    """Answers until nobody asks any more."""
    for line in sys.stdin:
        message = json.loads(line)
        if "id" in message and "method" in message:
            answer = result(message["method"], message.get("params") or {})
            reply = {"jsonrpc": "2.0", "id": message["id"], "result": answer}
            sys.stdout.write(json.dumps(reply) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
