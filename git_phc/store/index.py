"""A cache of the list of tasks: which are put away, and the snapshots of those that are not.

It is a file that can be deleted at any time, and that nobody ever changes: a new one is made
in memory, as an SQLite database, and put in the old one's place. So a reader needs no lock,
two writers cannot harm each other, and a killed one leaves the old file.

It is right whatever touched the refs, since it says for which refs it was made: it holds
git's own list of them, as it was. Of a ref that is not on that list with the same object id
it says nothing. Where it cannot be read or written, all goes on without.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from git_phc import __version__
from git_phc.git.repo import Repo
from git_phc.host.paths import replace_file
from git_phc.store import layout
from git_phc.store.tasks import parse_body

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

# Of the tables; and of the program, whose next version may put away other tasks.
VERSION = f"2 {__version__}"
TABLES = """
    CREATE TABLE meta (version TEXT, listing BLOB);
    CREATE TABLE counts (why TEXT, number INTEGER);
    CREATE TABLE shown (name TEXT PRIMARY KEY, body BLOB);
    CREATE TABLE away (name TEXT PRIMARY KEY, why TEXT) WITHOUT ROWID;
"""


class Index:
    """The index as it lies there: what was so when git's list of refs was `_listing`.

    `bodies` holds, by name, the snapshots of the tasks that are not put away. As a context
    manager it lets go of the file.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        """Raises one of `_sqlite_errors` for what is no index of this version."""
        self._db = db
        version, self._listing = db.execute("SELECT version, listing FROM meta").fetchone()
        if version != VERSION:
            raise ValueError(f"the index is of version {version!r}")
        self.bodies = dict(map(_parsed, db.execute("SELECT name, body FROM shown")))
        self._away = Counter(dict(db.execute("SELECT why, number FROM counts")))

    def __enter__(self) -> Index:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def about(self, listing: bytes) -> Known | None:
        """What it has to say about this list (see `raw_refs`); None where it is damaged."""
        if listing == self._listing:
            return Known([], frozenset(), self._away)
        try:
            return self._compare(listing)
        except _sqlite_errors():
            return None

    def _compare(self, listing: bytes) -> Known:
        old, new = set(self._listing.split(b"\n")), listing.split(b"\n")
        away, gone = Counter(self._away), frozenset(_names(old.difference(new)))
        for name in gone.difference(self.bodies):
            row = self._db.execute("SELECT why FROM away WHERE name = ?", (name,)).fetchone()
            away[row[0]] -= 1
        return Known([line for line in new if line and line not in old], gone, +away)


class Known(NamedTuple):
    """What the index has to say about a list of refs.

    Attributes:
        news: the lines of the list that it does not know, in their order.
        gone: the names that it knows, and that are not what they were.
        away: how many of those that are as they were are put away, by why.
    """

    news: list[bytes]
    gone: frozenset[str]
    away: Counter[str]


def _parsed(row: tuple[str, bytes]) -> tuple[str, Mapping[str, Any]]:
    body = parse_body(*row)
    if body is None:
        raise ValueError("the index holds no snapshot where one should be")
    return row[0], body


def read_index(repo: Repo) -> Index | None:
    """The index, None where there is none that can be read."""
    path = layout.index_file(repo)
    if not path.exists():
        return None
    try:
        return _opened(path)
    except _sqlite_errors():  # damaged, or of another make: the next list writes it anew
        return None


def _opened(path: Path) -> Index:
    import sqlite3

    # "immutable": sqlite takes no lock, and looks for no journal of a writer.
    db = sqlite3.connect(f"{path.as_uri()}?immutable=1", uri=True)
    try:
        return Index(db)
    except BaseException:
        db.close()
        raise


def _names(lines: Iterable[bytes]) -> list[str]:
    return [line.rpartition(b"/")[2].decode() for line in lines if line]


def _sqlite_errors() -> tuple[type[Exception], ...]:
    """What reading a file that is no index of ours may raise."""
    try:
        import sqlite3
    except ImportError:  # a Python without it
        return (ImportError,)
    return (sqlite3.Error, TypeError, ValueError)  # no row; a value of another type


def remember(
    repo: Repo, listing: bytes, shown: Mapping[str, bytes], away: Mapping[str, str]
) -> None:
    """Writes the index anew: of each ref in `listing` either its snapshot or why it is away."""
    with suppress(OSError, *_sqlite_errors()):
        replace_file(layout.index_file(repo), _made(listing, shown, away))


def _made(listing: bytes, shown: Mapping[str, bytes], away: Mapping[str, str]) -> bytes:
    import sqlite3

    if not hasattr(sqlite3.Connection, "serialize"):  # a choice of who built this Python
        raise sqlite3.NotSupportedError
    with closing(sqlite3.connect(":memory:")) as db:
        db.executescript(TABLES)
        db.execute("INSERT INTO meta VALUES (?, ?)", (VERSION, listing))
        db.executemany("INSERT INTO counts VALUES (?, ?)", sorted(Counter(away.values()).items()))
        db.executemany("INSERT INTO shown VALUES (?, ?)", sorted(shown.items()))
        db.executemany("INSERT INTO away VALUES (?, ?)", sorted(away.items()))
        db.commit()
        return db.serialize()
