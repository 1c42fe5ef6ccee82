"""The group of commands: each one's module is imported when it is named."""

from __future__ import annotations

import os
from importlib import import_module

import click

from git_phc import __version__
from git_phc.cli import render
from git_phc.cli.command import Command, Group
from git_phc.cli.diagnostics import USAGE, say
from git_phc.cli.terminal import Terminal
from git_phc.errors import UsageError

# The help page, which so need not load every command.
GROUPS = {
    "Give work, and steer it": {
        "start": "Make a task and start it",
        "attach": "Follow its run, from the beginning",
        "answer": "Answer what its agent asks",
        "send": "Send the agent a follow-up",
        "stop": "End its run, and keep the work",
        "resume": "Go on with the same conversation",
        "wait": "Wait until none is queued or running",
    },
    "Look": {
        "status": "Show the tasks, what waits for you first",
        "show": "Show all of one task",
        "logs": "Show what was said and done in its runs",
        "diff": "Show what it changed, untracked files too",
        "checkpoints": "List what is kept of it, point by point",
        "compare": "Show attempts side by side",
        "path": "Print the path of its workspace",
        "open": "Open a shell or your editor in its workspace",
    },
    "Change and finish": {
        "edit": "Change its title, labels, assignee, agent, …",
        "merge": "Merge its work into the branch here; done",
        "apply": "Stage its changes here; commit nothing",
        "done": "Finish it: keep the work, remove the worktree",
        "rewind": "Take files and conversation back",
        "fork": "Make a new task from a point of it",
        "archive": "Put it away, without a verdict",
        "unarchive": "Bring an archived one back, byte for byte",
        "delete": "Delete it; undo brings it back whole",
        "undo": "Take back the last done, delete, archive, rewind or merge",
    },
    "Share": {
        "push": "Share tasks by a remote, send what is new of them",
        "pull": "Bring the tasks of others",
        "sync": "Pull, then push what is shared",
        "handoff": "Give a task away whole, or move it here",
        "pick": "Take over a task from elsewhere",
        "worker": "Take tasks from a remote's queue, and run them",
        "verify": "Tell whether events are signed by who made them",
    },
    "Overview and care": {
        "center": "All tasks at once, live, on the whole screen",
        "agents": "List the agents, and what each lacks",
        "env": "List, show, make, change and check environments",
        "trust": "Show what would run here, and consent to it",
        "config": "Show the settings, and where each was said",
        "hooks": "Install git hooks that tie commits to tasks",
        "doctor": "Look for what is broken or left over",
        "gc": "Pack, clear leftovers away, drop what is named",
        "completion": "Print the completion script of a shell",
    },
}
COMMANDS = tuple(name for group in GROUPS.values() for name in group)
ALIASES = {"list": "status", "ls": "status"}
PREFIX = "git-phc-"  # a program of this name on PATH is a command


class Commands(Group):
    """Loads a command from its module; a program `git-phc-foo` on PATH is the command foo."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        name = ALIASES.get(cmd_name, cmd_name)
        if name in COMMANDS:
            command: Command = import_module(f"git_phc.cli.commands.{name}").command
            return command
        return _program(ctx, name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            raise _unknown(args[0])
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        columns = max(map(len, COMMANDS))
        for title, group in GROUPS.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(columns), text) for name, text in group.items()])


def _unknown(name: str) -> UsageError:
    from difflib import get_close_matches

    names = [*COMMANDS, *ALIASES]
    near = [known for known in names if known.startswith(name)] or get_close_matches(name, names, 1)
    meant = f"Did you mean {near[0]}? " if near else ""
    return UsageError(f"there is no command {name!r}", f"{meant}See: git phc -h")


def _program(ctx: click.Context, name: str) -> click.Command | None:
    import shutil

    where = ctx.ensure_object(Terminal).environ.get("PATH") if ctx.obj else None
    path = shutil.which(PREFIX + name, path=where) if name.replace("-", "").isalnum() else None
    return Program(path, name) if path else None


class Program(click.Command):
    """A program of the user's: it takes our place, and gets its words as they were typed."""

    def __init__(self, path: str, name: str) -> None:
        super().__init__(name, add_help_option=False)
        self._path = path

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.args = args
        return args

    def invoke(self, ctx: click.Context) -> None:
        environ = dict(ctx.ensure_object(Terminal).environ)
        os.execve(self._path, [self._path, *ctx.args], environ)  # noqa: S606  (asked for by name)


def _version(ctx: click.Context, _parameter: click.Parameter, value: object) -> None:
    if value and not ctx.resilient_parsing:
        render.line(ctx.ensure_object(Terminal), f"git-phc {__version__}")
        ctx.exit()


@click.group(
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version,
    help="Show the version.",
)  # fmt: skip
@click.pass_context
def app(ctx: click.Context) -> None:
    """Give coding agents tasks, kept as refs in this Git repository.

    A TASK is an id or the beginning of one, its branch, a path in its worktree, @ (the task
    of the checkout you stand in) or - (the one named before).
    """
    if ctx.invoked_subcommand is None:  # asked for nothing: told what there is
        say(ctx.ensure_object(Terminal), ctx.get_help())
        ctx.exit(USAGE)
