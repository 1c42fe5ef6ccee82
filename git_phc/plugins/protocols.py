"""What an agent is to us: a small interface. What its runs say is in `records.py`.

An agent is a class of a plugin, made from `Agent`; the least that it must have is a name,
`check` and `start`. What else it can do (go on with a conversation, take it to another
machine, ask before it acts, change what it may do while it works) are methods with answers of
their own for agents that cannot.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from git_phc.errors import PhcError
from git_phc.host.process import Within
from git_phc.plugins.records import Record

Files = Mapping[str, bytes]
"""A conversation as files: relative names with `/`, and what is in them."""


class Turn(Struct, frozen=True):
    """What an agent is given for one turn.

    Attributes:
        prompt: the message, whole.
        prompt_file: the same in a file, UTF-8.
        cwd: the workspace's root.
        env: the whole environment for the agent's processes; it holds `PHC_RUN`, by which
            what the agent leaves behind is found and ended.
        scratch: a folder of this run's own for what the agent's processes must write
            elsewhere (their standard error, say). It goes when the run has ended.
        settings: what the task says about its agent: `command`, `model`, `autonomy`; and
            what the user has set for it (`phc.agents.<name>.*`).
        session: the agent's own name of the conversation to go on with, or None for a new
            one. It is known to be there (`has_session`).
        within: the sandbox that every process of the agent is started in (`spawn_group` takes
            it), None for none. `env` is then the environment inside.
    """

    prompt: str
    prompt_file: Path
    cwd: Path
    env: Mapping[str, str]
    scratch: Path
    settings: Mapping[str, Any] = field(default_factory=dict)
    session: str | None = None
    within: Within | None = None


class Answer(Struct, frozen=True):
    """What was answered to an `ask` record.

    Attributes:
        option: the id of the option that was chosen, one of the record's; None where there
            are none to choose from.
        text: words for the agent, or None.
    """

    option: str | None = None
    text: str | None = None


class Run(ABC):
    """One turn at work."""

    @abstractmethod
    def records(self) -> Iterator[Record]:
        """What the agent says, as it says it; the last one's kind is `done`.

        Iterated by one thread; the other methods are called by that one between two records, or
        by another at any time. After an `ask` record the agent waits for `answer`; other records
        may come meanwhile.
        """

    @abstractmethod
    def cancel(self) -> None:
        """Ends the turn and every process of it; returns when they have gone."""

    def answer(self, ask: str, answer: Answer) -> None:
        """Answers the `ask` record of that id. Raises PhcError when nobody waits for it."""
        raise PhcError("this agent asks nothing, so there is nothing to answer")

    def set_autonomy(self, level: str) -> bool:
        """Lets the agent do more, or less, from now on; whether it could be told."""
        return False


class Availability(Struct, frozen=True):
    """Whether an agent can be used here: its version, or what is missing and how to get it."""

    version: str | None = None
    missing: str | None = None
    hint: str | None = None


class Agent(ABC):
    """A coding agent.

    Attributes:
        name: the name that users type.
        about: one line for `git phc agents`.
        tried: the version that it was last run with for real, None where it never was.
        converses: whether it goes on with what was said before; where its own memory of it is
            lost, it is told the transcript.
        asks: whether it asks before it acts, so that each level of autonomy has its meaning.
        confined: whether it starts every process in `Turn.within`. One that does not say so
            never works on a task that asks for a sandbox.
        project_settings: files in a project that hold a person's own settings of it for this
            project. Where git ignores them, the worktree of a task gets links to them.
    """

    name: str
    about: str = ""
    tried: str | None = None
    converses: bool = True
    asks: bool = False
    confined: bool = False
    project_settings: Sequence[str] = ()

    @abstractmethod
    def check(self, settings: Mapping[str, Any]) -> Availability:
        """Whether it can work here, with these settings of a task; quick.

        `settings` has `path` (the user's PATH), too. It may ask a program for its version,
        and nothing more.
        """

    @abstractmethod
    def start(self, turn: Turn) -> Run:
        """Starts a turn. Raises PhcError when the agent cannot be started."""

    def hosts(self, environ: Mapping[str, str]) -> Sequence[str]:
        """The URLs without which it cannot work, its model's above all, as these variables of the
        user's set them. In a sandbox they can be reached whatever else can.
        """
        return ()

    def has_session(self, session: str, turn: Turn) -> bool:
        """Whether the conversation can be gone on with as it stands on this machine."""
        return False

    def export_session(self, session: str, turn: Turn) -> Files:
        """The conversation as files that another machine can take in; empty where it cannot."""
        return {}

    def import_session(self, session: str, files: Files, turn: Turn) -> str | None:
        """Takes in what `export_session` gave, on any machine, for the folder `turn.cwd`.

        Returns the session's name from now on; None where the agent cannot go on with it.
        Nothing that is there already is overwritten.
        """
        return None

    def fork_session(self, session: str, files: Files, turn: Turn) -> str | None:
        """Makes a conversation of its own of what `export_session` gave at an earlier time: it
        holds what was said until then, and shares no name or file with the one it comes from.

        Returns its name; None where the agent cannot, and is told what was said instead.
        """
        return None
