"""An environment's text: what it means, and each mistake by its line and key."""

from __future__ import annotations

import textwrap

import pytest
from msgspec.structs import replace

from git_phc.model.environment import Action, Environment, Script, parse_environment

WHOLE = """\
id = "0b9e6c0e-6a4e-4b1e-9d0e-2f1f6a1c9a11" # DO NOT EDIT MANUALLY
version = 1

name = "Dev"

[setup]
script = '''
name = 1
npm ci
'''

[[actions]]
name = "Run"
icon = "play"
command = "npm start"

[[actions]]
name = "Test"
command = '''
npm test
'''
"""
OURS = """\
[setup]
script = "make"
timeout = "90s"
[teardown]
script = "make clean"
timeout = 5
[vars]
A = "1"
[cloud]
network = "custom"
allowed_domains = ["example.com", "*.example.org"]
include_default_domains = true
secrets = ["TOKEN"]
image = "debian"
sandbox = "podman"
cpus = 1.5
memory = "4g"
"""


def read(text: str, *, theirs: bool = False) -> Environment:
    found = parse_environment(text.encode(), stem="dev", theirs=theirs)
    assert isinstance(found, Environment), [one.told("dev") for one in found]
    return found


def mistakes(text: str | bytes, *, theirs: bool = False) -> list[str]:
    data = text if isinstance(text, bytes) else textwrap.dedent(text).lstrip("\n").encode()
    found = parse_environment(data, stem="dev", theirs=theirs)
    assert isinstance(found, list), found
    return [one.told("f") for one in found]


def test_what_posthog_code_writes() -> None:
    assert read(WHOLE, theirs=True) == Environment(
        name="Dev",
        id="0b9e6c0e-6a4e-4b1e-9d0e-2f1f6a1c9a11",
        setup=Script("name = 1\nnpm ci\n", 1800),
        actions=(Action("Run", "npm start", "play"), Action("Test", "npm test\n")),
    )


def test_what_is_ours() -> None:
    found = read(OURS)
    assert (found.name, found.vars) == ("dev", {"A": "1"})
    assert (found.setup, found.teardown) == (Script("make", 90), Script("make clean", 5))
    assert found.cloud["memory"] == "4g"
    assert read("") == Environment(name="dev")
    assert read("[setup]\nscript = '  '\n").setup is None


FLAG, QUOTED = "must be true or false", ", in quotes"
OWNERS = "cannot be none: that is for the owner of the machine to say"
RESERVED = "LD_PRELOAD is no name for a secret: it would change what programs do"
CUSTOM = 'counts only with network = "custom"'
DOMAINS = "must be a list of domains, in quotes"
TIME = 'must be a time, such as "90s", "15m", "2h"'


@pytest.mark.parametrize(
    ("text", "line", "key", "what"),
    [
        ("name = ", 1, "name", "invalid value"),
        ("name = 'a'\nname = 'b'", 2, "name", "cannot overwrite a value"),
        ("name = 'a'\n[setup]\nscript = '''\nx\n", 4, "setup.script", "expected \"'''\""),
        ("[setup\n", 1, "setup", "expected ']' at the end of a table declaration"),
        ("a b", 1, "", "expected '=' after a key in a key/value pair"),
        ("name = 3", 1, "name", "must be a text, in quotes"),
        ("name = ' '", 1, "name", "must not be empty"),
        ("name = 'none'", 1, "name", "none is the word for no environment; choose another"),
        ("id = 'x'", 1, "id", "must be a UUID, in quotes"),
        ("version = 2", 1, "version", "version 2 of the format is not known; this is 1"),
        ("version = true", 1, "version", "must be the number 1"),
        ("setup = 'x'", 1, "setup", "must be a table, in [ ]"),
        ("actions = 'x'", 1, "actions", "must be a list of tables, in [[ ]]"),
        ("actions = [1]", 1, "actions[1]", "must be a table: [[actions]]"),
        ("[setup]\nscirpt = 'x'", 2, "setup.scirpt", "there is no such key; did you mean script?"),
        ("[setup]\ncolour = 'x'", 2, "setup.colour", "there is no such key"),
        ("setup.timeout = 'soon'", 1, "setup.timeout", TIME),
        ("[teardown]\ntimeout = 0", 2, "teardown.timeout", TIME),
        ('[setup]\nscript = "a\\u0000b"', 2, "setup.script", "must not hold a NUL"),
        ("[[actions]]\nname = 'x'", 1, "actions[1].command", "is missing"),
        ("[[actions]]\nname='x'\ncommand=''", 3, "actions[1].command", "must not be empty"),
        ("[vars]\nPHC_X = 'x'", 2, "vars.PHC_X", "is set by git phc itself"),
        ("[vars]\nPORT = 3", 2, "vars.PORT", "must be a text, in quotes"),
        ("[vars]\n'a b' = 'x'", 2, "vars.a b", "cannot be a variable's name"),
        ("[cloud]\nnetwork = 'x'", 2, "cloud.network", "must be one of: trusted, full, custom"),
        ("cloud.secrets = [1]", 1, "cloud.secrets", f"must be a list of variables' names{QUOTED}"),
        ("cloud={allowed_domains=1}", 1, "cloud.allowed_domains", DOMAINS),
        ("cloud.sandbox = 'none'", 1, "cloud.sandbox", OWNERS),
        ("cloud.secrets = ['LD_PRELOAD']", 1, "cloud.secrets", RESERVED),
        ("cloud={allowed_domains=['a']}", 1, "cloud.allowed_domains", CUSTOM),
        ("cloud={include_default_domains=true}", 1, "cloud.include_default_domains", CUSTOM),
        ("[cloud]\ncpus = 0", 2, "cloud.cpus", "must be a number above 0"),
        ("[cloud]\nmemory = 4", 2, "cloud.memory", 'must be a size, such as "512m", "4g"'),
        ("[cloud]\ninclude_default_domains=1", 2, "cloud.include_default_domains", FLAG),
        (b"name = 'a'\n# \xff", 2, "", "this is no UTF-8"),
        (b"\xef\xbb\xbfname = 'a'", 1, "", "invalid statement"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_by_line_and_key(
    text: str | bytes, line: int, key: str, what: str
) -> None:
    where = ", ".join(filter(None, ["f", f"line {line}", key]))
    assert mistakes(text) == [f"{where}: {what}"]


def test_what_is_nested_deep_is_a_mistake_and_no_crash() -> None:
    assert len(mistakes("a = " + "[" * 20_000)) == 1


def test_all_mistakes_are_told_in_the_order_of_their_lines() -> None:
    assert mistakes("""
        name = 1
        [setup]
        script = '''
        name = 2
        version = 3
        '''
        scripts = "x"
        [[actions]]
        name = "a"
        command = "x"
        [[actions]]
        name = "A"
        """) == [
        "f, line 1, name: must be a text, in quotes",
        "f, line 7, setup.scripts: there is no such key; did you mean script?",
        "f, line 11, actions[2].command: is missing",
        "f, line 12, actions[2].name: another action has this name",
    ]


def test_a_later_key_of_posthog_codes_is_passed_over_and_a_misspelt_one_is_not() -> None:
    assert read("colour = 'red'\n[shape]\nx = 1", theirs=True) == Environment(name="dev")
    assert mistakes("[setup]\nscripts = 'x'", theirs=True) == [
        "f, line 2, setup.scripts: there is no such key; did you mean script?"
    ]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ('"90"', 90), ('"90s"', 90), ('"15m"', 900), ('"2h"', 7200), ('"1d"', 86400)],
)
def test_times(text: str, seconds: int) -> None:
    found = read(f"[setup]\nscript = 'x'\ntimeout = {text}").setup
    assert found == Script("x", seconds)


def test_consent_is_tied_to_every_word_that_would_run() -> None:
    one = Environment(
        name="a", setup=Script("x", 1), teardown=Script("y", 1), actions=(Action("n", "c"),),
        vars={"A": "1"},
    )  # fmt: skip
    others = [
        replace(one, setup=Script("x ", 1)),
        replace(one, teardown=None),
        replace(one, setup=one.teardown, teardown=one.setup),
        replace(one, actions=(Action("n", "c2"),)),
        replace(one, actions=()),
        replace(one, vars={"A": "2"}),
        replace(one, vars={"PATH": "1"}),
    ]
    digests = {other.digest for other in [one, *others]}
    assert len(digests) == len(others) + 1
    harmless = replace(
        one, name="b", id="c", setup=Script("x", 9), actions=(Action("n", "c", "i"),)
    )
    assert harmless.digest == one.digest
    assert not Environment(name="a", cloud={"cpus": 1}).acts
