"""A secret is taken out whatever form it comes in."""

from __future__ import annotations

import base64
import json
import re
import subprocess
from urllib.parse import quote, quote_plus, urlencode

import pytest

from git_phc.host.redact import Redactor, redactor
from git_phc.host.shapes import MASK

VALUE = "Zk+v/ü~8=q x9&Lm%Pw"
LONG = "0123456789abcdefghij" * 5


def learned(*values: str) -> Redactor:
    made = redactor({})
    made.learn(values)
    return made


def base64_program(text: str) -> str:
    return subprocess.run(
        ["base64"], input=text.encode(), capture_output=True, check=True
    ).stdout.decode()


@pytest.mark.parametrize(
    "disguised",
    [
        VALUE,
        f"before{VALUE}after",
        base64.b64encode(VALUE.encode()).decode(),
        base64.urlsafe_b64encode(VALUE.encode()).decode(),
        quote(VALUE, safe=""),
        re.sub("%..", lambda found: found[0].lower(), quote(VALUE, safe="")),
        quote_plus(VALUE),
        urlencode({"token": VALUE}),
    ],
)
def test_a_value_and_its_disguises(disguised: str) -> None:
    hidden = learned(VALUE)(disguised)
    assert MASK in hidden
    for form in (VALUE, disguised[8:-8]):
        assert form not in hidden


@pytest.mark.parametrize("before", ["", "u", "us", "user:", "a longer name:"])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_within_a_longer_text_in_base64(before: str, encode: object) -> None:
    assert callable(encode)
    text = encode((before + VALUE + ", and more").encode()).decode()
    hidden = learned(VALUE)(text)
    assert MASK in hidden
    # What is left tells no more than the letters that it shares with what stands around it.
    rest = b"".join(base64.urlsafe_b64decode(p + "=" * (-len(p) % 4)) for p in hidden.translate(
        str.maketrans("+/", "-_")).split(MASK))  # fmt: skip
    assert VALUE.encode()[2:-2] not in rest


def test_in_lines_as_programs_wrap_them() -> None:
    hidden = learned(LONG)(base64_program(LONG))
    assert set(hidden.split()) == {MASK}


def test_each_line_of_a_value_with_many() -> None:
    made = learned("first line 1\nsecond line 2\n")
    assert made("a first line 1 b") == f"a {MASK} b"
    assert made("second line 2") == MASK


def test_what_was_learned_counts_in_a_stream_that_is_open() -> None:
    made = redactor({})
    stream = made.stream()
    said = stream.feed("one ")
    made.learn([VALUE])
    said += stream.feed(VALUE[:5]) + stream.feed(VALUE[5:] + " two\n") + stream.close()
    assert said == f"one {MASK} two\n"


def test_what_was_known_before_is_looked_at_again() -> None:
    made = redactor({})
    assert made(VALUE) == VALUE
    made.learn([VALUE])
    assert made(VALUE) == MASK
    assert VALUE not in json.dumps(made(f"x {VALUE}"))


def test_what_is_too_short_is_no_secret() -> None:
    assert learned("short")("short words") == "short words"
