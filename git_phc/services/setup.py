"""A workspace's setup: whether it has ended well, its run, and what it left; and teardown.

It runs once in a worktree, before the first agent does. What it leaves running (a server, say)
is the task's until the task ends; of a setup that failed, or was cut off, nothing goes on.
"""

from __future__ import annotations

import codecs
import shutil
from collections.abc import Callable, Mapping
from math import inf
from pathlib import Path

from msgspec import Struct

from git_phc.errors import PhcError
from git_phc.git.repo import Repo
from git_phc.host.deletion import delete_tree
from git_phc.host.paths import read_text, replace_file
from git_phc.host.process import MARKER, SETUP_MARKER, Within, marked, sweep
from git_phc.host.script import Bounded, Ended, LastLine, run_script, script_argv
from git_phc.model.environment import Environment, Script
from git_phc.model.ids import EventId
from git_phc.model.task import CLOUD, Task
from git_phc.services.context import Context
from git_phc.services.environments import kept
from git_phc.services.place import checkout_of, clone_at, find_place
from git_phc.services.sandbox import sandboxed
from git_phc.services.trust import is_granted
from git_phc.services.variables import environment, release_ports
from git_phc.store import layout

MOST = 256 * 1024  # characters that are kept of the beginning of what it says, and of the end
LAST = 300  # characters of its last line, for the reason


class Outcome(Struct, frozen=True):
    """How a script of an environment ended, and the last line of what it said."""

    ended: Ended
    last: str
    left: bool = False

    @property
    def why(self) -> str:
        """How it failed, in words."""
        return f"{self.ended.how}{f': {self.last}' if self.last else ''}"


def is_due(task: Task, checkout: Repo, said: Environment | None) -> bool:
    """Whether the setup has to run before an agent may. In local mode never: the checkout is
    the user's, and stands as they have set it up.
    """
    return bool(said and said.setup and task.mode != "local" and not _is_done(task, checkout))


def _is_done(task: Task, checkout: Repo) -> bool:
    return read_text(layout.setup_mark(checkout.git_dir)) == task.id


def run_setup(
    ctx: Context,
    task: Task,
    claim: EventId,
    checkout: Repo,
    said: Environment,
    *,
    hear: Callable[[str], None],
    is_over: Callable[[], bool],
    within: Within | None = None,
) -> Outcome:
    """Runs the setup to its end; `hear` is given the beginning and the end of what it says.

    Raises OSError when it cannot be started.
    """
    place = checkout.worktree or checkout.git_dir
    sweep(task.id, setup=True)  # of an attempt before this one
    script, folder = said.setup, layout.run_folder(ctx.repo, claim)
    assert script is not None  # noqa: S101  (is_due has told)
    marks = {MARKER: claim, SETUP_MARKER: task.id}
    env = {**environment(ctx, task, place, said, inside=True), **marks}
    outcome = _run(
        ctx, script, folder / "setup", place, env, hear=hear, is_over=is_over, within=within
    )
    if outcome.ended.code == 0:
        replace_file(layout.setup_mark(checkout.git_dir), task.id.encode())
        return Outcome(outcome.ended, outcome.last, left=bool(marked(task.id, setup=True)))
    sweep(task.id, setup=True)
    return outcome


def end_broken_setup(ctx: Context, task: Task) -> None:
    """Ends what a setup has left that never came to its end."""
    if task.cell("environment") is None:
        return
    checkout = checkout_of(ctx, task)
    if checkout is None or not _is_done(task, checkout):
        sweep(task.id, setup=True)


def tear_down(ctx: Context, task: Task, most: float = inf) -> str | None:
    """Runs the teardown of a workspace that is about to go, for `most` seconds at most, ends what
    its setup has left, and gives back what the task had here.

    Whatever goes wrong, the task ends: what it was is the answer, one sentence.
    """
    file, failed = kept(ctx, task), None
    checkout = _isolated(ctx, task) if file else None
    if file and checkout and (script := file.environment.teardown):
        name = f"the teardown of {file.environment.name}"
        if is_granted(ctx, file):
            script = script.within(most)
            failed = _torn_down(ctx, task, checkout, file.environment, script)
            failed = f"{name} {failed}" if failed else None
        else:
            failed = f"{name} did not run: nobody here has consented to it (git phc trust)"
    give_back(ctx, task, checkout)
    return failed


def teardown_due(ctx: Context, task: Task) -> tuple[Repo, Environment] | None:
    """The clone of a task of the cloud whose environment has a teardown that did not run yet, and
    that environment.
    """
    file = kept(ctx, task)
    if task.mode != CLOUD or file is None or file.environment.teardown is None:
        return None
    checkout = _isolated(ctx, task)
    return (checkout, file.environment) if checkout and is_granted(ctx, file) else None


def _isolated(ctx: Context, task: Task) -> Repo | None:
    """The task's own folder, where it has one; a clone as it was taken over last: its state is
    kept by now.
    """
    if task.mode != CLOUD:
        return checkout_of(ctx, task) if task.mode == "worktree" else None
    place = find_place(ctx, task)
    return clone_at(ctx, place) if place else None


def give_back(ctx: Context, task: Task, checkout: Repo | None) -> None:
    """What the task had here, beside its workspace: it needs none of it any more."""
    if task.cell("environment") is not None:
        sweep(task.id, setup=True)
    if checkout:
        layout.setup_mark(checkout.git_dir).unlink(missing_ok=True)
    layout.environment_file(ctx.repo, task.id).unlink(missing_ok=True)
    delete_tree(layout.home_folder(ctx.repo, task.id))  # what an agent has left there
    release_ports(ctx, task)


def why_not(error: PhcError | OSError) -> str:
    """Why a script could not be started."""
    if isinstance(error, PhcError):
        return error.message
    return (error.strerror or str(error)).lower()


def _torn_down(
    ctx: Context, task: Task, checkout: Repo, said: Environment, script: Script
) -> str | None:
    """How the teardown failed, None where it went well."""
    folder = layout.teardown_folder(ctx.repo, task.id)
    pieces: list[str] = []
    try:
        with sandboxed(ctx, task, checkout, folder, said, lambda _: None) as cell:
            outcome = run_teardown(
                ctx, task, checkout, said, script, folder, hear=pieces.append,
                within=cell.command if cell else None,
            )  # fmt: skip
    except (PhcError, OSError) as error:
        return f"could not be started: {why_not(error)}"
    if outcome.ended.code == 0:
        shutil.rmtree(folder, ignore_errors=True)
        return None
    replace_file(folder / "log", "".join(pieces).encode(errors="replace"))
    return f"{outcome.ended.how}; what it said: {folder / 'log'}"


def run_teardown(
    ctx: Context,
    task: Task,
    checkout: Repo,
    said: Environment,
    script: Script,
    folder: Path,
    *,
    hear: Callable[[str], None],
    within: Within | None,
) -> Outcome:
    """Runs the teardown to its end; `folder` is for reading. Raises OSError when it cannot be
    started.
    """
    place = checkout.worktree or checkout.git_dir
    env = {**environment(ctx, task, place, said, inside=True), SETUP_MARKER: task.id}
    try:
        return _run(ctx, script, folder / "teardown", place, env, hear=hear, within=within)
    except KeyboardInterrupt:
        sweep(task.id, setup=True)  # it may have come when the script had begun, and nobody held it
        raise


def _run(
    ctx: Context,
    script: Script,
    file: Path,
    place: Path,
    env: Mapping[str, str],
    *,
    hear: Callable[[str], None],
    is_over: Callable[[], bool] = lambda: False,
    within: Within | None = None,
) -> Outcome:
    """Runs a script; what it says is redacted as one text before any of it is left out."""
    bounded, stream, last = Bounded(hear, MOST), ctx.redact.stream(), LastLine(LAST)
    letters = codecs.getincrementaldecoder("utf-8")(errors="replace")

    def take(text: str) -> None:
        bounded.feed(text)
        last.feed(text)

    argv = script_argv(script.text, file, env.get("PATH"))
    ended = run_script(
        argv, cwd=place, env=env, timeout=script.timeout,
        hear=lambda data: take(stream.feed(letters.decode(data))), is_over=is_over, within=within,
    )  # fmt: skip
    take(stream.feed(letters.decode(b"", final=True)))
    take(stream.close())
    bounded.close()
    return Outcome(ended, str(last))
