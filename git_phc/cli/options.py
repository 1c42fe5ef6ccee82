"""Arguments and options that several commands have, so that each means one thing."""

from __future__ import annotations

import click

as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
quiet = click.option("-q", "--quiet", is_flag=True, help="Print ids only.")
detach = click.option("-d", "--detach", is_flag=True, help="Return as soon as it runs.")
# A command that asks nothing takes it too.
yes = click.option(
    "-y", "--yes", is_flag=True, expose_value=False, help="Say yes to whatever would be asked."
)
one_task = click.argument("word", metavar="TASK")
many_tasks = click.argument("words", metavar="TASK…", nargs=-1, required=True)
