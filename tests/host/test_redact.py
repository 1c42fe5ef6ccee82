"""Redaction: what is secret goes, what is not stays, however the text comes in pieces."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from git_phc.host.redact import redactor, secret_values
from git_phc.host.shapes import MASK

BODY = "\n".join("MIIEpAIBAAKCAQEA" + "abcDEF0123456789" * 3 for _ in range(20))
KEY = f"-----BEGIN RSA PRIVATE KEY-----\n{BODY}\nqQ==\n-----END RSA PRIVATE KEY-----"
ENVIRON = {
    "DEPLOY_TOKEN": "correct horse battery",
    "PGPASSWORD": "hunter2hunter2",
    "SIGNING_KEY": "9f8e7d6c5b4a39281706f5e4",
    "MY_SECRET": "first line of it\nsecond line of it",
    "TOKEN_FILE": "/etc/passwd-of-something",
    "USER": "ada.tester",
}
SECRETS = {
    "model provider": "sk-ant-api03-abcdefghijklmnopqrstuvwx",
    "forge": "ghp_" + "a1B2" * 9,
    "cloud": "AKIAIOSFODNN7EXAMPLE",
    "chat": "xoxb-123456789012-abcdefghij",
    "web token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abcdefghijklmnop",
    "assignment": "s3cr3tvalue0123456789",
    "behind a long name": "s3cr3tvalue9876543210",
    "after a letter of two": "ghp_" + "b2C3" * 9,
    "bearer": "abcdefgh.ijklmnop",
    "in a URL": "ada:pa55word",
    "a variable's": "correct horse battery",
    "a variable's line": "second line of it",
    "key": "9f8e7d6c5b4a39281706f5e4",
    "key block": BODY.splitlines()[3],
}
TEXT = f"""\
first {SECRETS["model provider"]} and
remote https://{SECRETS["in a URL"]}@example.com/x.git {SECRETS["forge"]}
curl -H "Authorization: Bearer {SECRETS["bearer"]}"
{"a_very_long_name_" * 4}password={SECRETS["behind a long name"]}
İ {SECRETS["after a letter of two"]}
export API_KEY={SECRETS["assignment"]} {SECRETS["chat"]}
{SECRETS["web token"]} {SECRETS["cloud"]}
value: {SECRETS["a variable's"]}, {SECRETS["a variable's line"]}; {SECRETS["key"]}
{KEY}
  12: -----BEGIN PGP PRIVATE KEY BLOCK-----
+
+{BODY.splitlines()[0]}
+-----END PGP PRIVATE KEY BLOCK-----
the last line, without an end"""

PLAIN = (
    "commit 95e8192f05dac6d551b702227baae6b6469c77b8",
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "123e4567-e89b-12d3-a456-426614174000",
    "https://example.com/path?x=1@2",
    "the token is tokenizer.next() and the key: value",
    "user ada.tester reads /etc/passwd-of-something",
    "task rplyrzxs on phc/say-hi-rplyrzxs, disk-usage, ask-me-anything-you-like",
    "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
    "----- a line -----",
)


def in_pieces(text: str, cuts: list[int]) -> str:
    stream, out, last = redactor(ENVIRON).stream(), "", 0
    for cut in sorted(cuts):
        out += stream.feed(text[last:cut])
        last = cut
    return out + stream.feed(text[last:]) + stream.close()


@pytest.mark.parametrize("kind", SECRETS)
def test_no_secret_is_left(kind: str) -> None:
    assert SECRETS[kind] in TEXT
    assert SECRETS[kind] not in redactor(ENVIRON)(TEXT)


@pytest.mark.parametrize("text", PLAIN)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redactor(ENVIRON)(text) == text
    assert in_pieces(text, list(range(len(text)))) == text


def test_the_rest_of_the_text_stays() -> None:
    said = redactor(ENVIRON)(TEXT)
    assert said.startswith(f"first {MASK} and\nremote https://{MASK}@example.com/x.git {MASK}\n")
    assert said.endswith("\nthe last line, without an end")


@given(st.lists(st.integers(0, len(TEXT)), max_size=12))
def test_a_stream_says_what_the_whole_would_say(cuts: list[int]) -> None:
    assert in_pieces(TEXT, cuts) == redactor(ENVIRON)(TEXT)


def test_letter_by_letter() -> None:
    assert in_pieces(TEXT, list(range(len(TEXT)))) == redactor(ENVIRON)(TEXT)


def test_who_writes_about_keys_keeps_the_rest_of_the_text() -> None:
    text = "grep for '-----BEGIN RSA PRIVATE KEY-----' in all files,\nthen fix them.\n"
    assert redactor({})(text) == f"grep for '{MASK}' in all files,\nthen fix them.\n"


def test_a_question_without_an_end_of_line_is_passed_on() -> None:
    stream = redactor(ENVIRON).stream()
    assert stream.feed("Shall I go on? [y/n] ") == "Shall I go on? [y/n] "
    assert stream.feed("password: ") == ""
    assert stream.close() == "password: "


def test_a_line_without_an_end_is_not_held_for_ever() -> None:
    stream = redactor(ENVIRON).stream()
    passed = sum(len(stream.feed("x" * 10_000)) for _ in range(100))
    assert passed > 980_000


def test_a_secret_where_a_long_line_is_cut() -> None:
    for at in range(0, 200, 7):
        stream = redactor(ENVIRON).stream()
        said = stream.feed("." * (20_000 + at) + SECRETS["forge"] + "." * 4000)
        said += stream.feed("-" * 5000 + "\n") + stream.close()
        assert SECRETS["forge"][8:20] not in said


@pytest.mark.parametrize("odd", "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029")
def test_a_line_of_a_key_ends_where_lines_end(odd: str) -> None:
    text = KEY.replace("\n", f"{odd}\n", 2) + "\nafter\n"
    assert redactor({})(text) == f"{MASK}\nafter\n"
    stream = redactor({}).stream()
    said = "".join(stream.feed(f"{line}\n") for line in text.split("\n")[:-1])
    assert (said, stream.close()) == (f"{MASK}\nafter\n", "")


def test_which_variables_are_secret() -> None:
    assert secret_values(ENVIRON) == [
        "9f8e7d6c5b4a39281706f5e4",
        "correct horse battery",
        "second line of it",
        "first line of it",
        "hunter2hunter2",
    ]


@pytest.mark.parametrize(
    "evil",
    ["a-" * 200_000, "eyJ-" * 60_000, "token=" * 40_000, "x" * 400_000, "://a:" * 60_000,
     "-----BEGIN RSA PRIVATE KEY-----" * 6_000, "-----" * 60_000, "word " * 60_000],
)  # fmt: skip
def test_no_text_makes_it_slow(evil: str) -> None:
    redact = redactor(ENVIRON)
    begun = time.process_time()
    for at in range(0, len(evil), 65536):
        redact(evil[at : at + 65536])
    stream = redact.stream()
    for at in range(0, len(evil), 65536):
        stream.feed(evil[at : at + 65536])
    assert time.process_time() - begun < 5
