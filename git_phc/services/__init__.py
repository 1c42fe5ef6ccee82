"""What a user can do with tasks, one use case a module; functions that take a Context."""
