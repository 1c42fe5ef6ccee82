"""The bounds of a task's runs: what they may see, touch, reach and take of this machine.

Inside there is the workspace, for writing; the repository's git data, for reading; a home of the
task's own, at the same path as outside, so that what an agent keeps there can be exported; one
socket to the proxy that judges every request.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from msgspec.structs import replace

from git_phc import proxy
from git_phc.errors import Refused
from git_phc.git.exposure import exposure
from git_phc.git.mirror import mirror_place
from git_phc.git.repo import Repo
from git_phc.host.paths import replace_file
from git_phc.model.allowance import Allowance
from git_phc.model.task import Task
from git_phc.plugins.sandboxes import WAY_OUT, Bounds, Limits
from git_phc.services.context import Context
from git_phc.store import layout

BRIDGE = Path(proxy.__file__).with_name("bridge.py")  # it is not for us to import


def bounds(
    ctx: Context, task: Task, checkout: Repo, scratch: Path, allowed: Allowance, socket: Path
) -> Bounds:
    """What the task's runs in this checkout are held to; `scratch` is a folder for reading."""
    root = checkout.worktree or checkout.git_dir
    held = Bounds(
        mark=task.id,
        cwd=root,
        home=layout.home_folder(ctx.repo, task.id),
        writable=[root],
        readable=[scratch, BRIDGE, *_named_paths(ctx)],
        socket=socket,
        via=[os.path.realpath(sys.executable), "-I", "-S", str(BRIDGE), str(WAY_OUT), "--"],
        image=allowed.image,
        limits=Limits(memory=allowed.memory, cpus=allowed.cpus),
    )
    if checkout.foreign:  # a clone of its own, which borrows from what the worker has of the remote
        return replace(held, readable=[mirror_place(ctx.repo), *held.readable])
    shown = exposure(checkout)
    config = scratch / "gitconfig"
    replace_file(config, shown.config)
    return replace(
        held,
        writable=[root, *shown.anchors],
        readable=[*shown.readable, *held.readable],
        hidden=shown.hidden,
        instead={checkout.common_dir / "config": config},
    )


def _named_paths(ctx: Context) -> Iterator[Path]:
    """What `phc.sandboxRead` names."""
    for value in ctx.values("sandboxRead"):
        path = Path(value).expanduser()
        if not path.is_absolute():
            raise Refused(
                f"phc.sandboxRead is {value!r}, which is no absolute path",
                "Set it: git config --add phc.sandboxRead /PATH",
            )
        yield path
