"""What a task is. Pure: no I/O, clock, environment or randomness."""
