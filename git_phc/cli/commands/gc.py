"""`git phc gc`: packs, clears leftovers away, and drops what is named."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import click

from git_phc.cli import render
from git_phc.cli.asking import agreed
from git_phc.cli.command import Command
from git_phc.cli.diagnostics import say
from git_phc.cli.options import as_json
from git_phc.cli.safe import one_line
from git_phc.cli.summary import amount, counted
from git_phc.cli.terminal import Terminal, pass_terminal
from git_phc.services.find import find
from git_phc.services.gc import Care, drop, look, size_of_task, tidy


@click.command("gc", cls=Command)
@click.option("--dry-run", is_flag=True, help="Show what would be done, and do nothing.")
@click.option(
    "--drop", "words", multiple=True, metavar="TASK", help="Delete all refs of TASK, for good."
)
@click.option("-y", "--yes", is_flag=True, help="Answer yes.")
@as_json
@pass_terminal
def command(
    terminal: Terminal, /, *, dry_run: bool, words: tuple[str, ...], yes: bool, as_json: bool
) -> None:
    """Pack the repository and clear away what runs have left behind.

    Nothing that holds work is dropped, but for the tasks that --drop names, after showing
    their size.
    """
    for word in words:
        _drop(terminal, word, dry_run=dry_run, yes=yes)
    if words:
        return
    care = look(terminal.context)
    if not dry_run:
        tidy(terminal.context, care, partial(say, terminal))
    _tell(terminal, care, as_json=as_json, dry_run=dry_run)


def _drop(terminal: Terminal, word: str, *, dry_run: bool, yes: bool) -> None:
    context = terminal.context
    task = find(context, word)
    size = amount(size_of_task(context, task))
    render.line(
        terminal, f"{task.id.short}  {one_line(task.title)}: {size} that nothing else holds"
    )
    if dry_run or not agreed(terminal, f"Drop all of {task.id.short}?", yes=yes):
        return
    for ref, oid in drop(context, task).items():
        render.line(terminal, f"  back, while git keeps it: git update-ref {ref} {oid}")


def _tell(terminal: Terminal, care: Care, *, as_json: bool, dry_run: bool) -> None:
    if as_json:
        render.document(terminal, _body(care))
        return
    for found in care.leftovers:
        render.line(terminal, f"- {one_line(found.what)}")
    done = "would be packed" if dry_run else "packed"
    render.line(terminal, f"Tasks hold {amount(care.size)} that nothing else holds; {done}.")
    if care.worktrees:
        render.line(terminal, f"On the disk: {'; '.join(_kinds(care))}.")


def _body(care: Care) -> dict[str, object]:
    shown = [
        {"task": one.task, "path": str(one.path), "bytes": one.bytes}
        for one in care.worktrees
        if one.task
    ]
    ready = [{"path": str(one.path), "bytes": one.bytes} for one in care.worktrees if not one.task]
    leftovers = [found.what for found in care.leftovers]
    return {"leftovers": leftovers, "bytes": care.size, "worktrees": shown, "pool": ready}


def _kinds(care: Care) -> Iterator[str]:
    for is_task, noun in ((True, "worktree of tasks"), (False, "worktree kept ready")):
        sizes = [one.bytes for one in care.worktrees if bool(one.task) is is_task]
        if sizes:
            words = noun.replace("worktree", counted(len(sizes), "worktree"))
            yield f"{words}, {amount(sum(sizes))}"
