"""The one door to git: the only rooms that import dulwich or start a git program."""
