"""What is heard of a run's requests, and what of it is told."""

from __future__ import annotations

from git_phc.model.events.denied import Denied
from git_phc.model.ids import EventId
from git_phc.plugins.records import Record
from git_phc.proxy.server import Visit
from git_phc.run.denials import EVENTS, NAMED, Denials

CLAIM = EventId("1" * 64)


class Told:
    """What was told so far."""

    def __init__(self, denials: Denials) -> None:
        self.denials = denials
        self.records: list[Record] = []
        self.events: list[Denied] = []

    def hear(self, *visits: Visit) -> None:
        for visit in visits:
            self.denials.hear(visit)
        self.denials.tell(self.records.append, self.events.append)


def test_each_host_is_told_once_and_all_are_counted() -> None:
    told = Told(Denials(CLAIM, tells_all=False))
    told.hear(Visit("a.example", 443, "it is not"), Visit("b.example", 443))
    told.hear(*[Visit("a.example", 443, "it is not")] * 3)
    text = "denied a.example:443: it is not"
    assert told.records == [{"kind": "note", "text": text, "denied": "a.example:443"}]
    assert told.events == [Denied(CLAIM, "a.example:443", "it is not", 1)]
    told.denials.close(told.events.append)
    assert told.events[1:] == [Denied(CLAIM, "a.example:443", "it is not", 4)]
    told.denials.close(told.events.append)
    assert len(told.events) == 2


def test_all_that_is_reached_is_told_where_any_host_may_be() -> None:
    told = Told(Denials(CLAIM, tells_all=True))
    told.hear(Visit("b.example", 80), Visit("b.example", 80))
    assert told.records == [
        {"kind": "note", "text": "reached b.example:80", "reached": "b.example:80"}
    ]
    told.denials.close(told.events.append)
    assert told.events == []


def test_a_flood_of_names_is_bounded() -> None:
    told = Told(Denials(CLAIM, tells_all=False))
    told.hear(*(Visit(f"{number}.example", 443, "x" * 1000) for number in range(NAMED * 3)))
    told.denials.close(told.events.append)
    assert len(told.records) == NAMED
    assert len(told.events) == EVENTS
    assert told.events[-1].times == NAMED * 3
