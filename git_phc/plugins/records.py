"""Records: what an agent says and does, one JSON object each; together they are the transcript.

(An *event* is a commit on a task's ref; few records become one.) `kind` says how the rest is
read. Every adapter uses these words; it may add fields, and the agent's own event in `raw`.
A reader passes over what it does not know.

    text       `text`; `stream`: "agent" for its words, "stdout" or "stderr" of a command
    thought    `text`: its reasoning, where it is told
    session    `session`: the agent's own name of the conversation
    tool       `id`, `title`, `tool` (one of TOOLS), `status` (one of STATES); and where known
               `command`, `path`, `output`, `exit_code`. Said again, with the same id, for
               each change of its status
    edit       `path`, relative to the workspace where it is inside it; `diff` (unified) or
               None. A hint: what was changed is what git sees
    plan       `entries`: a list of {`text`, `status`: "pending", "running" or "done"}
    ask        the agent waits for an answer, see below
    withdrawn  `ask`: the agent does not wait for that answer any more, and goes on
    usage      tokens and money of this turn so far, so the last one counts: `input`, `output`,
               `cached` (of the input, read from a cache; 0 where not told), `usd`; each None
               where it is not told with this one
    mode       `mode`: the agent works in another mode, in its own word
    error      `text`: something went wrong that does not end the turn by itself
    done       `outcome` ("ok", "failed" or "cancelled"), `exit_code` or None, `reason` (one
               sentence) or None; the last record of every turn

An `ask` record has

    ask        its id, within this run
    question   "permission" (may I do this), "plan" (may I begin with it) or "choice"
               (anything else)
    title      one line of what is asked
    tool       one of TOOLS, for a permission
    command    what would be run, `paths` what would be touched, `diff` what would be
               written, `text` more to read: each where there is one
    options    a list of {`id`, `name`, `kind`}; kind is "allow_once", "allow_always",
               "reject_once", "reject_always", or "other". Empty: it wants words

And these are ours, written by who drives the run:

    turn       `turn`: its number, `prompt`
    setup      `environment`: its name, `status` ("running", "ok", "failed" or "stopped"), and
               at its end `seconds`, and `reason` where it failed; between the two what it
               says, as `text` records of the stream "setup"
    teardown   likewise, of the stream "teardown", in a clone of the cloud
    answered   `ask`, `option` or None, `text` or None, `by`: who, or "autonomy"
    note       `text`: what was done on the agent's behalf
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Record = Mapping[str, Any]

TOOLS = ("read", "search", "edit", "delete", "move", "execute", "fetch", "think", "other")
"""What a tool does; "other" where it is not known, which is treated as the worst."""

STATES = ("pending", "running", "ok", "failed", "denied")
"""How far the use of a tool has come."""


def done(outcome: str, reason: str | None = None, exit_code: int | None = None) -> dict[str, Any]:
    """The last record of a turn."""
    return {"kind": "done", "outcome": outcome, "exit_code": exit_code, "reason": reason}


def option(id: str, name: str, kind: str) -> dict[str, str]:
    """One possible answer of an `ask` record."""
    return {"id": id, "name": name, "kind": kind}
