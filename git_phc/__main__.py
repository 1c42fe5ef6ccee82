"""`python -m git_phc`: the same program as `git phc`."""

from __future__ import annotations

import os
import signal
import sys

from git_phc.host.garbage import seldom_collected


def main() -> None:
    """The console script. Ctrl-C ends it without words while there is nobody to say any."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    with seldom_collected():
        if sys.argv[1:2] == ["__complete"]:  # a shell asks, and somebody waits: without click
            from git_phc.cli.completion.answer import main as answer

            # At once: to take the interpreter down in good order takes a tenth of the time.
            os._exit(answer("".join(sys.argv[2:3]), sys.argv[3:]))
        if sys.argv[1:2] == ["hook"]:  # the user waits for it at each commit
            from git_phc.cli.hook import main as run
        else:
            from git_phc.cli.main import main as run
        run()


if __name__ == "__main__":
    main()
