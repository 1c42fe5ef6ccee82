"""git phc: coding agents' tasks, kept in the Git repository that they work on."""

__version__ = "0.1.0"
