"""Starts a run: locks, claim, workspace, supervisor; what `start`, `resume` and `send` share.

Who wants to run a task here first takes its lock, and in local mode that of the checkout;
then they claim the task on its ref. The locks go to the supervisor as open descriptors, so
that from the claim to the run's end somebody who lives holds them, and a task that says it
runs while nobody does is seen at once.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress

from git_phc.errors import PhcError, Refused
from git_phc.git.repo import Repo
from git_phc.host.lock import FileLock, holder, try_lock
from git_phc.host.process import sweep
from git_phc.model import decide
from git_phc.model.events.body import Body
from git_phc.model.events.run_ended import RunEnded
from git_phc.model.ids import EventId, TaskId
from git_phc.model.task import Task
from git_phc.services.arbiter import say_there
from git_phc.services.context import Context, signature
from git_phc.services.elsewhere import refuse_elsewhere
from git_phc.services.environment_files import File
from git_phc.services.environments import environment_of
from git_phc.services.environments import keep as keep_words
from git_phc.services.place import find_place, local_checkout, site, site_for
from git_phc.services.seen import runs_here
from git_phc.services.setup import end_broken_setup
from git_phc.services.spawn import successor
from git_phc.services.terms import require_terms
from git_phc.services.trust import require_consent
from git_phc.store import layout
from git_phc.store.tasks import load, read_task
from git_phc.store.transcripts import Transcript, end_torn_record, journal_file, segments
from git_phc.workspaces.place import Say, workspace_for

LAST_MOVES = 10.0  # seconds that a supervisor may take from its run's end to its own


def take_lock(ctx: Context, id: TaskId) -> FileLock:
    """The right to run the task, or to end it, in this clone; a context manager.

    A run that has just ended is waited for: its supervisor tidies up. Raises Refused while
    another run is on.
    """
    deadline = ctx.clock.monotonic() + LAST_MOVES
    while True:
        if lock := try_lock(layout.live_lock(ctx.repo, id)):
            return lock
        if read_task(ctx.repo, id).is_open or ctx.clock.monotonic() > deadline:
            raise Refused(
                "this task runs here already",
                f"Follow it: git phc attach {id.short}; end it: git phc stop {id.short}",
            )
        ctx.clock.sleep(0.02)


def take_checkout(repo: Repo, id: TaskId) -> FileLock:
    """The right to run in a checkout: local tasks have one at a time. A context manager."""
    path = layout.checkout_lock(repo.git_dir)
    lock = try_lock(path)
    if lock is None:
        raise Refused(*_taken_by(holder(path) or ""))
    lock.write(id)
    return lock


def _taken_by(other: str) -> tuple[str, str]:
    try:
        short = TaskId.parse(other).short
    except ValueError:  # it has not said so yet
        return "another task runs in this checkout", "See which: git phc status"
    return (
        f"the task {short} runs in this checkout",
        f"Wait for it: git phc wait {short}; or use --mode worktree",
    )


def take_locks(ctx: Context, task: Task, mode: str, held: ExitStack) -> list[FileLock]:
    """The locks that a run of the task needs, the task's own first."""
    locks = [held.enter_context(take_lock(ctx, task.id))]
    checkout = local_checkout(ctx, task) if mode == "local" else None
    if checkout:
        locks.append(held.enter_context(take_checkout(checkout, task.id)))
    return locks


def claim_bodies(ctx: Context, task: Task, mode: str) -> Sequence[Body]:
    """The claim for a run here. The caller holds the task's lock, so a holder of this clone
    that the ref still names is dead.
    """
    dead = runs_here(ctx, task)
    return [decide.claim(task, host=ctx.host, mode=mode, holder_is_dead=dead)]


def run_again(
    ctx: Context,
    task: Task,
    say: Say,
    extra: Sequence[Body] = (),
    texts: Mapping[str, bytes] | None = None,
) -> Task:
    """Claims a task at rest, or one whose supervisor is gone, and starts its next run. Raises
    NotTrusted where it would do what only a stranger has said.
    """
    with ExitStack() as held:
        locks = take_locks(ctx, task, task.mode, held)
        task = read_task(ctx.repo, task.id)
        _claim_here(ctx, task)  # refuses before anything is touched
        workspace_for(task.mode).check(site(ctx), task)
        environment = environment_of(ctx, task)
        require_consent(ctx, environment)
        segments(ctx.repo, task.id)  # raises where no transcript could be added to them
        clean_up_after(ctx, task)
        claimed = say_there(ctx, task.id, lambda now: [*extra, *_claim_here(ctx, now)], texts)
        return launch(ctx, claimed, locks, say, environment)


def _claim_here(ctx: Context, task: Task) -> Sequence[Body]:
    """The claim of a task that is this clone's to go on with."""
    refuse_elsewhere(ctx, task)
    require_terms(ctx, task)
    return claim_bodies(ctx, task, task.mode)


def clean_up_after(ctx: Context, task: Task) -> None:
    """Ends what a killed supervisor left running, and folds its journal in; the same for
    earlier runs that were not tidied up. The caller holds the task's lock.
    """
    if not runs_here(ctx, task) and not (task.run and _has_folder(ctx, task.run.id)):
        return
    for run in load(ctx.repo, task.id, task.tip).state.runs:
        if _has_folder(ctx, run) or (task.run and run == task.run.id):
            sweep(run)
            end_broken_setup(ctx, task)
            fold_journal(ctx, task, run)
            shutil.rmtree(layout.run_folder(ctx.repo, run), ignore_errors=True)


def _has_folder(ctx: Context, run: str) -> bool:
    return layout.run_folder(ctx.repo, run).exists()


def fold_journal(ctx: Context, task: Task, run: str) -> None:
    """Brings what is left of a run's journal into the transcript's ref."""
    journal = journal_file(ctx.repo, run)
    if journal.exists():
        end_torn_record(journal)
        transcript = Transcript(ctx.repo, ctx.writer, task.id, run)
        transcript.flush(signature(ctx), f"transcript of run {run[:12]}")


def launch(
    ctx: Context, task: Task, locks: Sequence[FileLock], say: Say, environment: File | None
) -> Task:
    """Makes the workspace of a task that was just claimed, and starts the supervisor, which
    works with the words of this environment; the caller has made sure of the user's consent.

    When either fails, the run ends as failed, with the reason, and what was made stays.
    """
    try:
        with successor(ctx, task) as supervisor:
            workspace_for(task.mode).prepare(site_for(ctx, task), task, say)
            keep_words(ctx, task, environment)
            supervisor.take_over(locks)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        why = (error.strerror or str(error)).lower()
        hint = f"Make room or grant access; then: git phc resume {task.id.short}"
        failure = PhcError(f"the task could not be started: {where}{why}", hint)
        _fail(ctx, task, failure)
        raise failure from error
    except PhcError as error:
        _fail(ctx, task, error)
        _name_next_step(task, error)
        raise
    return task


def _name_next_step(task: Task, error: PhcError) -> None:
    """The task is there all the same: what went wrong says which, and how to go on with it."""
    short = task.id.short
    if error.hint:
        error.hint += f"; then go on with the task {short}: git phc resume {short}"
    else:
        error.hint = f"The task {short} is made; when that is mended: git phc resume {short}"


def _fail(ctx: Context, task: Task, error: PhcError) -> None:
    claim = EventId(task.run.id if task.run else "")
    end = RunEnded(claim, "failed", reason=ctx.redact(error.message)[:1000])
    with suppress(PhcError, OSError):  # on a full disk the task is seen as interrupted instead
        ctx.tasks.append(task.id, lambda now: [end] if now.is_open else [])
    with suppress(PhcError, OSError):  # where nothing was made, the next try may be elsewhere
        if task.mode == "worktree" and not task.checkpoint and find_place(ctx, task) is None:
            layout.place_file(ctx.repo, task.id).unlink(missing_ok=True)
