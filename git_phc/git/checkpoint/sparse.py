"""The settings that make a checkout sparse; they belong to one checkout, not to all."""

from __future__ import annotations

from git_phc.git.checkpoint.flags import Flags, sparse_settings
from git_phc.git.repo import Repo

ON = "core.sparsecheckout"


def set_sparse(repo: Repo, flags: Flags) -> None:
    """Gives this checkout the sparse rules of a checkpoint, or none."""
    wanted = flags.sparse
    if wanted != sparse_settings(repo):
        _own_settings(repo)
        for setting in wanted or (f"{ON}=false",):
            key, _, value = setting.partition("=")
            repo.git("config", "--worktree", key, value)
    if flags.patterns is not None:
        place = repo.git_dir / "info" / "sparse-checkout"
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(flags.patterns)


def _own_settings(repo: Repo) -> None:
    """Lets each checkout have settings of its own, as `git sparse-checkout` does.

    From then on these two would count for every checkout, so they move to the main one's.
    """
    if repo.git("config", "--type=bool", "extensions.worktreeConfig", ok=()).out == b"true\n":
        return
    shared, main = repo.common_dir / "config", repo.common_dir / "config.worktree"
    for key in ("core.bare", "core.worktree"):
        found = repo.git("config", "--file", shared, key, ok=(0, 1))
        if found.ok and found.out != b"false\n":
            repo.git("config", "--file", main, key, found.out.removesuffix(b"\n"))
            repo.git("config", "--file", shared, "--unset", key)
    repo.git("config", "--file", shared, "extensions.worktreeConfig", "true")
