"""Makes a worktree of ours an isolated clone, for somebody to work in whom we do not trust.

The clone borrows objects from the mirror, which nobody writes there, and has copies of what
the mirror lacks; nothing is shared by hard links. It has the task's branch, the remote's
branches as the mirror knows them, the index, and the operation under way. It knows no remote to
push to: whoever works in it has no credentials, and what they make is fetched from it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping

from git_phc.git import run
from git_phc.git.checkpoint.listing import GITLINK
from git_phc.git.checkpoint.state import REFS, read_state_files
from git_phc.git.desk import copy_index
from git_phc.git.foreign.shadow import OTHERS, mark_shadow, open_shadow
from git_phc.git.foreign.store import hand_over, make_bare
from git_phc.git.housekeeping import missing
from git_phc.git.names import names_from_bytes
from git_phc.git.refs import list_refs
from git_phc.git.repo import Repo
from git_phc.git.worktrees import place_of, resolve_commit
from git_phc.host.paths import read_text

SPARSE = "info/sparse-checkout"


def outfit(here: Repo, mirror: Repo, branch: str) -> Repo:
    """Turns a worktree in which nobody has worked yet into a clone; its shadow.

    `branch` is the whole ref that the clone has of ours.
    """
    mark_shadow(here.git_dir, branch)
    shadow = open_shadow(here, here.git_dir)
    folder = place_of(here.git_dir) / ".git"
    folder.unlink()
    make_bare(folder, here.object_format, [mirror.common_dir / "objects"])
    clone = Repo(folder, folder, None, here.object_format)
    refs = _refs(shadow, branch)
    _give_objects(shadow, mirror, clone, refs)
    _write_refs(clone, {**_tracked(mirror), **refs})
    shutil.copyfile(here.git_dir / "HEAD", folder / "HEAD")
    copy_index(here.git_dir / "index", folder / "index")
    for name, data in read_state_files(here.git_dir).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)
    _configure(shadow, clone)
    return shadow


def _refs(here: Repo, branch: str) -> dict[str, str]:
    """The refs of the clone that are not the remote's."""
    found = {}
    for ref, oid in list_refs(here, branch, *REFS):
        name = f"refs/{ref.removeprefix(OTHERS)}" if ref.startswith(OTHERS) else ref
        found[name] = oid
    return found


def _tracked(mirror: Repo) -> Mapping[str, str]:
    return dict(list_refs(mirror, "refs/remotes"))


def _give_objects(here: Repo, mirror: Repo, clone: Repo, refs: Mapping[str, str]) -> None:
    """Copies of all that the clone needs and the mirror lacks."""
    head = resolve_commit(here, "HEAD")
    words = {*refs.values(), *([head] if head else []), *_staged(here)}
    lacking = missing(mirror, sorted(words))
    if lacking:
        known = list(_tracked(mirror).values())
        hand_over(here, clone, lacking, list(dict.fromkeys(known)))


def _staged(here: Repo) -> set[str]:
    """What the index names: its tree, which it may have in mind by itself; where a conflict leaves
    it none, every blob.
    """
    whole = here.git("write-tree", ok=()).out.decode().strip()
    if whole:
        return {whole}
    lines = names_from_bytes(here.git("ls-files", "-s", "-z").out)
    return {line.split(" ", 2)[1] for line in lines if not line.startswith(GITLINK)}


def _write_refs(clone: Repo, refs: Mapping[str, str]) -> None:
    """As one file: the clone is fresh, and there may be thousands."""
    lines = "".join(f"{oid} {ref}\n" for ref, oid in sorted(refs.items()))
    (clone.git_dir / "packed-refs").write_bytes(b"# pack-refs with: sorted \n" + os.fsencode(lines))


def _configure(here: Repo, clone: Repo) -> None:
    """Settings that the work needs: no bare one, who commits, what makes it sparse."""
    settings = {"core.bare": "false", "core.logAllRefUpdates": "true", "gc.auto": "0"}
    for key in ("user.name", "user.email", "core.sparseCheckout", "core.sparseCheckoutCone"):
        value = os.fsdecode(here.git("config", "--get", key, ok=(0, 1)).out).removesuffix("\n")
        if value:
            settings[key] = value
    for key, value in settings.items():
        run.git(["config", "--file", clone.git_dir / "config", key, value])
    if patterns := read_text(here.git_dir / SPARSE):
        (clone.git_dir / SPARSE).write_text(patterns)
