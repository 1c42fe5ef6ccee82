"""A transcript may come from a stranger: whatever its records are, they make a sound page."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from git_phc.cli.records import record_lines
from git_phc.cli.report.conversation import KINDS, conversation
from git_phc.cli.report.markup import VOID, joined
from git_phc.cli.report.timeline import happenings, timeline

NAMES = (
    "at", "turn", "prompt", "text", "stream", "status", "command", "title", "tool", "exit_code",
    "output", "path", "diff", "entries", "option", "by", "environment", "reason", "outcome",
)  # fmt: skip
TEXTS = st.text() | st.sampled_from(
    ["</div><script>x</script>", '"><img src=x onerror=x>', "ok", "failed", "2026-01-01", "9" * 30]
)
LEAVES = st.none() | st.booleans() | st.integers() | TEXTS
VALUES = LEAVES | st.lists(LEAVES, max_size=2) | st.dictionaries(st.just("text"), LEAVES)
ENTRIES = st.lists(st.fixed_dictionaries({"text": VALUES, "status": VALUES}) | LEAVES, max_size=2)
RECORDS = st.lists(
    st.builds(
        lambda kind, one, two, entries: {"kind": kind, **one, **two, "entries": entries},
        st.sampled_from([*KINDS, "text", "ask", "answered", 7]),
        st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=4),
        st.dictionaries(st.sampled_from(("at", "text", "output")), TEXTS, max_size=2),
        ENTRIES | VALUES,
    ),
    max_size=4,
)


class Checked(HTMLParser):
    """Tags that are closed as they were opened, all of them ours."""

    def __init__(self) -> None:
        super().__init__()
        self.stack: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        assert tag not in ("script", "img"), tag
        assert not any(name.startswith("on") for name, _ in attrs), attrs
        if tag not in VOID:
            self.stack.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop() == tag


@settings(max_examples=200)
@given(RECORDS)
def test_any_records_make_a_sound_page(records: list[dict[str, Any]]) -> None:
    now = "2026-01-02T03:04:05.000Z"
    drawn = happenings([{"at": now, "text": "x"}], [], [], records, now)
    page = joined(*conversation(records), timeline(drawn))
    for record in records:  # and lines for a terminal
        for line, _ in record_lines(record, colour=True, columns=80):
            assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", line)
    checked = Checked()
    checked.feed(page)
    checked.close()
    assert checked.stack == []
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", page)
