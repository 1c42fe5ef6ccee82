"""What codex is told for each level of autonomy, and for a new or an old conversation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from git_phc.host.process import MARKER
from git_phc.plugins.protocols import Turn

Json = dict[str, Any]

SANDBOXES = {
    "ask": "read-only",
    "accept-edits": "read-only",
    "auto": "workspace-write",
    "bypass": "danger-full-access",
}
ASKED = ("plan", "ask", "accept-edits")  # levels that differ only in what is answered
PLAN = "git-phc-plan"
# Heard by nobody here: pieces of what is told again as a whole, and the news of other clients.
UNHEARD = (
    "account/rateLimits/updated",
    "item/agentMessage/delta",
    "item/commandExecution/outputDelta",
    "item/fileChange/outputDelta",
    "item/fileChange/patchUpdated",
    "item/plan/delta",
    "item/reasoning/summaryPartAdded",
    "item/reasoning/summaryTextDelta",
    "item/reasoning/textDelta",
    "thread/settings/updated",
    "thread/started",
    "thread/status/changed",
    "turn/diff/updated",
)


def level(turn: Turn) -> str:
    """The turn's autonomy; what is not known is as little as can be worked with."""
    asked = str(turn.settings.get("autonomy"))
    return asked if asked in (*SANDBOXES, "plan") else "ask"


def can_change(began: str, to: str) -> bool:
    """Whether a turn that began at one level can go on at another without codex being told.

    Only the answers differ then. Not from `ask` to `plan`: there the user's rules for codex have
    had their say already.
    """
    return to == began or (began in ASKED and to in ASKED and to != "plan")


def introduction(version: str) -> Json:
    """Who we are. Some of what we use (the plan mode) codex still calls experimental."""
    return {
        "clientInfo": {"name": "git-phc", "title": "git phc", "version": version},
        "capabilities": {"experimentalApi": True, "optOutNotificationMethods": list(UNHEARD)},
    }


def conversation(turn: Turn) -> tuple[str, Json]:
    """The request that opens the turn's conversation."""
    told = _permissions(turn)
    told["cwd"] = str(turn.cwd)
    if model := turn.settings.get("model"):
        told["model"] = str(model)
    if turn.session is None:
        return "thread/start", told
    return "thread/resume", {**told, "threadId": turn.session, "excludeTurns": True}


def _permissions(turn: Turn) -> Json:
    at = level(turn)
    # The mark is passed on to commands even where the user's settings keep the environment
    # from them: by it they are found when the run is over.
    config: Json = {f"shell_environment_policy.set.{MARKER}": turn.env[MARKER]}
    told: Json = {"approvalsReviewer": "user", "config": config}
    told["approvalPolicy"] = "never" if at == "bypass" else "on-request"
    if at in ASKED:
        config["web_search"] = "disabled"  # it would not ask
    if at == "plan":
        # Where a path may not even be read, codex lets no rule of the user's take a command out
        # of the sandbox. So one is named that nobody has a use for.
        nothing = str(turn.scratch / "nothing")
        config["default_permissions"] = PLAN
        config["permissions"] = {PLAN: {"filesystem": {":root": "read", nothing: "deny"}}}
    else:
        told["sandbox"] = SANDBOXES[at]
    return told


def is_kept(turn: Turn, opened: Mapping[str, Any]) -> bool:
    """Whether codex says that it does no more than it was told: another version of it may not
    know what we say, and an administrator may have said otherwise.
    """
    at = level(turn)
    if at == "bypass":
        return True
    kind = (opened.get("sandbox") or {}).get("type")
    profile = (opened.get("activePermissionProfile") or {}).get("id")
    return (
        kind in (("readOnly", "workspaceWrite") if at == "auto" else ("readOnly",))
        and opened.get("approvalPolicy") in ("on-request", "untrusted")
        and opened.get("approvalsReviewer") == "user"
        and (at != "plan" or profile == PLAN)
    )


def message(opened: Mapping[str, Any], text: str, *, planning: bool) -> Json:
    """The request that begins a turn of codex's, in the conversation that was `opened`."""
    settings = {
        "model": opened.get("model"),
        "reasoning_effort": opened.get("reasoningEffort"),
        "developer_instructions": None,
    }
    mode = "plan" if planning else "default"  # a conversation stays in its last one
    return {
        "threadId": opened["thread"]["id"],
        "input": [{"type": "text", "text": text}],
        "collaborationMode": {"mode": mode, "settings": settings},
    }
