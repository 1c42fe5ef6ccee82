"""Changes what is said of a task: title, labels, who has it, how its agent works."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from git_phc.errors import UsageError
from git_phc.model import decide
from git_phc.model.codec import Json
from git_phc.model.events.body import Body
from git_phc.model.events.edited import CHECKS, Edited
from git_phc.model.task import Task
from git_phc.model.text import TITLE, clean, shorten
from git_phc.services.context import Context


def edit(
    ctx: Context, task: Task, fields: Mapping[str, Json], add: Sequence[str], remove: Sequence[str]
) -> Task:
    """Sets fields and labels; what stands there already is not written again."""
    values = {name: _value(ctx, name, value) for name, value in fields.items()}
    labels = [clean(label)[:100] for label in add]
    if not values and not add and not remove:
        raise UsageError("there is nothing to change", "See: git phc edit -h")

    def bodies(now: Task) -> Sequence[Body]:
        new = {name: value for name, value in values.items() if now.cell(name) != value}
        written: list[Body] = [Edited(new)] if new else []
        return [*written, *decide.label(now, [label for label in labels if label], remove)]

    return ctx.tasks.append(task.id, bodies)


def _value(ctx: Context, name: str, value: Json) -> Json:
    if name == "title":
        value = shorten(clean(ctx.redact(str(value))), TITLE)
        if not value:
            raise UsageError("a title cannot be empty", 'Give one: git phc edit TASK --title "…"')
    if value == "":
        value = None
    if (value is None and name != "title") or (value is not None and CHECKS[name](value)):
        return value
    raise UsageError(f"{name} cannot be {value!r}", "See: git phc edit -h")
