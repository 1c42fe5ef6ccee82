from __future__ import annotations

import pytest

from git_phc.model.codec import DEEPEST, LARGEST, Json, NotCanonical, decode, encode


def nested(depth: int) -> Json:
    value: Json = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "data"),
    [
        (None, b"null"),
        (True, b"true"),
        (0, b"0"),
        (-LARGEST, b"-9007199254740991"),
        ("", b'""'),
        ('\u20ac$\u000f\u000aA\'\u0042"\\"/', b'"\xe2\x82\xac$\\u000f\\nA\'B\\"\\\\\\"/"'),
        ("\b\t\n\f\r\x00\x1f\x7f\u2028", b'"\\b\\t\\n\\f\\r\\u0000\\u001f\x7f\xe2\x80\xa8"'),
        ([], b"[]"),
        ((1, [2, {}]), b"[1,[2,{}]]"),
        ({"b": 1, "a": {"d": [], "c": "x"}}, b'{"a":{"c":"x","d":[]},"b":1}'),
        # the example of RFC 8785, 3.2.3: by UTF-16, so the emoji comes before the ligature
        (
            dict.fromkeys(["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"], 0),
            '{"\\r":0,"1":0,"\u0080":0,"\u00f6":0,"\u20ac":0,"\U0001f600":0,"\ufb33":0}'.encode(),
        ),
    ],
)
def test_one_value_one_sequence_of_bytes(value: Json, data: bytes) -> None:
    assert encode(value) == data
    assert encode(decode(data)) == data


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" 1",
        b"1\n",
        b"{}{}",
        b'{"a":1,}',
        b"{'a':1}",
        b'{"b":1,"a":1}',
        b'{"a":1,"a":1}',
        b'{"a":1,"a":2}',
        b'{"\xef\xac\xb3":0,"\xf0\x9f\x98\x80":0}',  # sorted by UTF-8, not by UTF-16
        b'{"a": 1}',
        b"1.0",
        b"1.5",
        b"1e3",
        b"-0",
        b"01",
        b"NaN",
        b"Infinity",
        b"-Infinity",
        b"9007199254740992",
        b"-9007199254740992",
        b"1" * 5000,
        b'"\\u0041"',
        b'"\\/"',
        b'"\\u001F"',
        b'"\x01"',
        b'"\\ud800"',
        b'"\\udc00\\ud800"',
        b'"\\ud83d\\ude00"',
        b'"\xed\xa0\x80"',
        b'"\xff"',
        b"\xef\xbb\xbf1",
        '"x"'.encode("utf-16"),
        '"x"'.encode("utf-32-le"),
        b'{"\\ud800":1}',
        b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 5000,
        b"[" * (DEEPEST + 1) + b"1" + b"]" * (DEEPEST + 1),
    ],
)
def test_bytes_that_are_not_canonical_are_refused(data: bytes) -> None:
    with pytest.raises(NotCanonical):
        decode(data)


@pytest.mark.parametrize(
    "value",
    [
        1.0,
        float("nan"),
        LARGEST + 1,
        -LARGEST - 1,
        10**5000,
        "\ud800",
        ["\udfff"],
        {"\ud800": 1},
        {1: 2},
        {None: 2},
        {"a": object()},
        {1, 2},
        nested(DEEPEST + 1),
        nested(100_000),
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_without_a_canonical_form_are_refused(value: Json) -> None:
    with pytest.raises(NotCanonical):
        encode(value)


def test_the_deepest_value_goes_both_ways() -> None:
    value = nested(DEEPEST)
    assert decode(encode(value)) == value


def test_a_refusal_does_not_repeat_what_was_sent() -> None:
    with pytest.raises(NotCanonical) as refused:
        decode(b'["' + b"x" * 10_000 + b'",' + b"9" * 4000 + b"]")
    assert len(str(refused.value)) < 200
