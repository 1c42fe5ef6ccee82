"""From a command line to an exit code."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import Literal, TextIO

from git_phc.cli.app import app
from git_phc.cli.diagnostics import guarded, name_broken
from git_phc.cli.terminal import Terminal

ECHO = 0.5  # seconds in which the same Ctrl-C may come a second time


def run(
    argv: Sequence[str],
    *,
    cwd: Path,
    stdin: TextIO,
    stdout: TextIO,
    stderr: TextIO,
    environ: Mapping[str, str],
) -> int:
    """Runs one command with these streams; its exit code. Raises nothing."""
    terminal = Terminal(cwd, environ, stdin, stdout, stderr)
    code = guarded(
        terminal, lambda: app.main(list(argv), "git phc", standalone_mode=False, obj=terminal)
    )
    if code == 0:  # else the error has named it, or something worse
        name_broken(terminal)
    return code


def main() -> None:
    """The program, with the streams of its process."""
    signal.signal(signal.SIGINT, _interrupt_once)
    code = run(
        sys.argv[1:],
        cwd=_folder(),
        stdin=_stream(sys.stdin, "rb"),
        stdout=_stream(sys.stdout, "wb"),
        stderr=_stream(sys.stderr, "wb"),
        environ=os.environ,
    )
    sys.exit(code)


def _interrupt_once(number: int, _frame: object) -> None:
    """Ctrl-C, once: the terminal sends it to git and to us, and git then passes it on to us.

    One that comes a while later is another one, in case the first was lost on its way up.
    """
    pressed = time.monotonic()

    def again(_number: int, _frame: object) -> None:
        if time.monotonic() - pressed > ECHO:
            raise KeyboardInterrupt

    signal.signal(number, again)
    raise KeyboardInterrupt


def _folder() -> Path:
    """The folder that we stand in, by its name where it has gone in the meantime."""
    try:
        return Path.cwd()
    except FileNotFoundError:
        return Path(os.environ.get("PWD", "/"))


def _stream(stream: TextIO | None, mode: Literal["rb", "wb"]) -> TextIO:
    """A standard stream that takes any text; one to nowhere in place of one that is closed.

    A path may hold bytes that are no UTF-8: they come out as they are.
    """
    if stream is None:
        return TextIOWrapper(Path(os.devnull).open(mode), "utf-8")
    is_utf8 = stream.encoding.lower().replace("-", "") == "utf8"
    stream.reconfigure(errors="surrogateescape" if is_utf8 else "replace")  # type: ignore[attr-defined]
    return stream
