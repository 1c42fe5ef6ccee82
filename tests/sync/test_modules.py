"""Submodules in the cloud: filled where the worker may, and never silently empty or lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from git_phc.services.modules import may_fetch, resolved
from tests.kit import MakeRepo
from tests.sandboxes.yard import require_bubblewrap
from tests.sync.team import Team
from tests.sync.test_handing_over import ready
from tests.sync.test_worker import worked
from tests.sync.workers import queued

__all__ = ["ready"]

FILE = ("-c", "protocol.file.allow=always")


@pytest.fixture
def module(ready: Team, make_repo: MakeRepo) -> Path:
    """Beside the hub; it is the submodule `lib`."""
    made = make_repo("module")
    (made / "code").write_text("first\n")
    (made / "deep").mkdir()
    (made / "deep" / "more").write_text("more\n")
    for words in (("add", "-A"), ("commit", "-qm", "code")):
        ready.run_git(made, *words)
    bare = ready.hub.with_name("module.git")
    ready.run_git(made.parent, "clone", "-q", "--bare", made, bare)
    add(ready, "../module.git", "lib")
    ready.bob.git("config", "phc.submodules", str(bare))  # the worker's
    return bare


def add(team: Team, url: str | Path, path: str) -> None:
    team.ada.git(*FILE, "submodule", "--quiet", "add", str(url), path)
    team.ada.git("commit", "-qm", f"The submodule {path}")
    team.ada.git("push", "-q", "origin", "HEAD:main")


def notes(team: Team, task: str) -> str:
    team.ada("sync")
    team.ada("pull", task)
    return team.ada("logs", task).out


@pytest.mark.slow
def test_one_that_the_owner_has_named_is_filled(ready: Team, module: Path) -> None:
    require_bubblewrap(as_root=True)
    look = (
        "cat lib/code lib/deep/more; git submodule status; git status -s; git -C lib log --oneline"
    )
    task = queued(ready.ada, command=f"{look}; touch lib/x && rm lib/x; ls {module}")
    done = worked(ready.bob, "--sandbox", "bubblewrap", code=1)
    assert "is failed" in done.out
    said = notes(ready, task)
    tip = ready.run_git(module, "rev-parse", "HEAD")
    assert "the submodule lib is filled" in said
    assert f"first\nmore\n {tip} lib" in said
    assert f"{tip[:7]} code\n" in said  # nothing between: git sees no change
    assert "denied" not in ready.ada.show(task)


@pytest.mark.slow
def test_what_is_changed_in_it_is_not_lost_in_silence(ready: Team, module: Path) -> None:
    task = queued(ready.ada, command="echo changed > lib/code")
    worked(ready.bob)
    why = "no checkpoint carries a repository inside another one, so what was changed is not kept"
    assert f"denied a checkpoint of the submodule lib: {why}" in notes(ready, task)
    denied = ready.ada.show(task)["denied"]
    assert denied == {"what": "a checkpoint of the submodule lib", "why": why, "times": 1}


@pytest.mark.slow
def test_a_filter_or_a_repository_that_was_planted_in_it_runs_nothing(
    ready: Team, module: Path, tmp_path: Path
) -> None:
    evil = f"touch {tmp_path}/evil; cat"
    command = f"""
        cd lib; git config core.fsmonitor '{evil}'; git config filter.x.clean '{evil}'
        echo '* filter=x' > .gitattributes; mkdir deep/in; cd deep/in; git init -q
        git config core.fsmonitor '{evil}'; rm -f {tmp_path}/evil
    """
    task = queued(ready.ada, command=command)
    worked(ready.bob)
    assert not (tmp_path / "evil").exists()
    ready.ada("sync")
    assert ready.ada.show(task)["denied"]["what"] == "a checkpoint of the submodule lib"


@pytest.mark.slow
def test_one_that_cannot_be_filled_is_told(ready: Team, module: Path, make_repo: MakeRepo) -> None:
    far = make_repo("elsewhere/far")
    add(ready, far, "far")
    module.rename(module.with_name("away"))
    task = queued(ready.ada, command="ls -A lib far; touch lib/x")
    worked(ready.bob)
    said = notes(ready, task)
    assert "denied the submodule lib: its folder is empty, since the remote ../module.git" in said
    assert "denied the submodule far: its folder is empty, since nobody has said" in said
    denied = ready.ada.show(task)["denied"]
    assert (denied["what"], denied["times"]) == ("the submodule lib", 2)
    assert "the submodule lib" in ready.ada("status", task).out
    module.with_name("away").rename(module)
    ready.bob.git("config", "--add", "phc.submodules", f"{far.parent}/")
    ready.ada("resume", "-d", task)
    worked(ready.bob)
    assert "the submodule far is filled" in notes(ready, task)


@pytest.mark.parametrize(
    ("url", "base", "whole", "may"),
    [
        ("../b.git", "https://x.example/o/a.git", "https://x.example/o/b.git", False),
        ("../b.git", "https://ok.example/a.git", "https://ok.example/b.git", True),
        ("../b", "https://one.example/o/a", "https://one.example/o/b", True),
        ("../bb", "https://one.example/o/a", "https://one.example/o/bb", False),
        ("./b", "https://x.example/o/a", "https://x.example/o/a/b", False),
        ("../p/b", "https://x.example/o/a", "https://x.example/o/p/b", False),
        ("../../p/b", "https://x.example/o/a", "https://x.example/p/b", False),
        ("../b", "git@x.example:o/a.git", "git@x.example:o/b", False),
        ("../b", "git@x.example:a.git", "git@x.example/b", False),
        ("https://y.example/o/b", "https://x.example/o/a", "https://y.example/o/b", False),
        ("https://x.example/o/../p/b", "https://x.example/o/a", None, False),
        ("https://x.example/o/%2E%2e/p/b", "https://x.example/o/a", None, False),
        ("https://ok.example/b", "https://x.example/o/a", None, True),
        ("https://ok.example.org/b", "https://x.example/o/a", None, False),
        ("https://ok.example/../b", "https://x.example/o/a", None, False),
        ("--upload-pack=x", "https://x.example/o/a", None, False),
        ("ext::sh -c x", "https://x.example/o/a", None, False),
        ("/etc/b", "/a.git", None, False),
    ],
)
def test_which_addresses_are_fetched_from(
    url: str, base: str, whole: str | None, may: bool
) -> None:
    assert resolved(url, base) == (whole or url)
    allowed = ["https://ok.example/", "https://one.example/o/b"]
    assert may_fetch(resolved(url, base), allowed) is may


@pytest.mark.slow
def test_one_of_a_submodule_is_told(ready: Team, module: Path, tmp_path: Path) -> None:
    ready.run_git(tmp_path, "clone", "-q", module, "inside")
    inside = tmp_path / "inside"
    ready.run_git(inside, *FILE, "submodule", "--quiet", "add", "../module.git", "deep/inner")
    ready.run_git(inside, "commit", "-qm", "inner")
    ready.run_git(inside, "push", "-q", "origin", "HEAD")
    ready.ada.git("-C", "lib", "pull", "-q")
    ready.ada.git("commit", "-qam", "lib")
    ready.ada.git("push", "-q", "origin", "HEAD:main")
    task = queued(ready.ada)
    worked(ready.bob)
    said = notes(ready, task)
    assert "the submodule lib is filled" in said
    why = "its folder is empty, since it is one of a submodule"
    assert f"denied the submodule lib/deep/inner: {why}" in said
