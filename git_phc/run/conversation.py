"""Goes on with a conversation: by the agent's own session, its kept files, or the transcript.

In this order: the session as it stands on this machine; its files, as they were kept with a
run, brought to where the agent looks for them; what was said, told anew. Where a rewind or a
fork has cut it back, the session as it is holds too much: then its files as they were kept
with the last turn that counts become a session of their own. The log says which.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from git_phc.errors import in_words
from git_phc.host.redact import Redact
from git_phc.model.origin import Place
from git_phc.model.state import State
from git_phc.model.task import Task
from git_phc.model.visible import conversation, last_rewind, session_of
from git_phc.plugins.protocols import Agent, Turn
from git_phc.plugins.records import Record
from git_phc.run.journal import cleaned
from git_phc.services.context import Context
from git_phc.store.transcripts import Transcript, lines, session_files

NO_JSON = (ValueError, RecursionError)
REPLAYED = 60_000  # characters of a conversation that is told anew: its end
TOLD = """\
This conversation began elsewhere, and its own record is not at hand. This is what was said in \
it (its beginning may be missing); go on from there.

{said}

The next message is:

{prompt}"""

Note = Callable[[Record], None]


def last_session(state: State, agent: str) -> tuple[str, str, int] | None:
    """The latest run that named a session of this agent: its claim, the session, and the clock."""
    named = [
        (run.n, str(claim), str(mark.get("session")), int(str(mark.get("clock"))))
        for claim, run in state.runs.items()
        if (mark := run.parts.get("session")) and mark.get("agent") in (agent, None)
    ]
    return max(named)[1:] if named else None


def take_up(ctx: Context, task: Task, state: State, agent: Agent, turn: Turn, note: Note) -> Turn:
    """The turn, as the agent must be given it to go on with what was said before."""
    now = (task.run.id if task.run else "", task.turn)
    turns = [turn for turn in conversation(task.origin, state) if turn != now]
    if not agent.converses or not turns:
        return turn
    found = last_session(state, task.agent)
    is_whole = found is not None and found[2] > last_rewind(state)
    if found and is_whole:
        taken = _taken_up(ctx, task, agent, found, turn)
    else:
        taken = _cut_back(ctx, task, state, agent, turns[-1], turn)
    if taken:
        session, said = taken
        note(said)
        return replace(turn, session=session)
    words = told(_records(ctx, task, turns))
    if not words:
        return turn
    missing = "is not here" if is_whole else "could not be cut back"
    text = f"the agent's own record of the conversation {missing}, so it was told what was said"
    note({"kind": "note", "text": text, "replayed": len(words)})
    return replace(turn, prompt=TOLD.format(said=words, prompt=turn.prompt))


def _taken_up(
    ctx: Context, task: Task, agent: Agent, found: tuple[str, str, int], turn: Turn
) -> tuple[str, Record] | None:
    """The session that holds all that counts and nothing else, and what the log says of it."""
    run, session, _ = found
    if agent.has_session(session, turn):
        text = "the conversation goes on"
        return session, {"kind": "note", "text": text, "resumed": session}
    files = session_files(ctx.repo, task.id, run)
    if files and (name := agent.import_session(session, files, turn)):
        text = "the conversation goes on, from the files that were kept with the task"
        return name, {"kind": "note", "text": text, "imported": name}
    return None


def _cut_back(
    ctx: Context, task: Task, state: State, agent: Agent, last: Place, turn: Turn
) -> tuple[str, Record] | None:
    """A session that ends with the turn `last`, and what the log says of it."""
    session = session_of(task.origin, state, task.agent, last)
    files = session_files(ctx.repo, task.id, last.run, last.turn) if session else {}
    name = agent.fork_session(session, files, turn) if session and files else None
    if name is None:
        return None
    text = f"the agent's own session was cut back to what was said until turn {last.turn}"
    return name, {"kind": "note", "text": text, "cut_back": name}


def _records(ctx: Context, task: Task, turns: Sequence[Place]) -> Iterator[Record]:
    """What was said in these turns, each run's in the order in which it was said."""
    for run in dict.fromkeys(turn.run for turn in turns):
        wanted = {turn.turn for turn in turns if turn.run == run}
        counts = False
        for line in lines(ctx.repo, task.id, run):
            try:
                record = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(record, dict):
                if record.get("kind") == "turn":
                    counts = record.get("turn") in wanted
                if counts:
                    yield record


def told(records: Iterator[Record]) -> str:
    """The words of both sides; the end of them, where they are many."""
    parts: list[str] = []
    speaker = ""
    for record in records:
        who, text = _words(record)
        if text:
            parts.append(text if who == speaker else f"\n\n{who}: {text}")
            speaker = who
    return "".join(parts).strip()[-REPLAYED:]


def _words(record: Record) -> tuple[str, str]:
    if record.get("kind") == "turn":
        return "User", str(record.get("prompt") or "")
    if record.get("kind") == "text" and record.get("stream") == "agent":
        return "You", str(record.get("text") or "")
    return "", ""


def keep_session(
    ctx: Context, task: Task, turn: Turn, transcript: Transcript, write: Callable[[Record], None]
) -> None:
    """Keeps the agent's own files of the conversation, so that it can be moved."""
    session = task.run.session if task.run else None
    if not session:
        return
    try:
        files = ctx.plugins.agent(task.agent).export_session(session, turn)
        transcript.keep_session(task.turn, clean_files(files, ctx.redact))
    except Exception as error:  # noqa: BLE001  (an adapter may be a stranger's)
        write({"kind": "error", "text": f"the session was not kept: {in_words(error)}"})


def clean_files(files: Mapping[str, bytes], redact: Redact) -> dict[str, bytes]:
    """A session's files as they may be kept: nothing secret in them, and JSON still JSON.

    What is no text is left out.
    """
    kept = {}
    for name, data in files.items():
        try:
            text = data.decode()
        except UnicodeDecodeError:
            continue
        kept[name] = _clean_text(text, redact).encode()
    return kept


def _clean_text(text: str, redact: Redact) -> str:
    """One JSON document, or one a line; where there is anything else, it is redacted as a text."""
    try:
        return _clean_json(text, redact)
    except NO_JSON:
        lines = [_clean_line(line, redact) for line in text.split("\n")]
    clean = "\n".join(line for line, _ in lines)
    return clean if all(is_json for _, is_json in lines) else redact(clean)


def _clean_line(line: str, redact: Redact) -> tuple[str, bool]:
    """A line, unchanged where nothing in it is secret; and whether it may be JSON."""
    # Without an escape its texts stand there as they are.
    if not line.strip() or (line[0] in "{[" and "\\" not in line and redact(line) == line):
        return line, True
    try:
        return _clean_json(line, redact), True
    except NO_JSON:
        return line, False


def _clean_json(text: str, redact: Redact) -> str:
    """JSON may write a text in many ways, so it is looked at as it is read. Raises ValueError."""
    value = json.loads(text)
    clean = cleaned(value, redact)
    # Of a key that stands there twice only the last was read.
    is_clean = clean == value and redact(text) == text
    return text if is_clean else _dumped(clean) + text[len(text.rstrip()) :]


def _dumped(value: Any) -> str:
    dumped = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return dumped.encode(errors="backslashreplace").decode()  # half characters, as JSON has them
