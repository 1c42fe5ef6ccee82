"""The rules of the house that no linter knows."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.kit import PACKAGE, ROOT
from tests.meta.project import calls, files, pyproject, shown, sources, tree

LONGEST_FUNCTION = 55
LONGEST_FILE = 350
JUNK_DRAWERS = {"utils", "util", "helpers", "helper", "common", "misc"}

# In pieces, so that this file does not name them either.
REGISTRIES = [
    ".".join(pieces)
    for pieces in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("yarnpkg", "com"),
        ("crates", "io"),
        ("rubygems", "org"),
        ("golang", "org"),
        ("deb", "debian", "org"),
        ("archive", "ubuntu", "com"),
        ("maven", "org"),
        ("anaconda", "org"),
    )
]
# Folders of one machine. A reader's own may stand in an example only as a variable.
MACHINE = re.compile(r"(?<![\w.~>})*/-])/(?:work|root|opt/pypi|opt/wheels|tmp/w)/")


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [node for node in ast.walk(tree(path)) if isinstance(node, kinds)]


def test_every_file_is_text() -> None:
    def is_binary(path: Path) -> bool:
        content = path.read_bytes()
        return b"\0" in content or content.decode("utf-8", "ignore").encode() != content

    assert [shown(path) for path in files() if is_binary(path)] == []


def test_no_file_names_a_package_registry() -> None:
    hosts = re.compile("|".join(map(re.escape, REGISTRIES)))
    assert [shown(path) for path in files() if hosts.search(text(path))] == []


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    here = str(ROOT) + "/"
    knows = (path for path in files() if MACHINE.search(text(path)) or here in text(path))
    assert [shown(path) for path in knows] == []


def test_every_decision_is_listed() -> None:
    folder = ROOT / "docs" / "adr"
    listed = re.findall(r"\]\((\d{4}-[\w-]+\.md)\)", text(folder / "README.md"))
    assert listed == sorted(path.name for path in folder.glob("[0-9]*.md"))


def test_every_dependency_has_its_reason() -> None:
    project = pyproject()["project"]
    asked = [*project["dependencies"]]
    for extra in project["optional-dependencies"].values():
        asked += (line for line in extra if not line.startswith(project["name"]))
    names = {re.split(r"[<>=~! \[]", line)[0] for line in asked}
    record = text(ROOT / "docs/adr/0002-dependencies.md")
    reasons = re.findall(r"^\| ([\w-]+) \|", record, re.MULTILINE)
    assert sorted(names) == sorted(set(reasons) - {"library"})


def test_what_is_left_out_by_default_is_run_in_ci() -> None:
    options = pyproject()["tool"]["pytest"]["ini_options"]
    left_out = options["addopts"][options["addopts"].index("-m") + 1]
    wanted = left_out.removeprefix("not (").removesuffix(")")
    for page in (text(ROOT / ".ci" / "run"), text(ROOT / "CONTRIBUTING.md")):
        run = " or ".join(re.findall(r'-m "([\w ]+)"', page)).split(" or ")
        assert set(run) >= set(wanted.split(" or "))


def test_every_ignored_lint_has_its_reason() -> None:
    after = text(ROOT / "pyproject.toml").partition("[tool.ruff.lint]\n")[2]
    ignores = after.partition("ignore = [")[2].partition("[tool.ruff.lint.flake8")[0]
    codes = [line for line in ignores.splitlines() if re.match(r'  "[A-Z]+\d*"', line)]
    assert codes
    assert [line for line in codes if "#" not in line] == []


def test_every_module_says_what_it_owns() -> None:
    assert [shown(path) for path in sources() if not ast.get_docstring(tree(path))] == []


def test_every_folder_of_modules_is_a_package() -> None:
    folders = {path.parent for path in sources()}
    assert [shown(folder) for folder in folders if not (folder / "__init__.py").exists()] == []


def test_rooms_are_small() -> None:
    long = [shown(path) for path in sources() if len(text(path).splitlines()) > LONGEST_FILE]
    assert long == []


def test_functions_are_small() -> None:
    long = [
        f"{shown(path, node.lineno)} {node.name}"
        for path in sources()
        for node in functions(path)
        if (node.end_lineno or node.lineno) - node.lineno + 1 > LONGEST_FUNCTION
    ]
    assert long == []


def test_there_is_no_junk_drawer() -> None:
    named = [path for path in files() if path.stem in JUNK_DRAWERS or path.name in JUNK_DRAWERS]
    folders = {path.parent for path in sources() if path.parent.name in JUNK_DRAWERS}
    assert [shown(path) for path in [*named, *sorted(folders)]] == []


def test_git_is_started_only_at_its_door() -> None:
    outside = (path for path in sources() if PACKAGE / "git" not in path.parents)
    starts = [
        shown(path, node.lineno)
        for path in outside
        for call in calls(tree(path))
        for node in call.args
        if isinstance(node, ast.List | ast.Tuple)
        and node.elts
        and isinstance(node.elts[0], ast.Constant)
        and node.elts[0].value == "git"
    ]
    assert starts == []


def test_processes_are_started_only_where_they_are_looked_after() -> None:
    # The command line lends its terminal to the user's pager, editor and shell, and waits.
    # The bridge is a program of its own, inside a sandbox that ends with all that is in it.
    doors = {PACKAGE / "git", PACKAGE / "host", PACKAGE / "cli", PACKAGE / "proxy" / "bridge.py"}
    outside = (path for path in sources() if not doors & {path, *path.parents})
    # Not os.exec: a program `git-phc-foo` takes this one's place, and nothing is left to end.
    starts = re.compile(r"subprocess\.\w+|os\.(fork|system|popen|spawn\w+|posix_spawnp?)")
    found = [
        shown(path, call.lineno)
        for path in outside
        for call in calls(tree(path))
        if starts.fullmatch(ast.unparse(call.func))
    ]
    assert found == []


def test_the_model_never_asks_for_the_time() -> None:
    clocks = {"now", "utcnow", "today", "getenv"}
    asks = [
        shown(path, call.lineno)
        for path in (PACKAGE / "model").rglob("*.py")
        for call in calls(tree(path))
        if isinstance(call.func, ast.Attribute) and call.func.attr in clocks
    ]
    assert asks == []


def test_the_process_has_one_folder() -> None:
    changes = [
        shown(path, call.lineno)
        for path in sources()
        for call in calls(tree(path))
        if isinstance(call.func, ast.Attribute) and call.func.attr in {"chdir", "fchdir"}
    ]
    assert changes == []
