"""How seldom a program looks for garbage, and that it does."""

from __future__ import annotations

import sys

from tests.kit import run_program

PROGRAM = """
import gc, weakref
from git_phc.host.garbage import SELDOM, seldom_collected

class Loop:
    def __init__(self):
        self.itself = self

def alive(refs):
    return sum(ref() is not None for ref in refs)

with seldom_collected():
    print(alive([weakref.ref(Loop()) for _ in range(5_000)]))
    print(alive([weakref.ref(Loop()) for _ in range(3 * SELDOM)]) < 2 * SELDOM)
    print(gc.get_freeze_count())
print(gc.get_freeze_count() > 1000)
"""


def test_what_holds_itself_goes_in_the_end_and_what_is_loaded_is_passed_over() -> None:
    done = run_program([sys.executable, "-c", PROGRAM])
    assert (done.code, done.out) == (0, "5000\nTrue\n0\nTrue\n"), done
