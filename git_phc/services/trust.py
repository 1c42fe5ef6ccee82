"""What the user has consented to run: words of a repository, by their content.

A consent is a file in the user's own state folder, named for the repository's place and for
the words. So none comes with a clone, an archive or a copied folder; and other words, or the
same words in another repository (`make setup` means something else there), ask again.
"""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from git_phc.errors import NotTrusted, Refused
from git_phc.host.paths import read_text, replace_file
from git_phc.host.process import MARKER
from git_phc.services.context import Context
from git_phc.services.environment_files import File
from git_phc.services.policy import policy_here

ENVIRONMENT = "environment"  # the kind of what was consented to; there may be others


class Grant(Struct, frozen=True):
    """One consent: to which file's words, as of when."""

    path: str
    digest: str
    at: str


def require_consent(ctx: Context, file: File | None) -> None:
    """Raises NotTrusted where the environment has words that nobody here has consented to."""
    if file is None or is_granted(ctx, file):
        return
    before = any(grant.path == file.path for grant in grants(ctx))
    why = "has changed since you consented to it" if before else "is not trusted yet"
    raise NotTrusted(
        f"{file.path} {why}, and it would run scripts of this repository",
        f"Read them, and grant it: git phc trust {shlex.quote(file.path)}",
        asked=file,
    )


def is_granted(ctx: Context, file: File) -> bool:
    """Whether all that the file would run was consented to; nothing needs no consent. On a worker
    its policy has spoken, before the task was taken.
    """
    environment = file.environment
    if policy_here(ctx).serves:
        return True
    return not environment.acts or _grant_file(ctx, environment.digest).is_file()


def grant(ctx: Context, file: File) -> None:
    """The user consents to these words of the file."""
    refuse_in_a_run(ctx)
    body = {
        "kind": ENVIRONMENT,
        "repository": str(_place(ctx)),
        "path": file.path,
        "digest": file.environment.digest,
        "at": ctx.clock.now(),
    }
    replace_file(
        _grant_file(ctx, file.environment.digest), json.dumps(body, indent=1).encode() + b"\n"
    )


def refuse_in_a_run(ctx: Context) -> None:
    """Raises Refused where an agent gives consent: that it has read what to type, in a hint of
    ours perhaps, does not make it the one whose consent it is.
    """
    if MARKER in ctx.environ:
        raise Refused(
            "trust is a person's to give, and this is typed in a task's run",
            "Type it in a terminal of your own",
        )


def revoke(ctx: Context, path: str) -> int:
    """Takes back every consent to words of that file; says how many there were."""
    found = [grant for grant in grants(ctx) if grant.path == path]
    for one in found:
        _grant_file(ctx, one.digest).unlink(missing_ok=True)
    return len(found)


def grants(ctx: Context) -> list[Grant]:
    """What was consented to in this repository, the latest first."""
    return sorted(_grants(ctx), key=lambda grant: grant.at, reverse=True)


def _grants(ctx: Context) -> Iterator[Grant]:
    for file in consents(ctx).glob("*.json"):
        try:
            body = json.loads(read_text(file) or "")
            if body["kind"] == ENVIRONMENT:
                yield Grant(str(body["path"]), str(body["digest"]), str(body["at"]))
        except (ValueError, KeyError, TypeError):
            continue


def _grant_file(ctx: Context, digest: str) -> Path:
    return consents(ctx) / f"{ENVIRONMENT}-{digest}.json"


def consents(ctx: Context) -> Path:
    """Where the user's consents for this repository are."""
    name = hashlib.sha256(bytes(_place(ctx))).hexdigest()[:32]
    return ctx.state / "trust" / name


def _place(ctx: Context) -> Path:
    """What a repository is known by: where it is."""
    return ctx.repo.common_dir.resolve()
