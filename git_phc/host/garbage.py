"""How seldom the interpreter looks for garbage that holds itself."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

SELDOM = 100_000  # objects more than have gone, after which it looks; 700 by default


@contextmanager
def seldom_collected() -> Iterator[None]:
    """For all of a program, what it loads included. Modules are a few hundred thousand objects that
    stay: to look through them again and again, and once more at the end, takes a fifth of the
    processor time of a command that does little.
    """
    gc.set_threshold(SELDOM)
    try:
        yield
    finally:
        gc.freeze()  # the interpreter's last look passes over what is there now
