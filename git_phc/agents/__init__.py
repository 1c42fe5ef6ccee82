"""The built-in agents, each registered through the hooks that a stranger's plugin uses."""
