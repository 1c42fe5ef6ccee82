"""Where a prompt comes from: the command line, a file, standard input, or the editor."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from git_phc.cli.diagnostics import say
from git_phc.cli.terminal import Terminal
from git_phc.errors import PhcError, Refused, UsageError

SCISSORS = "# ------------------------ >8 ------------------------"
TEMPLATE = f"""

{SCISSORS}
# Say above what the agent shall do. This line, the one with the scissors
# and all below them are left out. An empty text starts nothing.
"""


@contextmanager
def prompt_from(
    terminal: Terminal,
    text: str | None,
    source: str | None,
    *,
    optional: bool = False,
    first: Callable[[], object] = lambda: None,
) -> Iterator[str]:
    """The prompt, from the one place that was named; from the editor where none was.

    Raises UsageError where there is none. `first` is called before a person begins to write;
    what they wrote stays where it is until the body of the `with` has come to a good end.
    """
    given = _given(terminal, text, source)
    if given is not None or optional:
        yield given or ""
        return
    if not terminal.is_interactive:
        raise UsageError(
            "there is no prompt", "Give it as TEXT, or by -F FILE (-F - is standard input)"
        )
    first()
    with _written(terminal) as prompt:
        if not prompt:
            raise Refused("the text was empty, so nothing was done", "Give it as TEXT, or by -F")
        yield prompt


def _given(terminal: Terminal, text: str | None, source: str | None) -> str | None:
    if text is not None and source is not None:
        raise UsageError("the prompt is given twice, as TEXT and by -F", "Leave out one of them")
    if source is not None or text == "-":
        return _from_file(terminal, source or "-")
    return None if text is None else _unicode(text)


def _unicode(text: str) -> str:
    """An argument may hold bytes that are no UTF-8; a text holds none."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _from_file(terminal: Terminal, source: str) -> str:
    if source == "-":
        return _unicode(terminal.stdin.read())
    try:
        return (terminal.cwd / source).read_bytes().decode("utf-8", "replace")
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise PhcError(
            f"{source} cannot be read: {why.lower()}", "Check its name: ls -l FILE"
        ) from error


@contextmanager
def _written(terminal: Terminal) -> Iterator[str]:
    """What the user writes in the editor; its file is removed when all went well."""
    import tempfile

    from git_phc.cli.programs import edit

    folder = terminal.context.repo.private
    folder.mkdir(exist_ok=True)
    with tempfile.NamedTemporaryFile(
        "wb", dir=folder, prefix="prompt-", suffix=".md", delete=False
    ) as file:
        file.write(TEMPLATE.encode())
    path = Path(file.name)
    try:
        edit(terminal, path, terminal.cwd)
        yield _above_scissors(path)
    except (PhcError, OSError, KeyboardInterrupt):
        if not _above_scissors(path):
            path.unlink()
        else:
            say(terminal, f"What you wrote is kept; give it again by: -F '{path}'")
        raise
    path.unlink()


def _above_scissors(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace").partition(SCISSORS)[0].strip()
