"""Tasks that other clones work on, in the Command Center: their news, and what they say."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.center.playing import Show, play
from tests.kit import MakeRepo, Phc, RunGit

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


@pytest.fixture
def two(make_repo: MakeRepo, git: RunGit, tmp_path: Path) -> tuple[Path, Path]:
    """Two clones of one remote."""
    hub = make_repo("hub.git", bare=True)
    for name in ("ada", "bob"):
        git(tmp_path, "clone", "-q", hub, name)
    return tmp_path / "ada", tmp_path / "bob"


def test_what_changes_elsewhere_comes_by_itself(two: tuple[Path, Path], phc: Phc) -> None:
    ada, bob = two
    assert phc("start", "-q", "Over there", "--", "echo", "said there", cwd=ada).code == 0
    assert phc("push", "-y", "-", cwd=ada).code == 0
    assert phc("pull", cwd=bob).code == 0

    async def story(show: Show) -> None:
        await show.until("Over there(.|\n)*said there")
        assert phc("edit", "--title", "Another name", "-", cwd=ada).code == 0
        assert phc("send", "-q", "-", "once more", cwd=ada).code == 0
        assert phc("push", "-y", cwd=ada).code == 0
        await show.until("Another name")
        await show.until("turn 2 ── once more(.|\n)*said there")

    play(bob, story)


def test_a_remote_that_is_gone_is_told_of(two: tuple[Path, Path], phc: Phc) -> None:
    ada, _ = two
    assert phc("start", "-q", "Over there", "--", "true", cwd=ada).code == 0
    assert phc("push", "-y", "-", cwd=ada).code == 0
    (ada.parent / "hub.git").rename(ada.parent / "away.git")

    async def story(show: Show) -> None:
        await show.until("the remote origin cannot be read")

    play(ada, story)
