"""How often a worker sends what its run has said, and for how long a silence means nothing."""

from __future__ import annotations

import re

from git_phc.git.remote import remotes
from git_phc.model.lease import DEFAULT
from git_phc.services.context import Context

# They ask for few pushes a minute to one repository.
FORGES = re.compile(r"(^|[@/.])(github\.com|gitlab\.com|bitbucket\.org|codeberg\.org)([:/]|$)")
SELDOM, OFTEN = "10s", "2s"


def follow_interval(ctx: Context, remote: str) -> float:
    """Seconds at least between two pushes of a run that goes on (`phc.followInterval`)."""
    known = remotes(ctx.repo).get(remote)
    on_forge = known is not None and FORGES.search(known.url) is not None
    return ctx.seconds("followInterval", SELDOM if on_forge else OFTEN)


def lease_seconds(ctx: Context) -> float:
    """Seconds for which a worker may be silent (`phc.lease`)."""
    return ctx.seconds("lease", f"{DEFAULT}s") or DEFAULT
