"""Plugins: the hooks that a package may implement, and how implementations are found.

A plugin is a Python package with an entry point in the group `git_phc`. The entry point's
name is the name that users know it by (`--agent NAME`), and its value a module or object
with functions marked `@git_phc.plugins.hook`. It is found without being imported, and
imported only when its name is used:

    [project.entry-points.git_phc]
    parrot = "phc_parrot"

    # phc_parrot.py
    from git_phc.plugins import hook

    @hook
    def phc_agents():
        return [Parrot()]

`spec.py` says what each hook is given and must answer; `protocols.py` what an agent is.
The built-in agents go through the same hooks.
"""

from __future__ import annotations

import pluggy

hook = pluggy.HookimplMarker("git_phc")
"""Marks a function of a plugin as the implementation of the hook that it is named for."""
