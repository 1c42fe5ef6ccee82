"""Makes the pictures of these pages by running the real thing in a real terminal (tmux).

    python docs/make_pictures.py [FOLDER]    by default docs/pictures

What stands on the screen is drawn as it stands there, as SVG: text, in its colours. The agent is
`fake`, which does what its prompt says and calls no model; all else is as it is at work.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WIDE, HIGH = 8.4, 18  # units of a letter
EDGE = 14
BACK, TEXT = "#0d1117", "#e6edf3"
PLAIN = ("#484f58", "#ff7b72", "#3fb950", "#d29922", "#58a6ff", "#bc8cff", "#39c5cf", "#b1bac4")
BRIGHT = ("#6e7681", "#ffa198", "#56d364", "#e3b341", "#79c0ff", "#d2a8ff", "#56d4dd", "#ffffff")
SEQUENCE = re.compile(r"\x1b\[([0-9;]*)m")
# An agent that is told what to do shows it; so what is shown of a prompt comes before that.
PARSER = (
    "The parser takes the month for the day, so that 2026-01-31 is read as a date that is none. "
    "Find out where, change it, and run the tests. "
)
README = (
    "Nobody knows how our calendar counts its weeks, and so everybody asks. Write it into the "
    "README, in a few lines that somebody who is new here understands at once. "
)
SLOW = (
    "It takes four seconds to start, and nobody knows what for. Measure it, and tell where the "
    "time goes; change nothing yet. "
)


def svg(screen: str, columns: int) -> str:
    """A screen with its colours, as tmux gives it, as a picture."""
    lines = screen.rstrip("\n").split("\n")
    width, height = columns * WIDE + 2 * EDGE, len(lines) * HIGH + 2 * EDGE
    state: dict[str, str] = {}
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" '
            f'font-family="ui-monospace, Menlo, Consolas, monospace" font-size="14">'
        ),
        f'<rect width="100%" height="100%" rx="8" fill="{BACK}"/>',
    ]
    for number, line in enumerate(lines):
        parts += _line(line, EDGE + number * HIGH, state)
    return "\n".join([*parts, "</svg>", ""])


def _line(line: str, y: float, state: dict[str, str]) -> Iterator[str]:
    """Each run of letters that look the same; `state` goes on to the next line."""
    column = 0
    for number, part in enumerate(SEQUENCE.split(line)):
        if number % 2:
            _turn(part, state)
            continue
        x, wide = EDGE + column * WIDE, len(part) * WIDE
        column += len(part)
        back, fore = state.get("back"), state.get("fore", TEXT)
        if "inverse" in state:
            back, fore = fore, back or BACK
        if back and part:
            size = f'width="{wide:.1f}" height="{HIGH}"'
            yield f'<rect x="{x:.1f}" y="{y:.1f}" {size} fill="{back}"/>'
        if part.strip():
            look = f' fill="{fore}"' + ' font-weight="bold"' * ("bold" in state)
            look += ' opacity="0.6"' * ("dim" in state)
            yield (
                f'<text x="{x:.1f}" y="{y + 13:.1f}" xml:space="preserve" textLength="{wide:.1f}" '
                f'lengthAdjust="spacingAndGlyphs"{look}>{escape(part)}</text>'
            )


def _turn(codes: str, state: dict[str, str]) -> None:
    """What a sequence changes of how letters look."""
    numbers = [int(code or 0) for code in codes.split(";")]
    while numbers:
        code = numbers.pop(0)
        if code == 0:
            state.clear()
        elif code in (38, 48):
            state["fore" if code == 38 else "back"] = _colour(numbers)
        elif code in LOOKS:
            state[LOOKS[code]] = "yes"
        elif code in ENDS:
            for name in ENDS[code]:
                state.pop(name, None)
        else:
            for first, table, name in BLOCKS:
                if first <= code < first + 8:
                    state[name] = table[code - first]


LOOKS = {1: "bold", 2: "dim", 7: "inverse"}
ENDS = {22: ("bold", "dim"), 27: ("inverse",), 39: ("fore",), 49: ("back",)}
BLOCKS = ((30, PLAIN, "fore"), (40, PLAIN, "back"), (90, BRIGHT, "fore"), (100, BRIGHT, "back"))


def _colour(numbers: list[int]) -> str:
    """One of 256 colours, or one of red, green and blue."""
    if numbers.pop(0) == 2:
        red, green, blue = (numbers.pop(0) for _ in range(3))
        return f"#{red:02x}{green:02x}{blue:02x}"
    index = numbers.pop(0)
    if index < 16:
        return (PLAIN + BRIGHT)[index]
    if index >= 232:
        return f"#{(index - 232) * 10 + 8:02x}" + f"{(index - 232) * 10 + 8:02x}" * 2
    levels = (0, 95, 135, 175, 215, 255)
    index -= 16
    return "#" + "".join(f"{levels[index // step % 6]:02x}" for step in (36, 6, 1))


def phc(repo: Path, *words: str) -> str:
    """A command, to its end; what it has answered."""
    argv = [sys.executable, "-m", "git_phc", *words]
    done = subprocess.run(argv, cwd=repo, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def make_repo(folder: Path) -> Path:
    """A small project to work on."""
    repo = folder / "almanac"
    git = ["git", "-C", str(repo), "-c", "user.name=Ada", "-c", "user.email=ada@example.com"]
    subprocess.run(["git", "init", "-qb", "main", str(repo)], check=True)
    (repo / "dates.py").write_text("def parse(text):\n    year, day, month = text.split('-')\n")
    for words in (["add", "."], ["commit", "-qm", "Dates"]):
        subprocess.run([*git, *words], check=True)
    settings = {
        "user.name": "Ada",
        "user.email": "ada@example.com",
        "phc.jobs": "4",
        "phc.titleInBranch": "false",
    }
    for name, value in settings.items():
        subprocess.run([*git, "config", name, value], check=True)
    return repo


def make_tasks(repo: Path) -> str:
    """Tasks in several states; the one that asks."""

    def start(title: str, prompt: str) -> str:
        return phc(repo, "start", "-d", "-q", "-a", "fake", "--title", title, prompt)

    good = start("Explain the calendar in the README", f"{README}[[write README.md|Almanac]]")
    start("Measure the slow start", f"{SLOW}[[say Measuring.]] [[sleep 600]]")
    bad = start("Move to the new test runner", "[[fail the runner is not installed]]")
    asks = start(
        "Fix the date parser",
        f"{PARSER}[[say I have found it: the month stands before the day. Here is the change.]]"
        "[[write dates.py|def parse(text):\n    year, month, day = map(int, text.split('-'))]]"
        "[[run python -m pytest -q]]",
    )
    phc(repo, "wait", good)
    phc(repo, "answer", good, "--allow")
    phc(repo, "wait", good, bad, asks)
    return asks


def pictures(repo: Path, asks: str) -> Iterator[tuple[str, str]]:
    """The name of each picture, and what it is."""
    from tests.cli.tmux import Tmux

    shots = (
        ("status", ["status", "--watch"], (118, 8), "Fix the date parser"),
        ("attach", ["attach", asks], (92, 14), "Answer:"),
        ("center", ["center"], (118, 34), "Measuring."),
    )
    for name, words, (columns, lines), text in shots:
        with Tmux(words, repo, (columns, lines)) as tmux:
            tmux.wait_for(text)
            time.sleep(1)
            yield name, svg(tmux.screen(painted=True), columns)


@contextmanager
def a_folder() -> Iterator[str]:
    """A folder for a while. What tidies up behind a command's back may be at work in it still
    when it goes: removing it is tried again until nothing of it is left.
    """
    folder = tempfile.mkdtemp()
    try:
        yield folder
    finally:
        deadline = time.monotonic() + 10
        while Path(folder).exists() and time.monotonic() < deadline:
            shutil.rmtree(folder, ignore_errors=True)


def main(argv: list[str]) -> int:
    """Makes all pictures in a home of their own; the exit code."""
    out = Path(argv[0]) if argv else ROOT / "docs" / "pictures"
    with a_folder() as folder:
        os.environ.update(
            HOME=folder, XDG_STATE_HOME=folder, PYTHONPATH=str(ROOT), LC_ALL="C.UTF-8"
        )
        os.environ.update(GIT_CONFIG_GLOBAL=os.devnull, COLORTERM="truecolor")
        repo = make_repo(Path(folder))
        try:
            for name, picture in pictures(repo, make_tasks(repo)):
                (out / f"{name}.svg").write_text(picture, encoding="utf-8")
        finally:
            phc(repo, "stop", *phc(repo, "status", "-q").split())
    return 0


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    sys.exit(main(sys.argv[1:]))
