"""What an agent asks, as it is shown to whoever answers; and the answer, typed at a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from git_phc.cli.render import paint
from git_phc.cli.safe import one_line, safe
from git_phc.cli.terminal import Terminal
from git_phc.model.autonomy import option_for
from git_phc.model.task import Task
from git_phc.services.answer import VERBS, Ask, option_named, words_in
from git_phc.services.context import Context

COLOURS = {"+": "green", "-": "red", "@": "cyan"}
MEANING = {"allow": "let it", "always": "let it, now and later", "deny": "do not"}


def ask_lines(terminal: Terminal, task: Task, ask: Ask, *, how: bool = True) -> Iterator[str]:
    """The question, what it is about, and with `how` what to type."""
    for line, style in question_lines(terminal.context, task, ask):
        yield paint(terminal, line, **style) if style else line
    if how:
        yield from _ways(task, ask)


def question_lines(ctx: Context, task: Task, ask: Ask) -> Iterator[tuple[str, dict[str, Any]]]:
    """The question and what it is about, as lines that are safe to show, each with its style."""
    yield f"? {one_line(str(ask['title']))}", {"fg": "yellow", "bold": True}
    if command := ask.get("command"):
        yield from ((f"    $ {line}", {}) for line in safe(str(command)).splitlines())
    for path in ask.get("paths", ()):
        yield f"    {one_line(str(path))}", {}
    for line in safe(words_in(ctx, task, ask)).splitlines():
        colour = COLOURS.get(line[:1])
        yield f"    {line}", {"fg": colour} if colour else {}


def _ways(task: Task, ask: Ask) -> Iterator[str]:
    yield from (f"  git phc answer {task.id.short} {words}" for words, _ in ways(ask))


def ways(ask: Ask) -> Iterator[tuple[str, str]]:
    """What may be typed after `git phc answer TASK`, and what that says."""
    for verb, kinds in VERBS.items():
        if option_for(ask, kinds) is not None:
            yield f"--{verb}", MEANING[verb]
    options = list(ask.get("options", ()))
    for number, one in enumerate(options, 1):
        if one.get("kind") == "other":
            yield _typed(ask, number, one), "this one"
    if not options:
        yield '"…"', "say it"


def _typed(ask: Ask, number: int, one: Mapping[str, Any]) -> str:
    """What names an option in a shell: its name, or its number where the name would be read as
    something else.
    """
    import shlex

    name = one_line(str(one["name"]))
    is_read = not name.startswith("-") and option_named(ask, name) == one["id"]
    return shlex.quote(name) if is_read else str(number)


def keys(ask: Ask) -> dict[str, str]:
    """What to press at a terminal, and the option that it means."""
    found = {}
    for key, verb in (("a", "allow"), ("A", "always"), ("d", "deny")):
        if (id := option_for(ask, VERBS[verb])) is not None:
            found[key] = id
    plain = [one for one in ask.get("options", ()) if one.get("kind") == "other"]
    for number, one in enumerate(plain, 1):
        found[str(number)] = str(one["id"])
    return found


def offer(terminal: Terminal, ask: Ask) -> None:
    """Says at the terminal what may be typed."""
    known = keys(ask)
    names = {str(one["id"]): one_line(str(one["name"])) for one in ask.get("options", ())}
    ways = ", ".join(f"[{key}] {names[id]}" for key, id in known.items())
    what = f"{ways}, or in words" if ways else "in words"
    terminal.stdout.write(f"Answer: {what}; Enter leaves it for later: ")
    terminal.stdout.flush()


def has_typed(terminal: Terminal) -> bool:
    """Whether a line is there to be read; of input that is no file nobody can tell."""
    import select

    try:
        return bool(select.select([terminal.stdin], [], [], 0)[0])
    except (OSError, ValueError):
        return True


def typed_answer(terminal: Terminal, ask: Ask) -> tuple[str | None, str | None] | None:
    """What was typed: an option, or words; None when the user leaves it for later."""
    known = keys(ask)
    words = terminal.stdin.readline().strip()
    if not words:
        return None
    return (known[words], None) if words in known else (None, words)
