"""The file of its own that a ref has until it is packed."""

from __future__ import annotations

import os

from git_phc.git.repo import Repo


def is_in_file(repo: Repo, ref: str, oid: str) -> bool:
    """Whether that file says that `ref`, a whole name, is at `oid` now. Where it does, it counts:
    git replaces it as a whole, and looks at what is packed only where there is none.
    """
    try:
        file = os.open(repo.common_dir / ref, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return os.read(file, len(oid) + 1) == f"{oid}\n".encode()
    except OSError:
        return False
    finally:
        os.close(file)
