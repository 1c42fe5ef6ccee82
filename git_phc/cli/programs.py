"""The user's own programs, to which the command line lends its terminal: pager, editor, shell.

A pager and an editor are shell commands, in git's own terms.
"""

from __future__ import annotations

import io
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from git_phc.cli.terminal import Terminal
from git_phc.errors import PhcError

LESS = {"LESS": "FRX", "LV": "-c"}  # what git itself gives its pager; the user's own win


@contextmanager
def paged(terminal: Terminal) -> Iterator[None]:
    """What is answered inside goes through git's pager, when it would go to a terminal."""
    program = _pager(terminal)
    if program is None:
        yield
        return
    _ = terminal.colour, terminal.is_screen  # are the screen's; so they are asked before
    env = {**LESS, **terminal.environ}
    with subprocess.Popen(program, shell=True, stdin=subprocess.PIPE, env=env) as process:  # noqa: S602
        if process.stdin is None:
            raise PhcError(f"the pager {program} has no input")
        terminal.stdout = io.TextIOWrapper(process.stdin, "utf-8", "surrogateescape")
        try:
            with suppress(BrokenPipeError):  # the reader has seen enough
                yield
        finally:
            _close(terminal, process)


def _close(terminal: Terminal, process: subprocess.Popen[bytes]) -> None:
    pipe, terminal.stdout = terminal.stdout, terminal.screen
    with suppress(BrokenPipeError):
        pipe.close()
    while process.poll() is None:
        with suppress(KeyboardInterrupt):  # is the pager's own affair: it still has the screen
            process.wait()


def _pager(terminal: Terminal) -> str | None:
    """The pager, None where there is none to use."""
    if not _is_real_screen(terminal):
        return None
    given = terminal.environ.get("GIT_PAGER")
    name = terminal.context.repo.text("var", "GIT_PAGER") if given is None else given
    return None if name in ("", "cat") else name


def _is_real_screen(terminal: Terminal) -> bool:
    """Whether another program can write to it, too."""
    try:
        return terminal.is_screen and terminal.screen.fileno() >= 0
    except OSError:  # a screen that is no file
        return False


def edit(terminal: Terminal, path: Path, cwd: Path) -> None:
    """Opens the user's editor on `path`, and waits for it. Raises PhcError when it fails."""
    editor = _editor(terminal)
    if lend(terminal, f"{editor} {shlex.quote(str(path))}", cwd):
        raise PhcError(
            f"the editor ended with an error: {editor}", "Choose one: git config core.editor NAME"
        )


def _editor(terminal: Terminal) -> str:
    """The editor, chosen as git does. Git itself is not asked: we tell it that there is none."""
    env = terminal.environ
    if given := env.get("GIT_EDITOR"):
        return given
    set_ = terminal.context.repo.git("config", "--get", "core.editor", ok=(0, 1))
    if found := set_.out.decode(errors="surrogateescape").strip():
        return found
    return env.get("VISUAL") or env.get("EDITOR") or "vi"


def manual(terminal: Terminal, name: str) -> bool:
    """Shows a man page on the terminal; False where that is none, or there is no such page."""
    if not _is_real_screen(terminal):
        return False
    quiet = subprocess.DEVNULL
    try:
        known = subprocess.run(  # noqa: S603  (the name is a command's of ours)
            ("man", "-w", name), stdin=quiet, stdout=quiet, stderr=quiet,
            env=dict(terminal.environ), check=False,
        )  # fmt: skip
    except OSError:  # there is no such program here
        return False
    return known.returncode == 0 and lend(terminal, f"man {shlex.quote(name)}", terminal.cwd) == 0


def lend(terminal: Terminal, words: str, cwd: Path, env: Mapping[str, str] | None = None) -> int:
    """Runs a shell command with this terminal, in a folder; its exit code. `env` is its whole
    environment, where it is not the user's own.
    """
    env = {**(terminal.environ if env is None else env), "PWD": str(cwd)}
    terminal.stdout.flush()
    return subprocess.run(words, shell=True, cwd=cwd, env=env, check=False).returncode  # noqa: S602
