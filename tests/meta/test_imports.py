"""The layers, by the source (import-linter) and by what is really loaded."""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from tests.kit import PACKAGE, ROOT, Installed, MakeRepo, Outcome, run_program
from tests.meta.project import layers, module_name, pyproject, room, sources

HEAVY = {"acp", "asyncio", "dulwich", "httpx", "pluggy", "pydantic", "textual"}
# Which heavy library a room may load by being imported. Any other use is in a function.
AT_HOME = {
    "plugins": {"pluggy"},
    "proxy": {"asyncio"},
    "agents": {"pluggy", "asyncio"},  # asyncio: acp's conversation, which only a run imports
    "workspaces": {"pluggy"},
    "sandboxes": {"pluggy"},
    "notifiers": {"pluggy"},
    "engines": {"pluggy"},
    "services": {"pluggy"},  # those that start a run; READING looks at the rest
    "run": {"pluggy"},
    "cli": {"pluggy"},
    "worker": {"pluggy", "httpx"},
    "forges": {"pluggy", "httpx"},
    "center": HEAVY,
}
# Those that only read: with a task in the repository, none of HEAVY.
READING = [
    ("status",),
    ("status", "--json"),
    ("status", "-a"),
    ("status", "-"),
    ("show", "-"),
    ("show", "--json", "-"),
    ("path", "-"),
    ("logs", "-"),
    ("logs", "-f", "--raw", "-"),
    ("wait", "-"),
    ("config",),
    ("-h",),
]
# What a list of tasks has no use for: each is quick, and together they were a third of its time.
UNUSED = {
    "bz2", "git_phc.git.checkpoint", "git_phc.host.redact", "git_phc.model.events", "hashlib",
    "random", "secrets", "shutil", "socket", "sqlite3", "tempfile",
}  # fmt: skip

# What has to do with remotes and sandboxes: together they were a third of the import of `start`.
ELSEWHERE = {
    "git_phc.git.remote", "git_phc.services.by_push", "git_phc.services.cloud",
    "git_phc.services.holding", "git_phc.services.permissions", "git_phc.services.pull",
    "git_phc.services.push", "git_phc.store.receipt", "git_phc.store.sync",
}  # fmt: skip

VALUES = "msgspec"  # the one library that the model stands on
ROOMS: dict[str, list[str]] = defaultdict(list)
for _path in sources():
    ROOMS[room(module_name(_path))].append(module_name(_path))


def rooms_out_of_reach(own: str) -> set[str]:
    """The rooms that `own` may not load: those above it, and those beside it."""
    rows = layers()
    row = next(number for number, names in enumerate(rows) if own in names)
    return set().union(*rows[: row + 1]) - {own}


@pytest.mark.slow
@pytest.mark.parametrize("own", sorted(set(ROOMS) - {"", "__main__"}))
def test_what_importing_each_module_of_a_room_loads(own: str) -> None:
    importer = Path(__file__).with_name("importer.py")
    answer = run_program([sys.executable, importer, *ROOMS[own]], cwd=ROOT)
    assert answer.code == 0, answer.err
    assert answer.err == ""
    forbidden = HEAVY - AT_HOME.get(own, set())
    out_of_reach = rooms_out_of_reach(own)
    wrong = {
        f"{module} loads {name}"
        for module, names in json.loads(answer.out).items()
        for name in names
        if name in forbidden or (name.startswith("git_phc.") and room(name) in out_of_reach)
    }
    assert wrong == set()


def test_the_model_loads_nothing_of_the_outside_world() -> None:
    importer = Path(__file__).with_name("importer.py")
    answer = run_program([sys.executable, importer, VALUES, *ROOMS["model"]], cwd=ROOT)
    assert answer.code == 0, answer.err
    loaded = {module: set(names) for module, names in json.loads(answer.out).items()}
    needed = loaded.pop(VALUES)  # to speak of UUIDs it loads their module, and that others
    contracts = pyproject()["tool"]["importlinter"]["contracts"]
    impure = next(c for c in contracts if c.get("source_modules") == ["git_phc.model"])
    forbidden = set(impure["forbidden_modules"])
    wrong = {
        f"{module} loads {name}"
        for module, names in loaded.items()
        for name in forbidden & (names - needed)
    }
    assert wrong == set()


@pytest.mark.parametrize("words", READING, ids=" ".join)
def test_a_reading_command_loads_nothing_heavy(
    words: tuple[str, ...], make_repo: MakeRepo, installed: Installed
) -> None:
    repo = make_repo()
    started = installed("start", "say hello", "--", "true", cwd=repo)
    assert started.code == 0, started.err
    entry = "import sys; from git_phc.cli.main import main; sys.exit(main())"
    program = run_program([sys.executable, "-X", "importtime", "-c", entry, *words], cwd=repo)
    assert program.code == 0, program.err
    loaded = set(re.findall(r"^import time:.*\| +([\w.]+)$", program.err, re.MULTILINE))
    assert "git_phc.cli.main" in loaded
    assert loaded & HEAVY == set()
    if words[0] in ("status", "wait", "config"):
        assert loaded & UNUSED == set()


def lint(folder: Path) -> Outcome:
    program = "from importlinter.cli import lint_imports_command as c; c()"
    return run_program([sys.executable, "-c", program, "--no-cache"], cwd=folder)


def test_the_contracts_hold() -> None:
    found = lint(ROOT)
    assert found.code == 0, found.out


@pytest.mark.parametrize(
    ("path", "line", "contract"),
    [
        ("model/ids.py", "import random", "The model is pure"),
        ("git/run.py", "import git_phc.store", "Layers"),
        ("host/clock.py", "import git_phc.git", "Layers"),
        ("store/__init__.py", "import dulwich.repo", "One door to git"),
        ("store/__init__.py", "import subprocess", "Only git, host, agents"),
        ("store/__init__.py", "import click", "Only the command line"),
    ],
)
def test_a_contract_is_broken_by_what_it_forbids(
    tmp_path: Path, path: str, line: str, contract: str
) -> None:
    shutil.copytree(PACKAGE, tmp_path / "git_phc", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with (tmp_path / "git_phc" / path).open("a") as module:
        module.write(f"\n{line}\n")
    found = lint(tmp_path)
    assert found.code == 1, found.out
    broken = re.findall(r"^(.*) BROKEN", found.out, re.MULTILINE)
    assert any(name.startswith(contract) for name in broken), found.out


@pytest.mark.parametrize(
    "module", ["git_phc.cli.commands.start", "git_phc.cli.commands.send", "git_phc.run.supervisor"]
)
def test_what_works_here_alone_loads_nothing_of_remotes(module: str) -> None:
    code = f"import sys, {module}; print(*sys.modules)"
    loaded = run_program([sys.executable, "-c", code])
    assert loaded.code == 0, loaded
    assert set(loaded.out.split()) & ELSEWHERE == set()
