"""Time and chance, as one value that is handed in, so that a test can fix both."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from msgspec import Struct


def _now() -> str:
    return rfc3339(time.time())


def _nonce() -> str:
    return os.urandom(16).hex()


def rfc3339(seconds: float) -> str:
    """`seconds` since 1970 as RFC 3339 in UTC, to the millisecond."""
    whole, rest = divmod(round(seconds * 1000), 1000)
    return f"{_second(whole)}.{rest:03d}Z"


@lru_cache(1)  # of the many that are written within one
def _second(whole: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole))


class Clock(Struct, frozen=True):
    """Where times, waits and nonces come from.

    Attributes:
        now: the time, RFC 3339 in UTC.
        monotonic: seconds that only grow, for waits.
        sleep: waits that many seconds.
        nonce: 128 fresh random bits, in hex.
    """

    now: Callable[[], str] = _now
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    nonce: Callable[[], str] = _nonce


def seconds_from_rfc3339(at: str) -> int:
    """Whole seconds since 1970 of a time that `rfc3339` wrote."""
    from datetime import datetime  # not time.strptime, which compiles the names of all months

    return int(datetime.fromisoformat(f"{at[:19]}+00:00").timestamp())


def boot() -> str:
    """A name of this start of the computer: with each, monotonic seconds begin anew."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        import psutil  # where the kernel has no name for it

        return str(round(psutil.boot_time()))
