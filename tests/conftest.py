"""Keeps each test apart: its home, its git, its clock zone, its processes, its network.

The environment is cleaned once for the whole run, before anything of git_phc is imported. Each
test then gets a home of its own, and a marker (PHC_TEST) in its environment that everything
it starts inherits; what still carries the marker when the test is over is killed.
"""

from __future__ import annotations

import compileall
import hashlib
import importlib
import itertools
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import psutil
import pytest
from hypothesis import settings

from tests.kit import (
    CI,
    FIXED_DATE,
    ROOT,
    Files,
    Installed,
    MakeRepo,
    Outcome,
    Phc,
    Processes,
    RunGit,
    Stream,
    modes_bind,
    overlaid,
    run_program,
)

MARKER = "PHC_TEST"
LONG = ("slow", "races", "faults", "walk", "agents")
LONG_TIMEOUT = 600  # seconds; the others have what pyproject.toml says

# What a developer's shell sets and a test must not feel. GIT_* and PHC_* go as a whole.
UNWANTED = frozenset(
    {
        *("EDITOR", "VISUAL", "PAGER", "LESS", "LV", "MANPAGER", "BROWSER", "SHELL"),
        *("NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS", "LINES"),
        *("EMAIL", "SSH_ASKPASS", "SSH_AUTH_SOCK", "GPG_AGENT_INFO", "GNUPGHOME"),
        *("DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "TMUX", "STY"),
        *("LANG", "LANGUAGE", "PYTHONPATH", "PYTHONSTARTUP", "PYTHONWARNINGS"),
    }
)
KEPT = (
    "PHC_CI",
    "PHC_CROWD",
    "PHC_SEED",
    "PHC_SCHEDULES",
)  # for the tests themselves, and for those that xdist starts
FIXED = {
    "TZ": "UTC",
    "LC_ALL": "C.UTF-8",
    "TERM": "dumb",
    "SHELL": "/bin/sh",
    "GIT_CONFIG_NOSYSTEM": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
}
GITCONFIG = """\
[user]
\tname = Ada Tester
\temail = ada@example.com
[init]
\tdefaultBranch = main
[advice]
\tdetachedHead = false
"""

settings.register_profile("phc", deadline=None, print_blob=True)
settings.register_profile("phc-ci", parent=settings.get_profile("phc"), derandomize=True)


def pytest_xdist_auto_num_workers() -> int:
    """What `-n auto` means: most of a test's time goes by in waiting for other processes."""
    return 2 * (os.cpu_count() or 1)


def pytest_configure(config: pytest.Config) -> None:
    """Cleans the environment, and closes the network but for loopback."""
    for name in list(os.environ):
        ours = name.startswith(("GIT_", "PHC_", "LC_", "XDG_")) and name not in KEPT
        if ours or name in UNWANTED:
            del os.environ[name]
    os.environ.update(FIXED)
    os.umask(0o022)
    settings.load_profile("phc-ci" if CI else "phc")
    if not hasattr(config, "workerinput"):  # once, and not by each worker of xdist
        # As an install does: else each of some ten thousand processes would compile all anew
        compileall.compile_dir(ROOT / "git_phc", quiet=2)
    sys.addaudithook(_watch)


@pytest.hookimpl(trylast=True)  # what `-m` leaves out is gone by then
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Gives the marked tests their longer time, and all of them their order. Those of `modes` say
    nothing where modes bind nobody: tests/meta has them run where they do.
    """
    if not modes_bind():
        config.hook.pytest_deselected(
            items=[one for one in items if one.get_closest_marker("modes")]
        )
        items[:] = [one for one in items if not one.get_closest_marker("modes")]
    for item in items:
        long = any(item.get_closest_marker(name) for name in LONG)
        if long and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(LONG_TIMEOUT))
    items[:] = dealt(items, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))


def dealt(items: list[pytest.Item], workers: int) -> list[pytest.Item]:
    """The tests as `--dist worksteal` hands them out, a run of them to each worker: the walk's, of
    minutes each, come first with every worker, so that none is begun when the others are done.
    """
    first = [item for item in items if item.get_closest_marker("walk")]
    rest = [item for item in items if not item.get_closest_marker("walk")]
    share = -(-len(rest) // workers)
    shares = (first[n::workers] + rest[n * share : (n + 1) * share] for n in range(workers))
    return list(itertools.chain.from_iterable(shares))


# -- the network, and whether a test has started anything ---------------------------------

_started = False
_STARTS = frozenset({"subprocess.Popen", "os.posix_spawn", "os.fork", "os.forkpty", "os.exec"})


def _watch(event: str, args: tuple[object, ...]) -> None:
    global _started
    if event in _STARTS:
        _started = True
    elif event == "socket.connect" and not _is_local(args[1]):
        raise PermissionError(f"a test may not reach {args[1]!r}: there is only loopback here")


def _is_local(address: object) -> bool:
    if not isinstance(address, tuple):  # a path of a Unix socket, or a family of its own
        return True
    host = str(address[0])
    return host in {"localhost", "::1", ""} or host.startswith("127.")


# -- one test's own place -------------------------------------------------------------------

_numbers = itertools.count()


@pytest.fixture(scope="session", autouse=True)
def _homes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # Fixtures of the session run before any test has a home, and must not see the developer's.
    homes = tmp_path_factory.mktemp("homes", numbered=False)
    os.environ.update(_make_home(homes / "session"))
    return homes


def _make_home(place: Path) -> dict[str, str]:
    """Makes a home that is empty but for a git configuration; the variables that name it."""
    place.mkdir()
    gitconfig = place / ".gitconfig"
    gitconfig.write_text(GITCONFIG)
    return {
        "HOME": str(place),
        "XDG_CONFIG_HOME": str(place / ".config"),
        "XDG_DATA_HOME": str(place / ".local/share"),
        "XDG_STATE_HOME": str(place / ".local/state"),
        "XDG_CACHE_HOME": str(place / ".cache"),
        "XDG_RUNTIME_DIR": str(place),
        "GIT_CONFIG_GLOBAL": str(gitconfig),
    }


@pytest.fixture(autouse=True)
def home(
    _homes: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """This test's home. What the test leaves running is killed when it is over."""
    global _started
    place = _homes / str(next(_numbers))
    mark = hashlib.sha256(f"{os.getpid()} {request.node.nodeid}".encode()).hexdigest()[:16]
    for name, value in {**_make_home(place), MARKER: mark}.items():
        monkeypatch.setenv(name, value)
    _started = False
    yield place
    if _started:
        end_marked(mark)


@pytest.fixture
def processes(home: Path) -> Processes:
    """See `Processes`."""
    mark = os.environ[MARKER]
    return lambda: marked(mark)


def end_marked(mark: str, *, patience: float = 5.0) -> list[str]:
    """Kills every process that carries the mark, until none is found; their command lines.

    One pass is not enough: a process may start another between the look and the kill.
    """
    ended: list[str] = []
    for _ in range(20):
        found = marked(mark)
        if not found:
            break
        for process in found:
            try:
                ended.append(" ".join(process.cmdline()))
                process.kill()
            except psutil.Error:
                continue
        psutil.wait_procs(found, timeout=patience)
    return ended


def marked(mark: str) -> list[psutil.Process]:
    """The living processes that were started with the mark in their environment."""
    return [process for process in psutil.process_iter() if _carries(process, mark)]


def _carries(process: psutil.Process, mark: str) -> bool:
    if process.pid == os.getpid():
        return False
    try:
        return process.environ().get(MARKER) == mark
    except (psutil.Error, OSError):
        return False


@pytest.fixture
def fixed_dates(monkeypatch: pytest.MonkeyPatch) -> str:
    """Every commit of git in this test is made at one time, which is given."""
    monkeypatch.setenv("GIT_AUTHOR_DATE", FIXED_DATE)
    monkeypatch.setenv("GIT_COMMITTER_DATE", FIXED_DATE)
    return FIXED_DATE


# -- git and repositories ---------------------------------------------------------------------


@pytest.fixture
def git() -> RunGit:
    """See `RunGit`."""

    def run(
        path: Path,
        *args: str | Path,
        input: str | None = None,
        env: Mapping[str, str] | None = None,
        check: bool = True,
    ) -> str:
        done = run_program(["git", *args], cwd=path, input=input or "", env=env)
        if check and done.code:
            words = " ".join(map(str, args))
            pytest.fail(f"git {words} ended with {done.code}: {done.err}{done.out}")
        return done.out.removesuffix("\n")

    return run


@pytest.fixture
def make_repo(tmp_path: Path, git: RunGit) -> MakeRepo:
    """See `MakeRepo`."""

    def make(
        name: str = "repo",
        *,
        object_format: str = "sha1",
        files: Files | None = None,
        bare: bool = False,
        commit: bool = True,
    ) -> Path:
        path = tmp_path / name
        work = tmp_path / f".{path.name}.made" if bare else path
        git(tmp_path, "init", "-q", f"--object-format={object_format}", work)
        if commit:
            write_files(work, {"README.md": "# A repository\n"} if files is None else files)
            git(work, "add", "-A", "-f")
            git(work, "commit", "-q", "--allow-empty", "-m", "The first commit")
        if bare:
            git(tmp_path, "clone", "-q", "--bare", "--no-hardlinks", work, path)
        return path

    return make


def write_files(folder: Path, files: Files) -> None:
    """Writes each file, and the folders above it."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


# -- the program --------------------------------------------------------------------------------


@pytest.fixture
def phc(tmp_path: Path) -> Phc:
    """See `Phc`."""

    def run(
        *args: str | Path,
        cwd: Path | None = None,
        input: str = "",
        tty: bool = False,
        env: Mapping[str, str | None] | None = None,
    ) -> Outcome:
        main = importlib.import_module("git_phc.cli.main")
        stdin, stdout, stderr = Stream(input, tty=tty), Stream(tty=tty), Stream(tty=tty)
        code = main.run(
            [str(word) for word in args],
            cwd=cwd or tmp_path,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            environ=overlaid(env),
        )
        return Outcome(code, stdout.getvalue(), stderr.getvalue())

    return run


@pytest.fixture
def installed(tmp_path: Path) -> Installed:
    """See `Installed`."""

    def run(
        *args: str | Path,
        cwd: Path | None = None,
        input: str = "",
        env: Mapping[str, str | None] | None = None,
        timeout: float = 50,
    ) -> Outcome:
        argv = [sys.executable, "-m", "git_phc", *args]
        return run_program(argv, cwd=cwd or tmp_path, input=input, env=env, timeout=timeout)

    return run
