"""The file of its own that a ref has until it is packed."""

from __future__ import annotations

import os
import re

from git_phc.git.repo import Repo

_OID = re.compile(rb"([0-9a-f]+)\n")


def oid_in_file(repo: Repo, ref: str) -> str | None:
    """What `ref`, a whole name of ours, holds now, as that file says. None where none says it:
    git knows then.

    Where there is one it counts: git replaces it as a whole, and looks at what is packed only
    where there is none.
    """
    try:
        file = os.open(repo.common_dir / ref, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        found = _OID.fullmatch(os.read(file, len(repo.zero) + 2))
    except OSError:
        return None
    finally:
        os.close(file)
    return found[1].decode() if found and len(found[1]) == len(repo.zero) else None
