"""Whether a git that is kept has read the packed refs as they are now.

git reads `packed-refs` once, and anew where the file's inode, its size or its time in whole seconds
have changed. Replaced twice within a second, by one of the same size, it often has all three
unchanged, since the inode that the first replacing has freed is taken by the second; a git that
runs on then answers with what was [51 of 309 times, two housekeepers at work]. So whoever keeps a
git looks at the file, before it is started and after it has answered.
"""

from __future__ import annotations

from git_phc.git.repo import Repo

Stamp = tuple[int, ...]


def stamp(repo: Repo) -> Stamp:
    """What tells one making of the file from any other; () where there is none."""
    try:
        seen = (repo.common_dir / "packed-refs").stat()
    except OSError:
        return ()
    return (seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns)
