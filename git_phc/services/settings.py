"""The settings of the program: what each is without being set, and what counts here."""

from __future__ import annotations

import re

from git_phc.git.config import Setting
from git_phc.services.context import Context

DEFAULTS = {
    "phc.mode": "worktree",
    "phc.autonomy": "ask",
    "phc.environment": "the only one there is",
    "phc.jobs": "the number of processors",
    "phc.followInterval": "10s on a forge, else 2s",
    "phc.lease": "5m",
    "phc.maxBlob": "45m",
    "phc.waitLimit": "15m",
    "phc.pool": "2",
    "phc.worktreeDir": "beside the repository",
    "phc.branchPrefix": "phc/",
    "phc.pushAlong": "false",
    "phc.sign": "off",
    "phc.sandbox": "none",
    "phc.network": "full",
    "phc.titleInBranch": "true",
    "phc.share": "named",
    "phc.remoteTimeout": "5m",
    "phc.notify": "nobody",
    "phc.notifyOn": "finished, failed, needs-you",
}


ADDRESS = re.compile(r"(\w+://)(?:[^@/\s'\"]*@)?([^/\s'\"?#]+)[^\s'\"]*")


def shown(ctx: Context, setting: Setting) -> str:
    """The value for people's eyes: whoever has the address of a webhook may use it, so of what
    is said below `phc.notify.` only hosts are shown.
    """
    if not setting.key.lower().startswith("phc.notify."):
        return setting.value
    return ctx.redact(ADDRESS.sub(r"\1\2/…", setting.value))


def effective(ctx: Context) -> list[Setting]:
    """Each setting once: the value that counts, or its default, with its origin."""
    spelled = {key.lower(): key for key in DEFAULTS}  # git gives all letters small
    lists = {
        "phc.notify": ctx.words("notify"),
        "phc.notifyon": ctx.nearest_words("notifyOn"),
        "phc.plugins": ctx.words("plugins"),
    }
    whole = {key: ", ".join(words) for key, words in lists.items()}
    last = {
        low: Setting(
            spelled.get(low, setting.key), whole.get(low) or shown(ctx, setting), setting.origin
        )
        for setting in ctx.settings
        for low in [setting.key.lower()]
    }
    rest = [
        Setting(key, value, "default") for key, value in DEFAULTS.items() if key.lower() not in last
    ]
    return sorted([*last.values(), *rest], key=lambda setting: setting.key.lower())
