"""Sandboxes: what keeps an agent's processes within bounds. Built-ins, by the hooks of plugins."""
