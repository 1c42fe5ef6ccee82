"""`python -m git_phc.run GIT_DIR TASK CLAIM`: how a service starts a supervisor."""

from __future__ import annotations

import sys

from git_phc.host.garbage import seldom_collected


def main(argv: list[str]) -> int:
    """Drives one run to its end; the exit code."""
    with seldom_collected():
        from git_phc.run.process import supervise

        return supervise(argv)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
