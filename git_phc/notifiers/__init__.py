"""The ways to tell a person: a terminal's own, a command, a webhook. Each is brought by the same
hook as a plugin's.
"""
