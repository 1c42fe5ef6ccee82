"""One command a module, each with a `command` that the group loads when it is named."""
