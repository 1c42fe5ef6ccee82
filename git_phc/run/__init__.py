"""The supervisor: one detached process that drives one run of a task."""
