"""Canonical JSON, and events as bytes, over random values."""

from __future__ import annotations

import json
import random
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from git_phc.errors import NewerVersion
from git_phc.model.codec import LARGEST, Json, NotCanonical, decode, encode
from git_phc.model.event import parse_event
from git_phc.model.events.edited import CHECKS, Edited
from git_phc.model.ids import event_id_from_bytes
from git_phc.model.text import (
    INLINE,
    TITLE,
    Text,
    clean,
    shorten,
    slug_from_title,
    text_from_string,
    title_from_prompt,
)
from tests.model.making import started, written

KNOWN = {"v", "type", "task", "clock", "actor", "at", "nonce", "over", "data"}

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
values: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers(-LARGEST, LARGEST) | texts,
    lambda inner: st.lists(inner) | st.dictionaries(texts, inner),
    max_leaves=10,
)


def plain(value: Json) -> Json:
    """Of the same value another order of keys, and lists for tuples."""
    return json.loads(json.dumps(value, sort_keys=True))  # type: ignore[no-any-return]


@settings(max_examples=250)
@given(values)
def test_a_value_goes_both_ways(value: Json) -> None:
    data = encode(value)
    assert decode(data) == value
    assert encode(plain(value)) == data


@settings(max_examples=250)
@given(values, st.randoms(use_true_random=False))
def test_no_other_bytes_stand_for_a_value(value: Json, rng: random.Random) -> None:
    data = encode(value)
    for other in (
        data + b" ",
        b"\n" + data,
        json.dumps(value, indent=1).encode(),
        mutated(data, rng),
    ):
        if other == data:
            continue
        try:
            assert encode(decode(other)) == other
        except NotCanonical:
            continue


def mutated(data: bytes, rng: random.Random) -> bytes:
    """`data` with one byte changed, added or taken away."""
    at, new = rng.randrange(len(data)), bytes([rng.randrange(256)])
    return rng.choice(
        [data[:at] + new + data[at + 1 :], data[:at] + new + data[at:], data[:at] + data[at + 1 :]]
    )


@settings(max_examples=250)
@given(st.binary(max_size=60))
def test_random_bytes_are_canonical_or_refused(data: bytes) -> None:
    with suppress(NotCanonical):
        assert encode(decode(data)) == data


@pytest.mark.slow
@settings(max_examples=80)
@given(st.dictionaries(texts.filter(lambda key: key not in KNOWN), values), texts, st.randoms())
def test_an_event_keeps_keys_that_it_does_not_know(
    more: dict[str, Json], title: str, rng: random.Random
) -> None:
    event = started().say(Edited({"title": clean(title)[:TITLE].strip() or "x"}))
    envelope = json.loads(event.bytes)
    envelope["data"]["fields"] |= {f"later {key}": value for key, value in more.items()}
    data = encode({**envelope, **more})
    known = parse_event(data)
    assert (known.bytes, known.body, known.over) == (data, event.body, event.over)
    assert (known.id == event.id) == (not more)


@settings(max_examples=250)
@given(st.randoms(use_true_random=False))
def test_an_id_changes_with_any_byte(rng: random.Random) -> None:
    event = started().say(Edited({"title": "Other"}))
    other = mutated(event.bytes, rng)
    assert (event_id_from_bytes(other) == event.id) == (other == event.bytes)
    with suppress(NotCanonical, NewerVersion):
        assert parse_event(other).bytes == other


@pytest.mark.slow
@settings(max_examples=150)
@given(st.dictionaries(st.sampled_from([*KNOWN, "later"]), values))
def test_an_event_of_anything_is_refused_or_read_and_never_a_crash(fields: dict[str, Json]) -> None:
    event = started().say(Edited({"title": "Other"}))
    data = encode({**json.loads(event.bytes), **fields})
    with suppress(NotCanonical, NewerVersion):
        assert parse_event(data).bytes == data


@settings(max_examples=150)
@given(st.sampled_from(list(CHECKS)), values)
def test_a_field_of_anything_is_refused_or_kept(name: str, value: Json) -> None:
    event = started().say(Edited({"pinned": True}))
    envelope = json.loads(event.bytes)
    envelope["data"] = {"fields": {name: value}}
    try:
        body = parse_event(encode(envelope)).body
    except NotCanonical:
        return
    assert written(body) == {"fields": {name: value}}
    assert "\n" not in body.subject()


@settings(max_examples=250)
@given(st.text())
def test_any_prompt_gives_a_title_that_may_be_written(prompt: str) -> None:
    title = title_from_prompt(prompt)
    assert started().say(Edited({"title": title})).body == Edited({"title": title})
    assert len(title) <= 72
    assert clean(clean(prompt)) == clean(prompt)


@settings(max_examples=250)
@given(st.text(), st.integers(1, 50))
def test_a_text_is_shortened_to_what_was_asked(text: str, limit: int) -> None:
    assert len(shorten(text, limit)) <= limit


@settings(max_examples=250)
@given(st.text())
def test_any_title_gives_a_slug_that_git_and_the_disk_take(title: str) -> None:
    slug = slug_from_title(title)
    assert len(slug) <= 40
    assert set(slug) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert not slug.startswith("-")
    assert not slug.endswith("-")


@settings(max_examples=100)
@given(st.text(min_size=1), st.integers(1, 3 * INLINE))
def test_any_text_is_whole_in_its_event_or_in_its_file(unit: str, size: int) -> None:
    whole = unit * (size // len(unit) + 1)
    text, files = text_from_string(whole)
    data = whole.encode(errors="replace")
    assert text.size == len(data)
    assert files == ({text.sha256: data} if text.sha256 else {})
    assert data.startswith(text.head.encode())
    assert bool(files) == (len(data) > INLINE)
    assert Text.parse(text.json) == text
    assert decode(encode(text.json)) == text.json


@pytest.mark.slow
@settings(max_examples=10_000)
@given(values, st.randoms(use_true_random=False))
def test_many_values_go_both_ways(value: Json, rng: random.Random) -> None:
    data = encode(value)
    assert decode(data) == value
    other = mutated(data, rng)
    with suppress(NotCanonical):
        assert encode(decode(other)) == other
