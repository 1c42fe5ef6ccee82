"""The events of a task, one a module: its fields, its checks, what it says.

An event is an envelope (who, when, after what) around a body (what). `KINDS` is the list of
bodies that this version knows; an event of another kind, or of a higher version, makes its
task read-only here, and is carried along unchanged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module

from git_phc.model.events.body import Body

MODULES = (
    "answered", "archived", "asked", "checkpointed", "claimed", "created", "deleted", "denied",
    "edited", "finished", "handed_off", "labelled", "merged", "messaged", "progressed", "released",
    "run_ended", "stop_requested", "turn_started", "used",
)  # fmt: skip


class Kinds(Mapping[str, type[Body]]):
    """The kinds by their names, which are those of their modules. Each is imported when it is first
    asked for: most programs write a few kinds, and read none.
    """

    def __getitem__(self, name: str) -> type[Body]:
        if name not in MODULES:
            raise KeyError(name)
        body: type[Body] = import_module(f"{__name__}.{name}").BODY
        return body

    def __iter__(self) -> Iterator[str]:
        return iter(MODULES)

    def __len__(self) -> int:
        return len(MODULES)


KINDS = Kinds()
