"""Where a task's agent works: this checkout, or a worktree of its own."""
