"""Files with holes: parts that were never written, and that read as zeros.

They make a file as long as anybody likes for nothing. Where the system does not tell of holes,
a file has none.
"""

from __future__ import annotations

import errno
import os


def has_hole(fd: int, size: int) -> bool:
    """Whether there is one in the first `size` bytes of a file; its position is moved back."""
    whence = getattr(os, "SEEK_HOLE", None)
    if whence is None or not size:
        return False
    try:
        return os.lseek(fd, 0, whence) < size
    except OSError:  # this file system does not know
        return False
    finally:
        os.lseek(fd, 0, os.SEEK_SET)


def next_data(fd: int, at: int, size: int) -> int:
    """Where in a file of `size` bytes the first one from `at` on is that lies in no hole; `size`
    where there is none.
    """
    whence = getattr(os, "SEEK_DATA", None)
    if whence is None:
        return at
    try:
        return os.lseek(fd, at, whence)
    except OSError as error:
        return size if error.errno == errno.ENXIO else at
