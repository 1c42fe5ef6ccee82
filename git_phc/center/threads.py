"""Does deeds in threads, so that the screen never waits for one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress

from textual.message import Message

from git_phc.center.deeds import Deed
from git_phc.center.eye import Post
from git_phc.center.messages import Done, Told
from git_phc.errors import PhcError
from git_phc.services.context import Context


class Threads:
    """The deeds that are under way."""

    def __init__(self, make_context: Callable[[], Context], post: Post) -> None:
        self._make, self._post = make_context, post
        self._busy: dict[object, str] = {}

    @property
    def names(self) -> list[str]:
        """What is under way: how it ends was not posted yet."""
        return list(self._busy.values())

    def do(self, deed: Deed) -> None:
        """Begins with it; how it ends is posted as `Done`."""
        self._begin(deed.name, lambda: self._outcome(deed))

    def do_all(self, name: str, deeds: Sequence[Deed]) -> None:
        """Begins with all of them at once; how they have ended is posted as one `Done`."""
        self._begin(name, lambda: self._outcome_of_all(name, deeds))

    def find(self, look: Callable[[Context], Message]) -> None:
        """Posts what `look` finds; where it cannot, nothing."""

        def act() -> None:
            with suppress(PhcError, OSError):
                self._post(look(self._make()))

        threading.Thread(target=act, daemon=True, name="find").start()

    def _begin(self, name: str, act: Callable[[], Done]) -> None:
        deed = object()

        def thread() -> None:
            done = act()
            del self._busy[deed]  # first: who hears of the last one may leave
            self._post(done)

        self._busy[deed] = name
        # A daemon: who leaves at once does not wait for it, and a task bears to be cut off.
        threading.Thread(target=thread, daemon=True, name=name).start()

    def _outcome_of_all(self, name: str, deeds: Sequence[Deed]) -> Done:
        found: list[Done] = []
        threads = [
            threading.Thread(target=lambda one=deed: found.append(self._outcome(one)), daemon=True)
            for deed in deeds
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        errors = [done.error for done in found if done.error]
        well = f"{len(deeds) - len(errors)} of {len(deeds)} done"
        if errors:
            return Done(name, error=PhcError(f"{well}; {errors[0].message}", errors[0].hint))
        return Done(name, f"{name}: {well}")

    def _say(self, words: str) -> None:
        self._post(Told(words))

    def _outcome(self, deed: Deed) -> Done:
        try:
            came = deed.act(self._make(), self._say)
        except PhcError as error:
            return Done(deed.name, error=error, again=deed)
        except OSError as error:
            name = f"{error.filename}: " if error.filename else ""
            why = (error.strerror or str(error)).lower()
            return Done(deed.name, error=PhcError(f"{name}{why}", "Check it: git phc doctor"))
        except Exception as error:  # noqa: BLE001  (a deed that fails must not end the screen)
            why = f"a defect in this program, {type(error).__name__}: {error}"
            return Done(deed.name, error=PhcError(why, "Try it outside: git phc -h"))
        return Done(deed.name, came.words, made=came.made)
