"""What a hostile agent leaves in its clone: none of it runs, leads out, or is believed."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from git_phc.errors import PhcError, Refused
from git_phc.git import run
from git_phc.git.foreign.take_in import take_in
from tests.git.foreign.yard import BRANCH, Yard

HOOKS = (
    "applypatch-msg", "fsmonitor-watchman", "post-checkout", "post-commit", "post-index-change",
    "pre-auto-gc", "pre-commit", "reference-transaction", "post-rewrite", "post-merge",
)  # fmt: skip


def trap(yard: Yard) -> str:
    """A program that leaves a sign when it is run."""
    program = yard.room / "trap"
    program.write_text(f"#!/bin/sh\necho \"$0 $*\" >>'{yard.room}/sprung'\ncat 2>/dev/null\n")
    program.chmod(0o755)
    return str(program)


def plant_settings(folder: Path, program: str, yard: Yard) -> None:
    """Everything in a git folder that makes git run something, or look somewhere else."""
    hooks = folder / "hooks"
    hooks.mkdir(exist_ok=True)
    for name in HOOKS:
        shutil.copy(program, hooks / name)
    included = yard.room / "included"
    included.write_text(f"[core]\n\tfsmonitor = {program}\n\tpager = {program}\n")
    attributes = yard.room / "attributes"
    attributes.write_text("* filter=trap diff=trap\n")
    keys = (
        "core.fsmonitor", "core.sshCommand", "core.pager", "core.editor", "core.askPass",
        "core.alternateRefsCommand", "core.gitProxy", "filter.trap.clean", "filter.trap.smudge",
        "filter.trap.process", "diff.trap.textconv", "diff.trap.command", "diff.external",
        "merge.trap.driver", "credential.helper", "gpg.program", "uploadpack.packObjectsHook",
        "alias.status", "interactive.diffFilter", "sequence.editor", "trailer.x.command",
    )  # fmt: skip
    lines = [f"{key}={program}" for key in keys] + [
        f"include.path={included}", f"core.hooksPath={hooks}", f"core.attributesFile={attributes}",
        "filter.trap.required=true", "commit.gpgSign=true", "core.untrackedCache=true",
    ]  # fmt: skip
    for line in lines:
        key, _, value = line.partition("=")
        run.git(["config", "--file", folder / "config", key, value])
    (folder / "info").mkdir(exist_ok=True)
    (folder / "info" / "attributes").write_text("* filter=trap diff=trap merge=trap\n")


def test_no_program_that_they_named_is_run(yard: Yard) -> None:
    sprung, program = yard.room / "sprung", trap(yard)
    yard.git("init", "-q", "inner")
    yard.write("inner/tracked", "one\n")
    yard.git("-C", "inner", "add", "tracked")
    yard.git("-C", "inner", "commit", "-q", "-m", "inner")
    yard.git("add", "inner")
    yard.commit(**{"new.txt": "new\n", ".gitattributes": "* filter=trap diff=trap merge=trap\n"})
    yard.write(
        ".gitmodules", f'[submodule "inner"]\npath = inner\nurl = x\nupdate = !{program}\n'
        "ignore = none\nbranch = main\n"
    )  # fmt: skip
    yard.write("src/a.txt", "edited\n")
    yard.write("inner/tracked", "two\n")  # of the same size: only its contents tell
    yard.write("inner/untracked", "x\n")
    yard.write("inner/.gitattributes", "* filter=trap\n")
    for folder in (yard.clone / ".git", yard.clone / "inner" / ".git"):
        plant_settings(folder, program, yard)
    yard.git("status", check=False)  # the traps work
    assert sprung.exists()
    sprung.unlink()
    yard.look_everywhere()
    assert not sprung.exists(), sprung.read_text()
    assert (yard.room / "back" / "src" / "a.txt").read_text() == "edited\n"


def test_settings_that_lead_elsewhere_lead_nowhere(yard: Yard) -> None:
    other = yard.room / "other"
    yard._git(yard.room, "init", "-q", other)
    (other / "secret.txt").write_text(yard.secret.read_text())
    folder = yard.clone / ".git"
    yard.write("mine.txt", "mine\n")
    run.git(["config", "--file", folder / "config", "core.worktree", other])
    (folder / "commondir").write_text(f"{other}/.git\n")
    (folder / "gitdir").write_text(f"{other}/.git\n")
    link = yard.take()
    assert (yard.elsewhere(link) / "mine.txt").read_text() == "mine\n"
    assert b"secret" not in yard.everything()


def another_repository(yard: Yard) -> str:
    """A repository of the same machine, with a secret; its commit."""
    other = yard.room / "other"
    yard._git(yard.room, "init", "-q", other)
    shutil.copy(yard.secret, other / "secret.txt")
    yard._git(other, "add", "-A")
    yard._git(other, "commit", "-qm", "secret")
    return yard._git(other, "rev-parse", "HEAD")


def borrow(yard: Yard, oid: str) -> None:
    with (yard.clone / ".git/objects/info/alternates").open("a") as file:
        file.write(f"{yard.room}/other/.git/objects\n")
    yard.git("update-ref", BRANCH, oid)


def link_objects(yard: Yard, oid: str) -> None:
    """Links in place of object files, and of their folders."""
    theirs = yard.room / "other/.git/objects"
    for file in theirs.glob("??/*"):
        target = yard.clone / ".git/objects" / file.relative_to(theirs)
        if not target.parent.exists():
            target.parent.symlink_to(file.parent)
        elif not target.exists():
            target.symlink_to(file)
    yard.git("update-ref", BRANCH, oid)


@pytest.mark.parametrize("lend", [borrow, link_objects])
def test_objects_of_another_repository_do_not_come(
    yard: Yard, lend: Callable[[Yard, str], None]
) -> None:
    lend(yard, another_repository(yard))
    assert "secret.txt" in yard.git("ls-tree", "-r", "--name-only", "HEAD")
    with pytest.raises(Refused, match="is not there"):
        take_in(yard.shadow)
    assert b"secret" not in yard.everything()
    assert yard.ours("rev-parse", BRANCH) == yard.base


def test_links_in_the_checkout_are_links(yard: Yard) -> None:
    outside = yard.room / "outside"
    outside.mkdir()
    (outside / "a.txt").write_text(yard.secret.read_text())
    shutil.rmtree(yard.clone / "src")
    (yard.clone / "src").symlink_to(outside)
    (yard.clone / "direct").symlink_to(yard.secret)
    (yard.clone / ".gitattributes").symlink_to(yard.secret)
    (yard.clone / ".gitignore").symlink_to(yard.secret)
    link = yard.take()
    assert b"secret of" not in yard.everything()
    back = yard.elsewhere(link)
    assert (back / "src").is_symlink()
    assert (back / "direct").readlink() == yard.secret


def test_replaced_objects_and_grafts_count_in_the_clone_only(yard: Yard) -> None:
    real = yard.commit(**{"new.txt": "real\n"})
    yard.git("switch", "-q", "--detach")
    fake = yard.commit("fake", **{"new.txt": "fake\n"})
    yard.git("switch", "-q", "phc/task")
    yard.git("replace", real, fake)
    (yard.clone / ".git/info").mkdir(exist_ok=True)
    (yard.clone / ".git/info/grafts").write_text(f"{real}\n")
    (yard.clone / ".git/shallow").write_text(f"{real}\n")
    take_in(yard.shadow)
    assert yard.ours("show", f"{BRANCH}:new.txt") == "real"
    assert yard.ours("rev-list", "--count", BRANCH) == "2"
    assert yard.ours("for-each-ref", "refs/replace") == ""


# What does not add up is refused whole. One clone for all of it: it is put back after each.


def as_link(yard: Yard, name: str, target: Path) -> None:
    (yard.clone / ".git" / name).unlink()
    (yard.clone / ".git" / name).symlink_to(target)


def as_file(yard: Yard) -> None:
    shutil.rmtree(yard.clone / ".git")
    (yard.clone / ".git").write_text(f"gitdir: {yard.room}/other/.git\n")


def as_folder_link(yard: Yard) -> None:
    shutil.rmtree(yard.clone / ".git")
    (yard.clone / ".git").symlink_to(yard.room / "other/.git")


def as_pipe(yard: Yard) -> None:
    (yard.clone / ".git/HEAD").unlink()
    os.mkfifo(yard.clone / ".git/HEAD")


def say(yard: Yard, name: str, text: str) -> None:
    (yard.clone / ".git" / name).write_text(text)


def many_refs(yard: Yard) -> None:
    lines = "".join(f"{yard.base} refs/heads/n{number}\n" for number in range(1100))
    say(yard, "packed-refs", lines)


def long_file(yard: Yard, name: str, size: int) -> None:
    with (yard.clone / ".git" / name).open("ab") as file:
        file.truncate(size)


def forge_object(yard: Yard) -> None:
    """A blob of another content than its name says."""
    yard.commit(**{"new.txt": "honest\n"})
    honest = yard.git("rev-parse", "HEAD:new.txt")
    yard.write("x", "forged\n")
    forged = yard.git("hash-object", "-w", "x")
    objects = yard.clone / ".git/objects"
    target = objects / honest[:2] / honest[2:]
    target.unlink()
    shutil.copy(objects / forged[:2] / forged[2:], target)


def make_tree(yard: Yard, name: bytes) -> None:
    """A commit of a tree that no checkout should ever be made of."""
    blob = yard.git("hash-object", "-w", "README.md")
    raw = b"100644 " + name + b"\0" + bytes.fromhex(blob)
    (yard.clone / "tree").write_bytes(raw)
    words = ("hash-object", "-w", "-t", "tree", "--literally", "tree")
    commit = yard.git("commit-tree", "-m", "bad", yard.git(*words))
    yard.git("update-ref", BRANCH, commit)


def stage_outside(yard: Yard) -> None:
    """An index that tracks a file outside: git makes none such, and believes it."""
    yard.write("aa/aa/secret", "x\n")
    yard.git("add", "aa/aa/secret")
    index = yard.clone / ".git/index"
    data = index.read_bytes()[:-20].replace(b"aa/aa/secret", b"../../secret")
    index.write_bytes(data + hashlib.sha1(data, usedforsecurity=False).digest())


REFUSALS: dict[str, tuple[Callable[[Yard], None], str]] = {
    "the git folder is a file": (as_file, "no folder of its own"),
    "the git folder is a link": (as_folder_link, "no folder of its own"),
    "HEAD is a link": (lambda y: as_link(y, "HEAD", y.secret), "no HEAD"),
    "HEAD is a pipe": (as_pipe, "no HEAD"),
    "HEAD is garbage": (lambda y: say(y, "HEAD", "x" * 100), "HEAD is at"),
    "HEAD has no end": (lambda y: long_file(y, "HEAD", 1 << 40), "longer"),
    "HEAD leads out": (lambda y: say(y, "HEAD", "ref: refs/../../secret"), "HEAD stands on"),
    "HEAD names nothing": (lambda y: say(y, "HEAD", "1" * 40), "not there"),
    "too many refs": (many_refs, "more than 1000 refs"),
    "refs without end": (lambda y: long_file(y, "packed-refs", 1 << 40), "longer"),
    "an index without end": (lambda y: long_file(y, "index", 1 << 40), "index has more"),
    "a damaged index": (lambda y: say(y, "index", "DIRC" + "x" * 200), "index is damaged"),
    "a forged object": (forge_object, "did not receive|mismatch|corrupt|missing"),
    "a tree with .git": (lambda y: make_tree(y, b".git"), "hasDotgit"),
    "a tree with ..": (lambda y: make_tree(y, b".."), "hasDotdot"),
    "a tree with a slash": (lambda y: make_tree(y, b"a/b"), "fullPathname"),
    "an index with a path outside": (stage_outside, "no checkout can have"),
}


def test_what_does_not_add_up_is_refused(yard: Yard) -> None:
    another_repository(yard)
    kept = yard.room / "kept"
    shutil.copytree(yard.clone, kept, symlinks=True)
    told = {}
    for name, (act, _) in REFUSALS.items():
        act(yard)
        with pytest.raises(Refused) as caught:
            take_in(yard.shadow)
        told[name] = caught.value.message
        assert yard.ours("rev-parse", BRANCH) == yard.base
        if not (yard.clone / ".git").is_symlink():
            shutil.rmtree(yard.clone)
        else:
            (yard.clone / ".git").unlink()
            shutil.rmtree(yard.clone)
        shutil.copytree(kept, yard.clone, symlinks=True)

    wrong = {n: told[n] for n, (_, word) in REFUSALS.items() if not re.search(word, told[n])}
    assert wrong == {}
    assert b"secret of" not in yard.everything()
    take_in(yard.shadow)


def test_git_does_not_wait_for_ever(yard: Yard) -> None:
    os.mkfifo(yard.clone / ".gitattributes")
    with pytest.raises(PhcError, match="within 1 seconds"):
        run.git(["check-attr", "filter", "x"], cwd=yard.clone, timeout=1)
