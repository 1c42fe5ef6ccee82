"""A claim begins with what the queue has brought, unless that is not to be believed, or is old."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from git_phc.errors import Refused
from git_phc.git.loose import objects_folder
from git_phc.git.objects import Reader
from git_phc.git.repo import open_repo
from git_phc.model.events.created import Created
from git_phc.model.events.edited import Edited
from git_phc.model.events.messaged import Messaged
from git_phc.model.ids import TaskId
from git_phc.model.text import text_from_string
from git_phc.services.by_push import Moved
from git_phc.services.context import Context
from git_phc.services.policy import Policy, set_policy
from git_phc.services.pull import take_in
from git_phc.store import pending
from git_phc.store.tasks import load
from git_phc.store.waiting import read_waiting
from git_phc.worker.claiming import claim
from git_phc.worker.home import open_home
from git_phc.worker.waiting import Lookout, Waiting
from tests.kit import gits_started, run_program
from tests.model.making import Clone
from tests.sync.forge import Forge, sha
from tests.sync.team import Team
from tests.sync.test_claims import claims
from tests.sync.test_handing_over import ready
from tests.sync.test_hostile import FORGERIES, LONG_TEXT
from tests.sync.test_worker import worked
from tests.sync.workers import queued

__all__ = ["ready"]


def home(team: Team, folder: Path) -> Context:
    """A worker's own repository, as a worker opens it."""
    ctx = open_home(None, f"file://{team.hub}", folder, os.environ, {})
    set_policy(ctx, Policy(serves=True))
    _ = ctx.tasks
    return ctx


@contextmanager
def commands(folder: Path) -> Iterator[list[list[str]]]:
    """Those of them that we start ourselves."""
    found = list[list[str]]()
    with gits_started(folder) as started:
        yield found
    found += [argv for argv in started if "core.hooksPath=/dev/null" in argv]


def objects(ctx: Context) -> set[Path]:
    """The files of the worker's own store."""
    return {path for path in objects_folder(ctx.repo).rglob("*") if path.is_file()}


def seen(ctx: Context) -> list[Waiting]:
    return Lookout(ctx).look()


@pytest.mark.parametrize("name", FORGERIES)
def test_no_forgery_that_waits_is_taken_for_a_task(team: Team, name: str) -> None:
    make, _ = FORGERIES[name]
    bad = make(Forge.at(team.hub))
    repo = open_repo(team.hub)
    tip = repo.text("for-each-ref", "--format=%(objectname)", f"refs/phc/tasks/{bad}")
    repo.git("update-ref", "-d", f"refs/phc/tasks/{bad}")  # else it would be here already
    with Reader(repo) as reader:
        assert read_waiting(repo, reader, "origin", TaskId(bad), tip) is None
        repo.git("update-ref", f"refs/tags/refs/phc/tasks/{bad}", tip)  # git would take it for it
        assert read_waiting(repo, reader, "origin", TaskId(bad), tip) is None


def test_what_waits_is_read_as_it_will_be_here(team: Team) -> None:
    forge, one = Forge.at(team.hub), Clone("one")
    one.say(Created(), Edited({"title": "T"}), Messaged(text_from_string(LONG_TEXT)[0]))
    tip = forge.history(one, **{sha(LONG_TEXT.encode()): LONG_TEXT.encode()})[-1]
    id, repo = TaskId(one.id), forge.repo
    with Reader(repo) as reader:
        found = read_waiting(repo, reader, "origin", id, tip)
        assert found == (load(repo, id, tip), None)
        pending.note(repo, id, tip)
        assert read_waiting(repo, reader, "origin", id, tip) is None
        pending.forget(repo, id)
        for kind in ("withdrawn/origin", "quarantine/origin"):
            repo.git("update-ref", f"refs/phc/{kind}/{id}", tip)
            assert read_waiting(repo, reader, "origin", id, tip) is None
            repo.git("update-ref", "-d", f"refs/phc/{kind}/{id}")
        forge.put(id, tip)
        assert read_waiting(repo, reader, "origin", id, tip) == (load(repo, id, tip), tip)
        before = repo.text("rev-parse", f"{tip}~1")
        assert read_waiting(repo, reader, "origin", id, before) is None


@pytest.mark.slow
def test_a_claim_starts_a_push_and_no_other_git(ready: Team, home_folder: Path) -> None:
    tasks = [queued(ready.ada), queued(ready.ada)]
    ctx = home(ready, home_folder)
    first, second = seen(ctx)
    claim(ctx, first)
    with commands(home_folder) as started:
        claim(ctx, second)
    assert ["push" in argv for argv in started] == [True], started
    for task in tasks:
        assert ready.there(task) == ctx.repo.text("rev-parse", f"refs/phc/tasks/{task}")
        assert ready.there(task, "lease")
        assert not ready.there(task, "queue")
    assert pending.all_noted(ctx.repo) == {}
    assert [one.why for one in seen(ctx)] == ["left", "left"]  # nobody runs them here
    refs = ctx.repo.text("for-each-ref", "--format=%(refname)")
    assert "refs/phc/remotes/origin/queue" not in refs


@pytest.mark.slow
def test_a_message_after_the_look_is_in_what_is_claimed(ready: Team, home_folder: Path) -> None:
    task = queued(ready.ada)
    ctx = home(ready, home_folder)
    (wanted,) = seen(ctx)
    ready.ada("send", "-d", task, "and this")
    claimed = claim(ctx, wanted)
    assert claimed.is_open
    ready.ada("sync")
    assert claims(ready.ada, task) == 1
    assert ready.ada.tip(task) == ready.there(task) == claimed.tip
    assert ready.ada.git("log", "-p", "--format=", f"refs/phc/tasks/{task}").count("and this")


@pytest.mark.slow
def test_who_comes_too_late_learns_it_and_keeps_nothing(
    ready: Team, home_folder: Path, tmp_path: Path
) -> None:
    task = queued(ready.ada)
    one, two = home(ready, home_folder), home(ready, tmp_path / "other")
    (wanted,), (late,) = seen(one), seen(two)
    won, before = claim(one, wanted), objects(two)
    with pytest.raises(Moved, match="does not wait as it did"):
        claim(two, late)
    assert ready.there(task) == won.tip
    assert objects(two) == before
    refs = two.repo.text("for-each-ref", "--format=%(refname)", "refs/phc")
    assert pending.all_noted(two.repo) == {}
    assert f"refs/phc/tasks/{task}" not in refs.splitlines()
    assert seen(two) == []


@pytest.mark.slow
def test_who_loses_at_the_remote_asks_once_and_keeps_nothing(
    ready: Team, home_folder: Path
) -> None:
    """Another's claim comes there between the push's own look and its end."""
    task = queued(ready.ada)
    ctx = home(ready, home_folder)
    (wanted,) = seen(ctx)
    hook = ready.hub / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(
        "#!/bin/sh\nunset GIT_QUARANTINE_PATH\n"
        f"exec git update-ref -d refs/phc/queue/{task} </dev/null\n"
    )
    hook.chmod(0o755)
    before, stored = ready.there(task), objects(ctx)
    with commands(home_folder) as started, pytest.raises(Moved):
        claim(ctx, wanted)
    assert objects(ctx) == stored
    talks = [word for argv in started for word in ("push", "ls-remote", "fetch") if word in argv]
    assert talks == ["push", "ls-remote"]
    assert ready.there(task) == before
    assert not ready.there(task, "lease")
    assert pending.all_noted(ctx.repo) == {}
    assert seen(ctx) == []


# Once: what is about to be sent is pruned first, as by a user who is in a hurry.
PRUNED = """\
#!/bin/sh
case " $* " in
*" push "*)
    if mkdir "{once}"; then "{git}" "--git-dir={repo}" prune --expire=now; fi ;;
esac
exec "{git}" "$@"
"""


@pytest.mark.slow
@pytest.mark.parametrize("is_known", [False, True])
def test_what_a_claim_is_made_of_is_taken_as_it_is_sent(
    ready: Team,
    home_folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    is_known: bool,
) -> None:
    task = queued(ready.ada)
    ctx = home(ready, home_folder)
    if is_known:
        take_in(ctx, "origin", [TaskId(task)])
    (wanted,) = seen(ctx)
    once, wrapper = tmp_path / "once", tmp_path / "bin" / "git"
    wrapper.parent.mkdir()
    script = PRUNED.format(once=once, git=shutil.which("git"), repo=ctx.repo.git_dir)
    wrapper.write_text(script)
    wrapper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{wrapper.parent}:{os.environ['PATH']}")
    claimed = claim(ctx, wanted)
    assert once.exists()
    assert claimed.is_open
    assert ready.there(task) == claimed.tip == ctx.repo.text("rev-parse", f"refs/phc/tasks/{task}")
    assert not ready.there(task, "queue")
    ctx.repo.git("fsck", "--strict", "--connectivity-only")


@pytest.mark.slow
def test_who_takes_one_task_looks_anew_where_it_has_moved(ready: Team, tmp_path: Path) -> None:
    """It moves there, and waits still, while the worker fetches what waits."""
    task = queued(ready.ada, command="echo x > out")
    before = ready.there(task)
    ready.ada("send", "-d", task, "and this")
    after = ready.there(task)
    ready.run_git(ready.hub, "update-ref", f"refs/phc/tasks/{task}", before)
    moves, done = tmp_path / "moves", tmp_path / "moved"
    moves.write_text(
        f"#!/bin/sh\ntest -e '{done}' || for kind in tasks queue; do\n"
        f"git --git-dir='{ready.hub}' update-ref refs/phc/$kind/{task} {after}; done\n"
        f"touch '{done}'; exec \"$@\"\n"
    )
    moves.chmod(0o755)
    run_program(["git", "config", "--global", "uploadpack.packObjectsHook", str(moves)])
    assert f"{task[:8]} is ready" in worked(ready.bob).out
    assert done.exists()


@pytest.mark.slow
def test_what_is_refused_is_not_refused_for_good(ready: Team, home_folder: Path) -> None:
    """A hook that takes nothing today: the claim is had as soon as it does."""
    task = queued(ready.ada)
    ctx = home(ready, home_folder)
    (wanted,) = seen(ctx)
    hook = ready.hub / "hooks" / "update"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(Refused, match="does not take it"):
        claim(ctx, wanted)
    hook.unlink()
    assert claim(ctx, wanted).is_open
    ready.ada("sync")
    assert claims(ready.ada, task) == 1


@pytest.fixture
def home_folder(tmp_path: Path) -> Path:
    return tmp_path / "state"
