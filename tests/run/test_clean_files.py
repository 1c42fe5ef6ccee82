"""An agent's session files as they are kept: nothing secret in them, however JSON writes it."""

from __future__ import annotations

import json

import pytest

from git_phc.host.redact import redactor
from git_phc.host.shapes import MASK
from git_phc.run.conversation import clean_files
from tests.host.test_redact import KEY

SECRETS = ('p"ss\\w0rd-very', "pässwörd-lang", "tab\tin-the-middle", "correct horse battery")
TOKEN = "ghp_" + "a1B2" * 9


def kept(text: str, secret: str = SECRETS[0]) -> str:
    return clean_files({"f": text.encode()}, redactor({"DB_PASSWORD": secret}))["f"].decode()


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("plain", [True, False])
def test_a_value_that_json_writes_in_another_way(secret: str, plain: bool) -> None:
    inner = json.dumps({"cmd": f"login {secret}"}, ensure_ascii=plain)
    line = json.dumps({"said": f"it is {secret}.", "arguments": inner}, ensure_ascii=plain)
    other = '{"a": "untouched \\u00e4\\n"}'
    found = kept(f"{other}\n{line}\n", secret).split("\n")
    assert (found[0], found[2]) == (other, "")
    clean = json.loads(found[1])
    assert clean["said"] == f"it is {MASK}."
    assert json.loads(clean["arguments"]) == {"cmd": f"login {MASK}"}


def test_any_escape_is_a_spelling() -> None:
    assert json.loads(kept('{"a": "\\u0070\\"ss\\\\w0rd-v\\u0065ry"}')) == {"a": MASK}
    assert json.loads(kept('{"a": "correct\\u0020horse battery"}', SECRETS[3])) == {"a": MASK}


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1.50, "b": "x\\u2028y \\ud800"}\n{"a": 2}',
        '{\n  "a": ["\\"", 1]\n}\n',
        '{"a": "x\u2028y\x85z"}\r\n\n{"a": "\\\\"}\r\n',
        "no JSON at all\n",
        "",
    ],
)
def test_what_holds_no_secret_stays_as_it_is(text: str) -> None:
    assert kept(text) == text


def test_a_key_that_stands_there_twice_hides_nothing() -> None:
    assert TOKEN not in kept(json.dumps({"a": TOKEN})[:-1] + ', "a": "x"}')


def test_what_is_nested_too_deep_to_be_read_is_cleaned_as_a_text() -> None:
    assert TOKEN not in kept(f'{"[" * 200_000}"{TOKEN}"')


def test_what_is_changed_is_still_the_same_json() -> None:
    text = f'{{"a": "{TOKEN}\u2028\\ud800"}}\n{{"b": "x\u2028y"}}\n'
    assert kept(text) == f'{{"a":"{MASK}\u2028\\ud800"}}\n{{"b": "x\u2028y"}}\n'
    assert kept(f'{{"a": "\\"{TOKEN}"}}\n') == f'{{"a":"\\"{MASK}"}}\n'


def test_what_is_no_json_is_cleaned_as_a_text() -> None:
    assert kept(f'{{"a": "{TOKEN}"}}\nbegin\n{KEY}\nend') == (
        f'{{"a":"{MASK}"}}\nbegin\n{MASK}\nend'
    )
    assert kept(f'{{"a": 1}}\n{{"cut": "{TOKEN}') == f'{{"a": 1}}\n{{"cut": "{MASK}'
