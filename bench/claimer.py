"""Takes what waits at a remote, as a worker of one job does, and says what that took.

    python bench/claimer.py ours|bare URL FOLDER

It says `ready`, waits for a line, claims until nothing waits, and says how many tasks it got and
the seconds that its claims took, those included that others were quicker at. Between two claims,
had or lost, it looks at the queue; that is not counted. `bare` does by git alone what no claim can
do without.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # `bench`, run as a program

Claim = Callable[[], bool]  # whether it was had
Look = Callable[[], Sequence[Claim]]


def main(argv: Sequence[str]) -> int:
    """The program."""
    kind, url, folder = argv
    look = {"ours": _ours, "bare": _bare}[kind](url, Path(folder))
    look()  # what the tasks are made of is brought before it counts
    print("ready", flush=True)
    sys.stdin.readline()
    won, seconds = 0, 0.0
    while waiting := look():
        start = time.perf_counter()
        won += waiting[0]()
        seconds += time.perf_counter() - start
    print(won, seconds)
    return 0


def _ours(url: str, folder: Path) -> Look:
    from git_phc.errors import PhcError
    from git_phc.host.lock import try_lock
    from git_phc.services.policy import Policy, set_policy
    from git_phc.store import layout
    from git_phc.worker.claiming import claim
    from git_phc.worker.home import open_home
    from git_phc.worker.waiting import Lookout, Waiting

    ctx = open_home(None, url, folder, os.environ, {})
    set_policy(ctx, Policy(serves=True))
    _ = ctx.tasks  # as a worker: from now on it has a name
    lookout, held = Lookout(ctx), []

    def take(one: Waiting) -> bool:
        lock = try_lock(layout.live_lock(ctx.repo, one.id))
        try:
            claim(ctx, one)
        except PhcError:
            lookout.miss(one)
            return False
        held.append(lock)  # as a supervisor does: it is at work, and was not left
        return True

    return lambda: [lambda one=one: take(one) for one in lookout.look()]  # type: ignore[misc]


def _bare(url: str, folder: Path) -> Look:
    def git(*words: str) -> str | None:
        argv = ["git", f"--git-dir={folder}", *words]
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        return None if done.returncode else done.stdout.strip()

    subprocess.run(["git", "init", "-q", "--bare", folder], check=True)

    def take(queue: str, oid: str) -> bool:
        lease, task = (queue.replace("/queue/", f"/{kind}/") for kind in ("lease", "tasks"))
        new = git("commit-tree", "-p", oid, "-m", "claim", f"{oid}^{{tree}}")
        held = [f"--force-with-lease={queue}:{oid}", f"--force-with-lease={lease}:"]
        specs = [f":{queue}", f"{new}:{lease}", f"{new}:{task}"]
        return git("push", "-q", "--atomic", *held, url, *specs) is not None

    def look() -> Sequence[Claim]:
        git("fetch", "-q", "--no-tags", "--prune", url, "+refs/phc/queue/*:refs/phc/queue/*")
        lines = git("for-each-ref", "--format=%(refname) %(objectname)", "refs/phc/queue") or ""
        found = [line.split(" ") for line in lines.splitlines()]
        random.shuffle(found)
        return [lambda one=one: take(*one) for one in found]  # type: ignore[misc]

    return look


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
