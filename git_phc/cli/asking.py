"""Asks the user yes or no; never without a terminal."""

from __future__ import annotations

import click

from git_phc.cli.terminal import Terminal
from git_phc.errors import UsageError


def agreed(terminal: Terminal, question: str, *, yes: bool) -> bool:
    """Whether the user agrees. Raises UsageError where nobody can be asked."""
    if yes:
        return True
    if not terminal.is_interactive:
        raise UsageError(f"this needs a yes: {question}", "Give it by -y")
    terminal.stdout.write(f"{question} [y/N] ")
    terminal.stdout.flush()
    answer = terminal.stdin.readline()
    if not answer:
        raise click.Abort
    return answer.strip().lower() in ("y", "yes")
