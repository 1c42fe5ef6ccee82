"""Checkpoints: the whole state of one checkout, taken into git objects and brought back.

A link of the chain is a commit with two forms of the same state. The stash form, one of its
parents, is git's own, and restores without us. The exact form is the link's own tree:

    meta.json      what it is: HEAD, branch, the facts that the taker gave
    head           the commit, and the branch, that were checked out
    index/         the tree of the index, without conflicts
    index.special  what that tree cannot say, a line each; then index.raw/ is the index itself
    work/          the tree of the tracked files as they are on disk
    untracked/     the tree of the untracked files
    exact/         the raw bytes of files that those trees would not bring back as they were
    big, chunks/   files above the limit for one blob, in pieces
    modes          the full mode of each file and folder, as the usual ones and the odd ones
    folders        folders without a file
    flags/         assume-unchanged, skip-worktree, and what makes a checkout sparse
    state/         a merge, rebase, cherry-pick, revert or bisect under way: files and refs
    kept           which objects are kept by the link's last parent

Not carried: ignored files, repositories inside the checkout (they are named), hard links,
extended attributes, owners, times, sockets and pipes.
"""

from git_phc.git.checkpoint.again import again
from git_phc.git.checkpoint.clean import refuse_hidden
from git_phc.git.checkpoint.compare import is_still
from git_phc.git.checkpoint.link import Checkpoint, read
from git_phc.git.checkpoint.nested import uncarried
from git_phc.git.checkpoint.restore import HeadMode, NotRestored, restore
from git_phc.git.checkpoint.state import tied_to_branch
from git_phc.git.checkpoint.swap import NotPutBack, bring, swap
from git_phc.git.checkpoint.take import take

__all__ = [
    "Checkpoint", "HeadMode", "NotPutBack", "NotRestored", "again", "bring", "is_still", "read",
    "refuse_hidden", "restore", "swap", "take", "tied_to_branch", "uncarried",
]  # fmt: skip
