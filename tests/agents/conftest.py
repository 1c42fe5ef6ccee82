"""Real agents at hand, a model for them to ask, and a home for them to live in."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.agents.furnish import PROGRAMS, furnish
from tests.agents.model import Model
from tests.conftest import MARKER, end_marked
from tests.e2e.stage import Stage
from tests.kit import MakeRepo, Phc, Processes, RunGit, unavailable

# Not below /tmp: codex does not make its helpers there.
HOMES = Path("/var/tmp")

Real = Callable[[str], Path]


@pytest.fixture
def model() -> Iterator[Model]:
    """The scripted model; every agent of this test asks it (with `agents_home`)."""
    with Model() as model:
        yield model


@pytest.fixture
def new_home(model: Model, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Path]]:
    """Makes a home for agents, and moves the test's environment into it: as if the user went to
    another machine, when it is called again.
    """
    made: list[Path] = []

    def make() -> Path:
        made.append(Path(tempfile.mkdtemp(prefix="phc-agents-", dir=HOMES)))
        for name, value in furnish(made[-1], model.url).items():
            monkeypatch.setenv(name, value)
        return made[-1]

    yield make
    end_marked(os.environ[MARKER])  # else they go on writing into it
    for home in made:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def agents_home(new_home: Callable[[], Path]) -> Path:
    """The test's environment is that of a user whose agents ask the scripted model."""
    return new_home()


@pytest.fixture
def real(agents_home: Path) -> Real:
    """Where the real agent of that name is; skips the test, by name, when it is not installed."""

    def find(name: str) -> Path:
        program = PROGRAMS / name
        if not program.exists():
            unavailable(f"needs the agent {name}: bash tests/agents/install")
        return program

    return find


@pytest.fixture
def stage(make_repo: MakeRepo, phc: Phc, git: RunGit, processes: Processes) -> Stage:
    """See `Stage`."""
    return Stage(make_repo(), phc, git, processes)
