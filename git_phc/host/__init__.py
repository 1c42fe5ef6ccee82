"""The rest of the outside world: clock, processes, paths, locks, redaction."""
