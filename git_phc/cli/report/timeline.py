"""What happened when, drawn: runs as bars; messages, questions, answers, checkpoints as marks.

A task may rest for a night between two runs of a minute, so a gap between two happenings is
as wide as its logarithm: nothing is ever too narrow to be seen, and the order is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from math import log1p
from typing import Any

from msgspec import Struct

from git_phc.cli.report.markup import Markup, tag
from git_phc.cli.safe import one_line

WIDE, LEFT, RIGHT = 1000, 110, 20  # units of the drawing: its width, and its margins
ROW, TOP, RADIUS = 34, 22, 5
LANES = ("runs", "messages", "questions", "checkpoints")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z")
LETTER = 7  # units that a letter of a label takes, about


class Happening(Struct, frozen=True):
    """Something on the timeline: at a time, or from one to another."""

    lane: str
    start: str
    what: str
    kind: str = "mark"
    end: str | None = None


def happenings(
    messages: Iterable[Mapping[str, Any]],
    runs: Iterable[Mapping[str, Any]],
    checkpoints: Iterable[Mapping[str, Any]],
    records: Iterable[Mapping[str, Any]],
    now: str,
) -> list[Happening]:
    """All that is drawn; a run that is not over goes on until `now`."""
    found = [Happening("messages", str(m["at"]), str(m["text"])[:200]) for m in messages]
    for run in runs:
        outcome = str(run.get("outcome") or "running")
        end = str(run.get("ended") or now)
        found.append(Happening("runs", str(run["started"]), outcome, outcome, end))
    found += [
        Happening("checkpoints", str(c["at"]), f"checkpoint {c['number']}: {c['reason']}")
        for c in checkpoints
    ]
    found += [_talk(one) for one in records if one.get("kind") in ("ask", "answered")]
    return [one for one in found if _is_time(one.start) and _is_time(one.end or one.start)]


def _is_time(text: str) -> bool:
    """Whether it has a place: a transcript may come from another clone, and say anything."""
    try:
        return bool(TIME.fullmatch(text) and datetime.fromisoformat(text))
    except ValueError:  # the 31st of February
        return False


def _talk(record: Mapping[str, Any]) -> Happening:
    if record["kind"] == "ask":
        return Happening("questions", str(record.get("at")), str(record.get("title")), "waiting")
    said = str(record.get("option") or record.get("text"))
    return Happening("questions", str(record.get("at")), f"answered: {said}", "answered")


def timeline(found: Sequence[Happening]) -> Markup:
    """The drawing."""
    places = _places(found)
    lanes = [lane for lane in LANES if any(one.lane == lane for one in found)]
    height = TOP + ROW * len(lanes) + 26
    parts = []
    for number, lane in enumerate(lanes):
        y = TOP + ROW * number
        parts.append(tag("text", lane, x=LEFT - 12, y=y + 4, text_anchor="end"))
        parts.append(tag("line", x1=LEFT, x2=WIDE - RIGHT, y1=y, y2=y, class_="lane"))
        parts += [_drawn(one, y, places) for one in found if one.lane == lane]
    return tag(
        "svg", tag("title", "Timeline"), *parts, *_scale(places, height),
        viewBox=f"0 0 {WIDE} {height}", role="img", class_="timeline",
    )  # fmt: skip


def _places(found: Sequence[Happening]) -> dict[str, float]:
    """Where on the drawing each time is."""
    times = sorted({time for one in found for time in (one.start, one.end) if time})
    moments = [datetime.fromisoformat(time) for time in times]
    gaps = [log1p((later - sooner).total_seconds() + 1) for sooner, later in pairwise(moments)]
    unit, at = (WIDE - LEFT - RIGHT - 2 * RADIUS) / (sum(gaps) or 1), float(LEFT + RADIUS)
    places = {}
    for time, gap in zip(times, [*gaps, 0.0], strict=True):
        places[time] = round(at, 1)
        at += gap * unit
    return places


def _drawn(one: Happening, y: int, places: Mapping[str, float]) -> Markup:
    x = places[one.start]
    said = f"{_clock(one.start)} {one_line(one.what)}"
    if one.end is None:
        return tag("circle", tag("title", said), cx=x, cy=y, r=RADIUS, class_=_kind(one))
    wide = max(places[one.end] - x, 2)
    shape = tag(
        "rect", tag("title", f"{said}, until {_clock(one.end)}"),
        x=x, y=y - 9, width=round(wide, 1), height=18, rx=4, class_=_kind(one),
    )  # fmt: skip
    fits = len(one.what) * LETTER + 12 < wide
    word = tag("text", one.what, x=x + 7, y=y + 4, class_="word") if fits else None
    return tag("g", shape, word)


KINDS = ("mark", "ready", "done", "failed", "cancelled", "waiting", "answered", "running")


def _kind(one: Happening) -> str:
    """Its class: never a word that came with the task."""
    return one.kind if one.kind in KINDS else "mark"


def _scale(places: Mapping[str, float], height: int) -> list[Markup]:
    """Times below the lanes, as many as there is room for; the last one is among them."""
    label = LETTER * len("2026-01-31 12:00:00")
    apart = 1.5 * label + 20  # the last one ends at its time, the others have it in their middle
    chosen: list[tuple[str, float]] = []
    for time, x in sorted(places.items(), reverse=True):
        if not chosen or chosen[-1][1] - x > apart:
            chosen.append((time, x))
    shown = []
    for time, x in chosen:
        anchor = "start" if x < LEFT + label / 2 else "end" if x > WIDE - label else "middle"
        at = {"x": x, "y": height - 8, "text_anchor": anchor, "class_": "time"}
        shown.append(tag("text", _clock(time), **at))
    return shown


def _clock(time: str) -> str:
    return one_line(time)[:19].replace("T", " ")
