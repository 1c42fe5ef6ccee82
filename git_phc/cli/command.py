"""What every command of ours is: its help page goes where its answer goes, or is its man page."""

from __future__ import annotations

import click

from git_phc.cli import render
from git_phc.cli.terminal import Terminal

MANUAL = "git_phc.manual"  # whether `--help` was typed, and not `-h`


class Documented(click.Command):
    """A command whose help is written by `render`, as its answer is, and not by click."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.meta[MANUAL] = "--help" in args
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            error.ctx = error.ctx or ctx  # click leaves it out where an option lacks its value
            raise

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        return help_option(self.get_help_option_names(ctx))


class Command(Documented):
    """One command."""


class Group(Documented, click.Group):
    """A command with commands of its own below it."""


def help_option(names: list[str]) -> click.Option | None:
    """`-h` and `--help`, where nothing else has taken these names."""
    if not names:
        return None
    return click.Option(
        names, is_flag=True, is_eager=True, expose_value=False, callback=_show, help="Show this."
    )


def _show(ctx: click.Context, _parameter: click.Parameter, value: object) -> None:
    """As git has it: `-h` is a page of help right here, `--help` the manual, where there is one."""
    if value and not ctx.resilient_parsing:
        terminal = ctx.ensure_object(Terminal)
        if not (ctx.meta.get(MANUAL) and _manual(terminal, ctx.command_path)):
            render.line(terminal, ctx.get_help())
        ctx.exit()


def _manual(terminal: Terminal, path: str) -> bool:
    from git_phc.cli.programs import manual

    return manual(terminal, "-".join(path.split()[:3]))  # of `env list` it is the page of env
