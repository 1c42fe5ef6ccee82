from __future__ import annotations

import pytest

from git_phc.git.encoding import (
    FILE,
    FOLDER,
    Commit,
    Entry,
    Signature,
    decode_commit,
    decode_tree,
    encode_commit,
    encode_tree,
)

ONE, TWO = "1" * 40, "2" * 40


def test_a_tree_is_sorted_as_if_folders_ended_with_a_slash() -> None:
    entries = {
        b"a0": Entry(FILE, ONE),
        b"a": Entry(FOLDER, TWO),
        b"a.b": Entry(FILE, ONE),
        b"a-": Entry(0o100755, ONE),
        b"Z\n\xff": Entry(0o120000, ONE),
    }
    data = encode_tree(entries)
    one, two = b"\x11" * 20, b"\x22" * 20
    assert data == (
        b"120000 Z\n\xff\0" + one
        + b"100755 a-\0" + one
        + b"100644 a.b\0" + one
        + b"40000 a\0" + two
        + b"100644 a0\0" + one
    )  # fmt: skip
    assert decode_tree(data, 20) == entries


def test_a_tree_of_sha256_and_an_empty_one() -> None:
    entries = {b"a": Entry(FILE, "3" * 64)}
    assert decode_tree(encode_tree(entries), 32) == entries
    assert encode_tree({}) == b""
    assert decode_tree(b"", 20) == {}


@pytest.mark.parametrize(
    "data",
    [
        b"100644",
        b"100644 a",
        b"100644 a\0short",
        b"99 a\0" + b"\x11" * 20,
        b" a\0" + b"\x11" * 20,
        b"tree " + ONE.encode() + b"\nauthor A <a> 1 +0000\n\nx\n",
    ],
)
def test_what_is_no_tree_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        decode_tree(data, 20)


def test_a_commit_as_git_writes_it() -> None:
    author = Signature("Ada", "ada@example.com", 1, "+0130")
    committer = Signature("  <B>\nob\0 ", "bob@x>\n", 2)
    message = "subject\0\n\nPhc-Event: created\n\n"
    data = encode_commit(ONE, [TWO, ONE], author, committer, message)
    assert (
        data
        == (
            f"tree {ONE}\nparent {TWO}\nparent {ONE}\n"
            "author Ada <ada@example.com> 1 +0130\n"
            "committer Bob <bob@x> 2 +0000\n"
            "\nsubject\n\nPhc-Event: created\n"
        ).encode()
    )
    assert decode_commit(data) == Commit(ONE, (TWO, ONE), b"subject\n\nPhc-Event: created\n")


def test_half_characters_become_question_marks() -> None:
    who = Signature("A\udcff", "e\ud800", 1)
    data = encode_commit(ONE, [], who, who, "m\udcff")
    assert data.endswith(b"committer A? <e?> 1 +0000\n\nm?\n")


def test_headers_that_are_not_ours_are_passed_over() -> None:
    head = f"tree {ONE}\ngpgsig -----BEGIN\n tree of knowledge\n -----END\nencoding x"
    assert decode_commit(head.encode() + b"\n\nmsg\n\nmore") == Commit(ONE, (), b"msg\n\nmore")
