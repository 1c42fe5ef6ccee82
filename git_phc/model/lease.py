"""A lease: a small object on a remote that says who works on a task. While they do, it changes.

It holds no time: clocks of two computers are never compared. Whoever wants to take a task over
must have seen its lease unchanged for so long by a clock of their own.
"""

from __future__ import annotations

import json
from typing import Self

from msgspec import Struct

DEFAULT = 300  # seconds, if nothing else is set
SHORT = 60  # seconds below which a busy machine may lose a lease that it means to keep
PATIENCE = 1.5  # leases that must have passed without a change before a task may be taken over
BEATS = 3  # renewals in one lease


class Lease(Struct, frozen=True):
    """One state of a lease.

    Attributes:
        claim: the claim that it belongs to; "" for one that nobody can read.
        clone: whose claim that is.
        seconds: how long its holder may be silent.
        nonce: another one with each renewal, so that the object's name is another one, too.
    """

    claim: str
    clone: str
    seconds: float
    nonce: str

    def encode(self) -> bytes:
        said = {
            "claim": self.claim, "clone": self.clone, "nonce": self.nonce, "seconds": self.seconds,
        }  # fmt: skip
        return json.dumps(said, sort_keys=True).encode() + b"\n"

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """What `encode` wrote; of anything else a lease of nobody's, of the usual length."""
        try:
            said = json.loads(data)
            seconds = float(said["seconds"])
            lease = cls(str(said["claim"]), str(said["clone"]), seconds, str(said["nonce"]))
            if 0 < seconds < float("inf"):
                return lease
        except (ValueError, KeyError, TypeError, RecursionError, OverflowError):
            pass
        return cls("", "", float(DEFAULT), "")

    def has_run_out(self, unchanged: float) -> bool:
        """Whether its task may be taken over by who has seen it unchanged for so many seconds."""
        return unchanged > PATIENCE * self.seconds
