"""The only writer of standard error, and the only reader of errors' exit codes."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from contextlib import suppress

import click

from git_phc.cli.safe import one_line, safe
from git_phc.cli.terminal import Terminal
from git_phc.errors import ACCESS, ROOM, PhcError

INTERRUPTED = 130
USAGE = 2
FAILED = 1


def say(terminal: Terminal, text: str) -> None:
    """Tells the user something that is not the command's answer."""
    with suppress(OSError, ValueError):  # nobody listens any more
        if terminal.stderr is not terminal.stdout:
            terminal.stdout.flush()  # what was answered before is to be seen before
        terminal.stderr.write(safe(text) + "\n")
        terminal.stderr.flush()


def complain(terminal: Terminal, error: PhcError) -> None:
    """One sentence of what is wrong, one of what to do."""
    _tell(terminal, error.message, error.hint)


def _tell(terminal: Terminal, message: str, hint: str = "") -> None:
    say(terminal, f"git phc: {_sentence(message)}")
    if hint:  # which often ends with a command to type, and that has no full stop
        say(terminal, one_line(hint) if ": " in hint else _sentence(hint))


def _sentence(text: str) -> str:
    line = one_line(text)
    return line if line.endswith((".", "?", "!", "…")) else line + "."


def guarded(terminal: Terminal, act: Callable[[], object]) -> int:
    """What `act` ends with, as an exit code; an error is told, whatever it is."""
    try:
        code = act()
        terminal.stdout.flush()
    except PhcError as error:
        complain(terminal, error)
        return error.exit_code
    except click.ClickException as error:
        return _usage(terminal, error)
    except (KeyboardInterrupt, click.Abort):
        _tell(terminal, "interrupted")
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our answer has had enough
        _mute(terminal)
        return FAILED
    except Exception as error:  # noqa: BLE001  (the last line of defence)
        return _defect(terminal, error)
    return code if isinstance(code, int) else 0


def _usage(terminal: Terminal, error: click.ClickException) -> int:
    """An error of click's, in our words."""
    context = getattr(error, "ctx", None)
    see = f"See: {context.command_path if context else 'git phc'} -h"
    message, near = error.format_message(), getattr(error, "possibilities", None)
    if near:
        message, see = error.message, f"Did you mean {near[0]}? {see}"
    _tell(terminal, message[:1].lower() + message[1:], see)
    return USAGE if isinstance(error, click.UsageError) else error.exit_code


def _defect(terminal: Terminal, error: Exception) -> int:
    """Something that this program did not foresee: a sentence; the details on request."""
    if terminal.environ.get("PHC_TRACE"):
        import traceback

        traceback.print_exception(error, file=terminal.stderr)
    if isinstance(error, OSError) and error.strerror:
        _system(terminal, error)
    else:
        _tell(
            terminal,
            f"a defect in this program, {type(error).__name__}: {error}",
            "To see where, run the command again with PHC_TRACE=1",
        )
    return FAILED


HINTS = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), ROOM),
    **dict.fromkeys((errno.EROFS, errno.EACCES, errno.EPERM), ACCESS),
}


def _system(terminal: Terminal, error: OSError) -> None:
    """The system refused: a file by its name, else it was our own answer's end."""
    why = str(error.strerror).lower()
    if error.filename is not None:
        hint = HINTS.get(error.errno or 0, "Check it: git phc doctor")
        _tell(terminal, f"{os.fsdecode(error.filename)!r}: {why}", hint)
    else:
        _mute(terminal)
        _tell(
            terminal, f"the answer could not be written: {why}", "Make room there, then try again"
        )


def _mute(terminal: Terminal) -> None:
    """Keeps the interpreter from failing once more when it flushes at its end."""
    if terminal.screen is sys.stdout:
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def name_broken(terminal: Terminal) -> None:
    """Names the plugins that have failed on the way; they took nothing else down."""
    context = terminal.__dict__.get("context")
    plugins = context.__dict__.get("plugins") if context else None
    for broken in plugins.broken if plugins else ():
        say(terminal, f"The plugin {one_line(broken.name)} is broken: {one_line(broken.reason)}")
