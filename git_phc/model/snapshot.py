"""A state as files in the tree of a task's ref, and back.

    task.json          the scalars with their stamps, and what a list of tasks shows
    runs/<claim>       one file a run
    messages/<event>   one file an item of each log; LOGS has their names
    texts/<sha256>     long texts, as they are

Only the files that changed are written anew; an unchanged folder is shared with the commit
before. Everything in task.json is a function of the state, so that a snapshot which says
something else is a lie.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from git_phc.model.codec import Json, encode
from git_phc.model.ids import EventId, TaskId
from git_phc.model.runs import run_from_json, run_to_json, winner
from git_phc.model.state import Cell, Item, Stamp, State, Write, place_of
from git_phc.model.text import HEAD, Text

VERSION = 1
TASK = "task.json"
EVENT = "event.json"
RUNS = "runs"
TEXTS = "texts"
LOGS = ("messages", "turns", "checkpoints", "asks", "answers")

Files = dict[str, bytes]


def files_from_state(task: TaskId, state: State) -> Files:
    """Every file of the snapshot, but for the long texts, which are not part of the state."""
    return {TASK: encode(scalars(task, state)), **dict(_items(state))}


def files_of_change(task: TaskId, state: State, change: State) -> Files:
    """The files that joining `change` has changed in the snapshot of `state`, the result."""
    items = {
        f"{name}/{id}": encode(state.logs[name][id])
        for name, log in change.logs.items()
        for id in log
    }
    runs = {
        f"{RUNS}/{claim}": encode(run_to_json(claim, state.runs[claim])) for claim in change.runs
    }
    return {TASK: encode(scalars(task, state)), **items, **runs}


def _items(state: State) -> Iterator[tuple[str, bytes]]:
    for name, log in state.logs.items():
        for id, item in log.items():
            yield f"{name}/{id}", encode(item)
    for claim, run in state.runs.items():
        yield f"{RUNS}/{claim}", encode(run_to_json(claim, run))


# The scalars


def scalars(task: TaskId, state: State) -> dict[str, Json]:
    """What task.json holds."""
    current = winner(state.runs)
    root = state.root.get("id")
    shown = current or (EventId(str(root)) if root in state.runs else None)
    body: dict[str, Json] = {
        "v": VERSION,
        "id": task,
        "last": _stamp_json(state.last) if state.last else None,
        "root": state.root,
        "stamps": _stamps(state),
        "cells": {name: _cell_json(cell) for name, cell in state.cells.items()},
        "labels": {name: _cell_json(cell) for name, cell in state.labels.items()},
        "counts": {name: len(log) for name, log in state.logs.items()} | {RUNS: len(state.runs)},
        "run": run_to_json(shown, state.runs[shown]) if shown else None,
        "prompt": _prompt(state),
        "pending": _pending(state),
        "waiting": _waiting(state, shown),
        "usage": _usage(state),
        "checkpoint": _newest(state, "checkpoints"),
        "turn": _newest(state, "turns"),
    }
    return {name: value for name, value in body.items() if value not in (None, {}, [])}


def _stamp_json(stamp: Stamp) -> Item:
    return {
        "clock": stamp.clock,
        "id": stamp.id,
        "at": stamp.at,
        "clone": stamp.clone,
        "who": stamp.who,
    }


def _stamps(state: State) -> dict[str, Json]:
    """The stamps of all live writes, once each: one event often writes several fields."""
    cells = (*state.cells.values(), *state.labels.values())
    writes = [write for cell in cells for write in cell.live.values()]
    return {write.stamp.id: _stamp_json(write.stamp) for write in writes}


def _cell_json(cell: Cell) -> dict[str, Json]:
    live: dict[str, Json] = {id: write.value for id, write in cell.live.items()}
    return {"live": live, "gone": sorted(cell.gone)} if cell.gone else {"live": live}


def _newest(state: State, log: str) -> Item | None:
    return max(state.logs.get(log, {}).values(), key=place_of, default=None)


def _prompt(state: State) -> Item | None:
    first = min(state.logs.get("messages", {}).values(), key=place_of, default=None)
    if first is None:
        return None
    text = Text.parse(first["text"])
    head = text.head.encode()[:HEAD].decode(errors="ignore")
    return {"id": first["id"], "head": head, "bytes": text.size}


def _pending(state: State) -> list[str]:
    """The messages that no run was given yet, in the order of delivery."""
    delivered = frozenset().union(*(run.delivered for run in state.runs.values()))
    log = state.logs.get("messages", {})
    return [
        str(item["id"])
        for item in sorted(log.values(), key=place_of)
        if item["id"] not in delivered
    ]


def _waiting(state: State, shown: EventId | None) -> list[Item]:
    """What the shown run has asked and nobody has answered, while it waits; oldest first."""
    run = state.runs.get(shown) if shown else None
    if run is None or run.parts.get("status", {}).get("status") != "waiting":
        return []
    answered = {str(item.get("ask")) for item in state.logs.get("answers", {}).values()}
    asks = state.logs.get("asks", {}).values()
    open_ones = [a for a in asks if a.get("claim") == shown and a["id"] not in answered]
    return sorted(open_ones, key=place_of)


def _usage(state: State) -> Item:
    """The sums of all runs; no money where no run told a price."""
    sums: dict[str, Json] = {}
    for run in state.runs.values():
        for name in ("input", "output", "cached", "micros"):
            value = run.parts.get("usage", {}).get(name)
            if isinstance(value, int):
                sums[name] = int(str(sums.get(name, 0))) + value
    return sums


# Back


def is_newer(data: bytes) -> bool:
    """Whether a task.json says that a later version wrote it."""
    try:
        body = json.loads(data)
    except (ValueError, RecursionError):
        return False
    version = body.get("v") if isinstance(body, dict) else None
    return type(version) is int and version > VERSION


def state_from_files(files: Mapping[str, bytes]) -> State:
    """The state of a snapshot that this clone has verified or written."""
    body = json.loads(files[TASK])
    stamps = {id: _stamp(item) for id, item in body.get("stamps", {}).items()}
    state = State(
        last=_stamp(body["last"]) if "last" in body else None,
        root=body.get("root", {}),
        cells={name: _cell(cell, stamps) for name, cell in body.get("cells", {}).items()},
        labels={name: _cell(cell, stamps) for name, cell in body.get("labels", {}).items()},
    )
    for path, data in files.items():
        folder, _, id = path.partition("/")
        if folder in LOGS:
            state.logs.setdefault(folder, {})[EventId(id)] = json.loads(data)
        elif folder == RUNS and id:
            claim, run = run_from_json(json.loads(data))
            state.runs[claim] = run
    return state


def _stamp(body: Mapping[str, Json]) -> Stamp:
    clock = body["clock"]
    return Stamp(
        clock if isinstance(clock, int) else 0,
        EventId(str(body["id"])),
        str(body["at"]),
        str(body["clone"]),
        str(body["who"]),
    )


def _cell(body: Mapping[str, Mapping[str, Json]], stamps: Mapping[str, Stamp]) -> Cell:
    live = {EventId(id): Write(stamps[id], value) for id, value in body["live"].items()}
    return Cell(live, frozenset(EventId(id) for id in body.get("gone", ())))
