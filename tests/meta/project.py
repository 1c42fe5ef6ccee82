"""What the tests of the house ask about the project: its files, modules, rooms and settings."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from tests.kit import PACKAGE, ROOT, run_program


@cache
def pyproject() -> dict[str, Any]:
    """pyproject.toml, parsed."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@cache
def files() -> tuple[Path, ...]:
    """Every file of the project: what git tracks, and what it would if it were added."""
    found = run_program(["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=ROOT)
    assert found.code == 0, found.err
    paths = (ROOT / name for name in sorted(set(found.out.split("\0"))) if name)
    return tuple(path for path in paths if path.is_file())


def sources() -> list[Path]:
    """The product's own modules."""
    return sorted(PACKAGE.rglob("*.py"))


def tree(path: Path) -> ast.Module:
    """A module, parsed."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def module_name(path: Path) -> str:
    """`git_phc/git/run.py` is `git_phc.git.run`; a package's `__init__` is the package."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room(module: str) -> str:
    """The room that a module is in: `git_phc.git.run` is in `git`; "" for the package itself."""
    return [*module.split("."), ""][1]


def layers() -> list[set[str]]:
    """The rooms, from the top to the ground, as the import-linter contract has them."""
    contracts = pyproject()["tool"]["importlinter"]["contracts"]
    rows = next(each["layers"] for each in contracts if each["type"] == "layers")
    return [{name.strip(" ()") for name in row.split("|")} for row in rows]


def calls(node: ast.AST) -> Iterator[ast.Call]:
    """Every call below a node."""
    return (each for each in ast.walk(node) if isinstance(each, ast.Call))


def shown(path: Path, line: int | None = None) -> str:
    """A place in the project, as an editor takes it."""
    place = path.relative_to(ROOT).as_posix()
    return place if line is None else f"{place}:{line}"
