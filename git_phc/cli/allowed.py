"""What a run would be allowed in a sandbox, or by a worker here: for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from git_phc.cli import render
from git_phc.cli.consent import visible
from git_phc.cli.summary import amount, amount_of_time
from git_phc.errors import PhcError
from git_phc.model.allowance import Allowance
from git_phc.model.environment import Environment
from git_phc.services.context import Context
from git_phc.services.permissions import allowance, trusted


def allowed_lines(ctx: Context, said: Environment | None) -> Iterator[str]:
    """What a run with this environment may reach, with the origin of each entry, is given and
    may take; or why it would be refused.
    """
    try:
        allowed = allowance(ctx, said, ctx.setting("agent"))
    except PhcError as error:
        yield f"  its runs are refused in a sandbox here: {visible(error.message)}"
        return
    entries, trouble = trusted(ctx) if allowed.trusts else ([], [])
    network = allowed.widened(entries)
    names = "any host" if network.level == "full" else "these hosts and no others"
    yield f"  in a sandbox it reaches {names} (network: {network.level})"
    rows = [(f"    {entry.domain}", visible(entry.origin)) for entry in network.entries]
    rows += [(f"    {one}", "phc.allowedAddresses") for one in network.exempt]
    yield from render.table(rows)
    for one in trouble:
        yield f"  {one.tool} could not be asked: {visible(one.trouble or '')}"
    for name, place in allowed.secrets.items():
        yield f"  it is given the secret {name}, from a {place}"
    yield from _limits(allowed)


def _limits(allowed: Allowance) -> Iterator[str]:
    if allowed.sandbox or allowed.image:
        words = (allowed.sandbox, f"the image {allowed.image}" if allowed.image else None)
        yield f"  it works in {visible(', '.join(filter(None, words)))}"
    processors = f"{allowed.cpus:g} processors" if allowed.cpus else None
    memory = f"{amount(allowed.memory)} of memory" if allowed.memory else None
    disk = f"{amount(allowed.disk)} of the disk" if allowed.disk else None
    time = f"{amount_of_time(int(allowed.time))} of time" if allowed.time else None
    if taken := list(filter(None, (processors, memory, disk, time))):
        yield f"  it may take {', '.join(taken)}"


def allowed_data(ctx: Context, said: Environment | None) -> dict[str, Any]:
    """The same, for programs; keys that do not apply are absent."""
    try:
        allowed = allowance(ctx, said, ctx.setting("agent"))
    except PhcError as error:
        return {"refused": error.message, "hint": error.hint}
    entries, trouble = trusted(ctx) if allowed.trusts else ([], [])
    network = allowed.widened(entries)
    body = {
        "network": network.level,
        "hosts": [{"host": str(e.domain), "origin": e.origin} for e in network.entries],
        "addresses": [str(one) for one in network.exempt],
        "not_asked": [{"tool": one.tool, "reason": one.trouble} for one in trouble] or None,
        "secrets": [{"name": n, "from": place} for n, place in allowed.secrets.items()],
        "sandbox": allowed.sandbox,
        "image": allowed.image,
        "cpus": allowed.cpus,
        "memory": allowed.memory,
        "disk": allowed.disk or None,
        "seconds": allowed.time or None,
    }
    return {key: value for key, value in body.items() if value is not None}
