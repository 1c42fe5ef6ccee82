"""Work done beside other work: a few calls, each in a thread of its own.

What `concurrent.futures` does, for a handful of calls: that one brings `logging` along, and so
costs each process that takes one checkpoint more than the threads save.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import Generic, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Later(Generic[T]):
    """What a call will have answered."""

    def __init__(self, call: Callable[[], T]) -> None:
        self._call = call
        self._answers: list[T] = []
        self._error: BaseException | None = None
        self._thread = Thread(target=self._work, daemon=True)
        self._thread.start()

    def wait(self) -> None:
        """Returns when the call has ended, in whichever way."""
        self._thread.join()

    def result(self) -> T:
        """Its answer, when it has ended. Raises what it raised."""
        self.wait()
        if self._error is not None:
            raise self._error
        return self._answers[0]

    def _work(self) -> None:
        try:
            self._answers.append(self._call())
        except BaseException as error:  # noqa: BLE001  (whoever asks for the answer gets it)
            self._error = error


class Beside:
    """A context manager within which calls are begun; it ends when all of them have."""

    def __init__(self) -> None:
        self._begun: list[Later[object]] = []

    def __enter__(self) -> Beside:
        return self

    def __exit__(self, *_: object) -> None:
        for one in self._begun:
            one.wait()

    def submit(self, act: Callable[P, T], *args: P.args, **more: P.kwargs) -> Later[T]:
        """Begins a call. An error of one whose result nobody asks for is nobody's."""
        later: Later[T] = Later(lambda: act(*args, **more))
        self._begun.append(later)  # type: ignore[arg-type]  # only waited for
        return later
