"""`git phc doctor`: looks for what is broken or left over."""

from __future__ import annotations

import click

from git_phc.cli import render
from git_phc.cli.command import Command
from git_phc.cli.options import as_json
from git_phc.cli.safe import one_line
from git_phc.cli.terminal import Terminal, pass_terminal
from git_phc.services.doctor import examine
from git_phc.services.leftovers import Finding, mend


@click.command("doctor", cls=Command)
@click.option("--fix", is_flag=True, help="Mend what can be mended without a doubt.")
@click.option(
    "--remote", metavar="NAME", help="Try what the remote refuses, by pushes of throwaway refs."
)
@as_json
@pass_terminal
def command(terminal: Terminal, *, fix: bool, remote: str | None, as_json: bool) -> int:
    """Look for what is broken or left over; exits with 1 when something is.

    Without --fix it changes nothing here; without --remote it talks to no remote.
    """
    found = examine(terminal.context)
    if fix and mend(found):
        found = examine(terminal.context)
    if remote:
        found += _tried(terminal, remote)
    if as_json:
        listed = [{"what": f.what, "hint": f.hint} for f in found]
        render.document(terminal, {"findings": listed})
    elif not found:
        render.line(terminal, "All is well.")
    else:
        for finding in found:
            render.line(terminal, f"- {one_line(finding.what)}")
            render.line(terminal, f"  {one_line(finding.hint)}")
    return 1 if found else 0


def _tried(terminal: Terminal, remote: str) -> list[Finding]:
    from git_phc.git.remote import remotes
    from git_phc.services.probe import probe
    from git_phc.services.remotes import choose_remote

    context = terminal.context
    return list(probe(context, remotes(context.repo)[choose_remote(context, remote)]))
