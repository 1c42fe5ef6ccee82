"""Meaning on top of git: which ref holds what, and how a task is read and written."""
