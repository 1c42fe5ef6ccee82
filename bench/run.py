"""Measures git phc against yardsticks, each pair in one run, and says which bounds hold.

    python bench/run.py [--runs N] [NAME…]

A NAME is the beginning of a figure's name. Ends with 1 when a bound is missed.
"""

from __future__ import annotations

import argparse
import compileall
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # `bench`, run as a program

from bench.figures import (
    agents,
    append,
    archive,
    center,
    checkpoint,
    claims,
    completion,
    hooks,
    memory,
    places,
    reading,
    sharing,
    start,
    status,
    workers,
)
from bench.lab import Lab
from bench.measure import HEAD, Result, measure

HOUSE = Path(__file__).resolve().parent.parent / "git_phc"
RUNS = 11
GROUPS = {
    "status": status.figures,
    "start": start.figures,
    "append": append.figures,
    "checkpoint": checkpoint.figures,
    "archive": archive.figures,
    "hooks": hooks.figures,
    "memory": memory.figures,
    "reading": reading.figures,
    "completion": completion.figures,
    "agents": agents.figures,
    "sharing": sharing.figures,
    "center": center.figures,
    "a cloud place": places.figures,
    "workers: a claim": claims.figures,
    "workers": workers.figures,
}


def main(argv: Sequence[str]) -> int:
    """The program."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="the beginning of a figure's name")
    parser.add_argument("--runs", type=int, default=RUNS, help=f"of each figure ({RUNS})")
    asked = parser.parse_args(argv)
    compileall.compile_dir(HOUSE, quiet=2)  # as an install does, of the yardsticks too
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as folder:
        results = _results(Lab.at(Path(folder).resolve()), asked.names, asked.runs)
    if not results:
        parser.error(f"there is no figure {' or '.join(asked.names)}: {', '.join(GROUPS)}")
    print(table([HEAD, *(result.row() for result in results)]))
    missed = [result.figure.name for result in results if not result.holds]
    print(f"missed: {', '.join(missed)}" if missed else "every bound holds")
    return 1 if missed else 0


def _results(lab: Lab, names: Sequence[str], runs: int) -> list[Result]:
    results = []
    for group, figures in GROUPS.items():
        if names and not any(group.startswith(n) or n.startswith(group) for n in names):
            continue
        for figure in figures(lab):
            if not names or any(figure.name.startswith(name) for name in names):
                print(f"… {figure.name}", file=sys.stderr, flush=True)
                results.append(measure(figure, runs))
    return results


def table(rows: Sequence[Sequence[str]]) -> str:
    """The rows as columns: words to the left, figures to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if at in (0, 4, 5) else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
