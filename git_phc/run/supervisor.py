"""Drives one run of a task, from its place in the line to its end.

Everything that is needed to replace a supervisor stands in the task's ref and in the
journal. It does nothing under a claim that is no longer current: each event that it appends
is decided in sight of the claim, and a lost one ends it.
"""

from __future__ import annotations

import signal
import sys
import traceback
from collections.abc import Mapping, Sequence
from types import FrameType

from msgspec.structs import replace

from git_phc.errors import ClaimLost, PhcError, in_words
from git_phc.git.repo import Repo
from git_phc.host.process import sweep
from git_phc.model import decide
from git_phc.model.events.body import Body
from git_phc.model.events.turn_started import TurnStarted
from git_phc.model.ids import EventId, TaskId
from git_phc.model.task import Task
from git_phc.model.text import encodable
from git_phc.plugins.protocols import Run, Turn
from git_phc.plugins.records import Record
from git_phc.run.brief import answers_of, brief, carried_answers, was_cut_off
from git_phc.run.clearing import LATE, Teardown
from git_phc.run.confined import Confinement
from git_phc.run.conversation import keep_session, take_up
from git_phc.run.hold import hold
from git_phc.run.log import Log
from git_phc.run.meter import Meter
from git_phc.run.modules import Modules
from git_phc.run.prepare import set_up, words_of_run
from git_phc.run.slots import free_slot
from git_phc.run.stopping import Stopped, stop_left, who_stopped
from git_phc.run.turn import drive, failed
from git_phc.run.watch import Watch
from git_phc.services.actors import heard
from git_phc.services.budget import Budget, parse_budget
from git_phc.services.bus import Bus
from git_phc.services.context import Context
from git_phc.services.keep import keep
from git_phc.services.links import link_commits
from git_phc.services.place import checkout_of
from git_phc.services.setup import is_due
from git_phc.services.terms import Terms, require_terms
from git_phc.store.tasks import Decide

OUTCOMES = {"ok": "ready", "failed": "failed", "cancelled": "cancelled", "waiting": "waiting"}


class Supervisor:
    """One run, under one claim."""

    def __init__(self, ctx: Context, id: TaskId, claim: EventId) -> None:
        self._terminated = False
        signal.signal(signal.SIGTERM, self._on_sigterm)
        self._ctx, self._id, self._claim = ctx, id, claim
        self._log = Log(ctx, id, claim)
        loaded = ctx.tasks.load(id)
        self._task = loaded.task
        self._again = was_cut_off(loaded)
        self._carried = carried_answers(ctx, loaded)
        self._meter = Meter(Budget())
        self._told_broken = 0
        self._given: Sequence[EventId] = ()  # the messages of this turn
        self._holding = hold(ctx, self._task, claim)
        self._stop_left = stop_left(ctx, loaded) if self._holding else {}
        self._bus = None if self._holding else Bus(ctx, id, "sent")
        self._terms = Terms(ctx, self._task)
        self._confinement = Confinement(ctx, claim, self._log.write, self._append)
        self._modules = Modules(ctx, id, self._confinement, self._log.write)
        self._teardown = Teardown(ctx, claim, self._confinement, self._log.write)

    def run(self) -> int:
        """Drives the run to its end; the process's exit code."""
        if self._holding:
            self._holding.keep()
        try:
            self._live()
        except ClaimLost as error:  # write nothing more, keep what we have
            print(error.message, file=sys.stderr)  # noqa: T201  (the run's own log)
            return error.exit_code
        finally:
            if self._holding:
                self._holding.close()
            self._log.close()
        if not self._task.is_open:
            self._log.clear()
        return 0

    # The run, step by step

    def _live(self) -> None:
        try:
            with free_slot(self._ctx, self._stop_if_over):
                try:
                    self._work()
                finally:
                    sweep(self._claim)  # before the next one gets the place
        except Stopped:
            self._stopped()
        except ClaimLost:
            raise
        except Exception as error:  # noqa: BLE001  (the user is told, whatever it was)
            traceback.print_exc()
            self._end("failed", None, in_words(error), is_kept=False)

    def _work(self) -> None:
        require_terms(self._ctx, self._task)  # somebody may have spoken since the claim
        self._append(lambda task: decide.progress(task, self._claim, "preparing"))
        self._stop_if_over()
        budget = parse_budget(self._ctx.setting("budget"))
        self._meter = Meter(budget, lambda: self._confinement.spent)
        checkout = checkout_of(self._ctx, self._task)
        if checkout is None:
            raise PhcError(
                "the task's worktree is not where it was",
                f"Put it back, or start again: git phc resume {self._id.short}",
            )
        self._modules.fill(checkout)
        with self._confinement.opened(self._task, checkout):
            self._work_in(checkout)

    def _work_in(self, checkout: Repo) -> None:
        if not self._set_up(checkout):
            return
        self._checkpoint(checkout, "start" if self._task.turn == 0 else "resume")
        self._stop_if_over()
        self._append(lambda task: decide.progress(task, self._claim, "running"))
        while True:
            done = self._turn(checkout)
            self._stop_if_over()
            outcome = OUTCOMES.get(str(done.get("outcome")), "failed")
            self._checkpoint(checkout, "turn")
            self._log.save(f"turn {self._task.turn}")
            self._stop_if_over()
            if self._end(outcome, done.get("exit_code"), done.get("reason")):
                return
            loaded = self._ctx.tasks.load(self._id)
            self._carried = answers_of(self._ctx, loaded, self._claim, unused=True)

    def _set_up(self, checkout: Repo) -> bool:
        """Makes the workspace ready, as the task's environment says; whether an agent may start.
        What the setup changes is there before the first checkpoint.
        """
        said = words_of_run(self._ctx, self._task)
        if said is None or not is_due(self._task, checkout, said):
            return True
        why = f"the setup of {said.name}"
        self._append(lambda task: decide.progress(task, self._claim, "preparing", why))
        outcome = set_up(
            self._ctx, self._task, self._claim, checkout, said,
            write=self._log.write, confinement=self._confinement,
            is_over=lambda: self._is_over() or self._meter.passed is not None,
        )  # fmt: skip
        self._stop_if_over()
        if outcome.ended.code != 0:
            why = self._meter.passed or f"{why} {outcome.why}"
            self._end("failed", outcome.ended.code, why)
        return outcome.ended.code == 0

    def _turn(self, checkout: Repo) -> Record:
        """Gives the agent the next message, and follows what it does with it."""
        before, again = self._task.turn, self._again
        self._append(self._next_turn)
        self._again = False
        if self._task.turn == before:
            raise Stopped
        try:
            turn, run = self._begin(checkout, again=again)
        except PhcError as error:
            done = failed(error.message)
            self._log.write(done)
            return done
        watch = Watch(
            self._ctx, self._claim, run, turn,
            meter=self._meter, append=self._append, write=self._log.write, look=self._look,
            carried=self._carried,
        )  # fmt: skip
        done = watch.outcome(drive(run, watch.hear, watch.is_over))
        self._meter.end_turn()
        if self._meter.is_unpriced and done.get("outcome") == "ok":
            text = f"{self._task.agent} has told no price, so phc.budget in dollars bounds nothing"
            self._log.write({"kind": "note", "text": text})
        if used := self._meter.used(self._claim):
            self._append(lambda task: decide.use(task, used))
        self._confinement.leave(self._task)
        self._modules.look(checkout)
        keep_session(
            self._ctx, self._terms.applied(self._task), turn, self._log.transcript, self._log.write
        )
        self._name_broken()
        return done

    def _begin(self, checkout: Repo, *, again: bool) -> tuple[Turn, Run]:
        """Gives the agent its message, in the conversation that it belongs to; `again`: that
        of a turn which was cut off, so that the answers wait until it asks again.
        """
        loaded = self._ctx.tasks.load(self._id)
        loaded = replace(loaded, task=self._terms.applied(loaded.task))
        agent = self._ctx.plugins.agent(loaded.task.agent)
        turn = brief(
            self._ctx,
            agent,
            self._claim,
            loaded,
            checkout,
            self._given,
            [] if again else self._carried,
            self._confinement.within,
        )
        self._log.write({"kind": "turn", "turn": self._task.turn, "prompt": turn.prompt})
        turn = take_up(self._ctx, loaded.task, loaded.state, agent, turn, self._log.write)
        turn.prompt_file.write_bytes(turn.prompt.encode())
        return turn, agent.start(turn)

    def _name_broken(self) -> None:
        """Plugins that have failed are told in the log, once each."""
        for one in self._ctx.plugins.broken[self._told_broken :]:
            self._log.write({"kind": "error", "text": f"the plugin {one.name}: {one.reason}"})
            self._told_broken += 1

    def _next_turn(self, task: Task) -> Sequence[Body]:
        """The next message; but first the former one again, whose turn a kill has cut off."""
        started = decide.start_turn(heard(self._ctx, task), self._claim)
        if started and self._again:
            started = [TurnStarted(self._claim, task.turn + 1, ())]
        self._given = started[0].messages if started else ()
        return started

    def _checkpoint(self, checkout: Repo, reason: str) -> None:
        self._task, _ = keep(self._ctx, self._task, checkout, reason, claim=self._claim)
        commits = (self._task.checkpoint or {}).get("commits", ())
        # Which run made what came since the last one ended, or was cut off, is not known.
        link_commits(self._ctx, self._task, commits, None if reason == "resume" else self._claim)

    def _end(
        self, outcome: str, exit_code: object, reason: object, *, is_kept: bool = True
    ) -> bool:
        """Ends the run, unless a message has come in the meantime; says whether it did. Where the
        workspace is torn down by then, another run goes on with that message.
        """
        code = exit_code if isinstance(exit_code, int) else None
        why = self._ctx.redact(encodable(str(reason)))[:2000] if reason else None

        def end(task: Task) -> Sequence[Body]:
            now = heard(self._ctx, task)
            return decide.end_run(now, self._claim, outcome, exit_code=code, reason=why)

        torn = self._teardown.run(self._task) if is_kept and end(self._task) else None
        why = "; ".join(filter(None, [why, torn, self._log.save_last("end")])) or None
        self._say_last(
            end if torn is None
            else lambda task: end(task) or decide.release(task, self._claim, LATE)
        )  # fmt: skip
        return not self._task.is_open

    def _stopped(self) -> None:
        """Asked to stop: the work is kept, and the task is `cancelled`. Told to by the system
        (SIGTERM): the work is kept, and the next `resume` goes on; or the next worker, to which
        a worker's run is given back.
        """
        trouble = self._last_checkpoint("interrupted" if self._terminated else "stop")
        self._log.save_last("stop")
        if not self._terminated:
            why = who_stopped(self._task, self._stop_left) + trouble
            self._end("cancelled", None, why, is_kept=not trouble)
        elif self._holding and not self._holding.is_lost:
            torn = "" if trouble else self._teardown.run(self._task, hurried=True)
            why = f"its worker on {self._ctx.host} was told to stop{trouble}"
            why = "; ".join(filter(None, [why, torn, self._log.save_last("end")]))
            self._say_last(lambda task: decide.release(task, self._claim, why))

    def _last_checkpoint(self, reason: str) -> str:
        """Keeps what a stopped turn has done; where that fails, a run must still end, and what
        could not be kept stays where it is. Says what went wrong.
        """
        try:
            checkout = checkout_of(self._ctx, self._task)
            if checkout is not None and self._task.turn:
                self._checkpoint(checkout, reason)
        except ClaimLost:
            raise
        except (PhcError, OSError) as error:
            return f"; no checkpoint was taken: {in_words(error)}"
        return ""

    def share(self) -> None:
        """Sends what the run has left behind; the task is free by then."""
        if self._bus:
            self._bus.close()

    # Its hands

    def _append(self, act: Decide, texts: Mapping[str, bytes] | None = None) -> Task:
        self._task = self._ctx.tasks.append(self._id, act, texts)
        return self._task

    def _say_last(self, act: Decide) -> None:
        """What ends the run; of a worker's run the remote must hear it first."""
        if self._holding is None:
            self._append(act)
        else:
            self._task = self._holding.say_last(act, lambda: not self._terminated)

    def _look(self) -> tuple[bool, Task]:
        self._confinement.look()
        return self._is_over(), self._terms.applied(self._task)

    def _stop_if_over(self) -> None:
        if self._is_over():
            raise Stopped

    def _is_over(self) -> bool:
        """Whether the run shall end: a stop on the ref, a lost claim, or a signal."""
        if self._terminated or self._stop_left or (self._holding and self._holding.is_lost):
            return True
        line = self._holding or self._bus
        self._log.stream(line.interval if line else None)
        self._task = self._ctx.tasks.load(self._id).task
        run = heard(self._ctx, self._task).run
        return run is None or run.id != self._claim or not run.is_open or run.stop_requested

    def _on_sigterm(self, number: int, frame: FrameType | None) -> None:
        self._terminated = True
