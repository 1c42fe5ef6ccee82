"""The tests. What they share is in `tests.kit`; how each is kept apart, in `conftest`."""
