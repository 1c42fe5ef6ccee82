"""The submodules of a clone of the cloud: which are filled, from where, and why others are not.

What a repository names as a submodule's address is fetched with this machine's credentials, and
given to whoever works in the clone; and who may push here need not be one who may read there, be
it of the same owner. So it is fetched only where the owner of this machine says so
(`phc.submodules`, addresses and folders of addresses).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence

from git_phc.errors import PhcError, in_words
from git_phc.git.foreign.modules import (
    MARK,
    Module,
    bring_module,
    changed_modules,
    fill,
    inner_modules,
    mark_modules,
    modules_of,
)
from git_phc.git.remote import place_of_remote
from git_phc.git.repo import Repo
from git_phc.services.context import Context

UNTOLD = "its address is nowhere to be found in .gitmodules"
STRANGE = (
    "nobody has said that this worker may fetch from its address; who keeps the worker may: "
    "git config --global --add phc.submodules ADDRESS"
)
NESTED = "it is one of a submodule"
DISGUISED = re.compile(r"\\|%(2e|2f|5c)", re.IGNORECASE)  # what a server may take for a way up


def fill_modules(ctx: Context, remote: str, shadow: Repo) -> Iterator[tuple[str, str]]:
    """Fills those of a clone in which nobody has worked yet; each with why not, "" where it is
    filled. Of a clone where somebody has, nothing.
    """
    if (shadow.git_dir / MARK).exists():
        return
    base = place_of_remote(ctx.repo, remote)
    for module in modules_of(shadow):
        why = _fill(ctx, base, shadow, module)
        yield module.path, why
        if not why:
            yield from (
                (f"{module.path}/{path}", NESTED) for path in inner_modules(ctx.repo, module)
            )
    mark_modules(shadow)


def changed(ctx: Context, shadow: Repo) -> Iterator[str]:
    """The filled ones in which something was changed: no checkpoint carries that."""
    return changed_modules(ctx.repo, shadow)


def _fill(ctx: Context, base: str, shadow: Repo, module: Module) -> str:
    if not module.url:
        return UNTOLD
    url = resolved(module.url, base)
    if not may_fetch(url, ctx.values("submodules")):
        return STRANGE
    try:
        bring_module(ctx.repo, ctx.wire, url, module, hashlib.sha256(url.encode()).hexdigest()[:16])
        fill(ctx.repo, shadow, module, url)
    except (PhcError, OSError) as error:
        return ctx.redact(in_words(error)).replace(url, module.url)
    return ""


def resolved(url: str, base: str) -> str:
    """An address as git takes it: one that begins with a dot is seen from the repository's own."""
    if not url.startswith(("./", "../")):
        return url
    base = base.rstrip("/")
    while url.startswith(("./", "../")):
        if url.startswith("../"):
            base = re.sub(r"[/:][^/:]*$", "", base)
        url = url.partition("/")[2]
    return f"{base}/{url}"


def may_fetch(url: str, allowed: Sequence[str]) -> bool:
    """Whether the owner has named an address, or a folder that it is in."""
    if url.startswith("-") or DISGUISED.search(url) or ".." in url.split("/"):
        return False
    return any(url == one or url.startswith(f"{one.rstrip('/')}/") for one in allowed if one)
