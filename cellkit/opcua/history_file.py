"""The SQLite file of the history: bounded, used by one process at a time, never overwritten if it is not a history.

All functions block; ``History`` calls them in a separate thread.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from cellkit.errors import ConfigError

_APPLICATION = 0x636B6869  # "ckhi", which distinguishes a history from another program's database
_VERSION = 1
_SCHEMA = """
CREATE TABLE nodes (number INTEGER PRIMARY KEY, namespace TEXT NOT NULL, identifier TEXT NOT NULL,
                    rows INTEGER NOT NULL DEFAULT 0, UNIQUE (namespace, identifier));
CREATE TABLE samples (sequence INTEGER PRIMARY KEY, node INTEGER NOT NULL, time INTEGER NOT NULL,
                      server_time INTEGER NOT NULL, status INTEGER NOT NULL, value BLOB NOT NULL);
CREATE INDEX samples_by_time ON samples (node, time, sequence);
"""
_KEYS = "node = ? AND (time, sequence) BETWEEN (?, ?) AND (?, ?)"
LAST = 2**63 - 1
CHECK_SECONDS = 2.0
"""The time limit of the check on start; damage that it does not reach shows on reading."""
CHECK_STEPS = 10_000
"""The number of SQLite instructions between two checks of the time limit."""


class Key(NamedTuple):
    """The sort key of a sample: microseconds since 1970 UTC, then the order of arrival."""

    time: int
    sequence: int


class Sample(NamedTuple):
    """One stored value; times are microseconds since 1970 UTC, ``value`` is an OPC UA Variant in binary encoding."""

    node: int
    time: int
    server_time: int
    status: int
    value: bytes


class HistoryFile:
    """An open history file. Its methods raise ``sqlite3.Error`` for a full disk or a damaged file."""

    def __init__(self, file: Path, *, max_age: int, max_rows: int) -> None:
        """Open or create a file; rows older than ``max_age`` microseconds or above ``max_rows`` per node are deleted.

        Raises ``ConfigError`` for a file that is damaged, in use, of another program or not accessible; such a file
        stays unchanged.
        """
        self._file = file
        self._max_age = max_age
        self._max_rows = max_rows
        try:
            os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
            self._database = sqlite3.connect(file, timeout=0.5, isolation_level=None)
        except (OSError, sqlite3.Error) as error:
            raise ConfigError(f"the history cannot be opened: {error}", file=file) from error
        try:
            self._check_and_prepare()
        except sqlite3.OperationalError as error:
            self._database.close()
            raise ConfigError(
                f"the history cannot be used, perhaps another gateway uses it: {error}", file=file
            ) from error
        except sqlite3.DatabaseError as error:
            self._database.close()
            raise self._damaged(str(error)) from error
        except ConfigError:
            self._database.close()
            raise
        self._rows = dict(self._database.execute("SELECT number, rows FROM nodes"))

    def _damaged(self, reason: str) -> ConfigError:
        return ConfigError(
            f"the history is damaged ({reason}); move the file away, the next start makes a new one", file=self._file
        )

    def _check_and_prepare(self) -> None:
        run = self._database.execute
        is_new = not run("SELECT count(*) FROM sqlite_master").fetchone()[0]
        identity = run("PRAGMA application_id").fetchone()[0], run("PRAGMA user_version").fetchone()[0]
        if not is_new and identity != (_APPLICATION, _VERSION):
            raise ConfigError(
                "the file is a database, but no history of this version; name another file", file=self._file
            )
        run("PRAGMA locking_mode = EXCLUSIVE")
        run("PRAGMA journal_mode = WAL")
        run("PRAGMA synchronous = NORMAL")
        run("BEGIN EXCLUSIVE")
        if is_new:
            for statement in _SCHEMA.split(";"):
                run(statement)
            run(f"PRAGMA application_id = {_APPLICATION}")
            run(f"PRAGMA user_version = {_VERSION}")
        run("COMMIT")
        if not self._looks_healthy():
            raise self._damaged("its pages do not fit together")

    def _looks_healthy(self) -> bool:
        """Check the file's structure, of a very big file as much as ``CHECK_SECONDS`` allow."""
        deadline = time.monotonic() + CHECK_SECONDS
        self._database.set_progress_handler(lambda: time.monotonic() > deadline, CHECK_STEPS)
        try:
            return bool(self._database.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok")
        except sqlite3.OperationalError as error:
            if "interrupted" not in str(error):
                raise
            return True
        finally:
            self._database.set_progress_handler(None, 0)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def node(self, namespace: str, identifier: str) -> int:
        """Return the number of a node; the namespace's URI and the identifier identify it across restarts."""
        run = self._database.execute
        run("INSERT OR IGNORE INTO nodes (namespace, identifier) VALUES (?, ?)", (namespace, identifier))
        cursor = run("SELECT number FROM nodes WHERE namespace = ? AND identifier = ?", (namespace, identifier))
        number: int = cursor.fetchone()[0]
        return number

    def append(self, samples: Iterable[Sample], now: int) -> None:
        """Write samples and delete rows that are too old or too many, in one transaction."""
        rows = dict(self._rows)
        run = self._database.execute
        with self._database:  # rolls back on an error
            run("BEGIN")
            for sample in samples:
                run("INSERT INTO samples (node, time, server_time, status, value) VALUES (?, ?, ?, ?, ?)", sample)
                rows[sample.node] = rows.get(sample.node, 0) + 1
            for node, count in tuple(rows.items()):
                too_old = run("DELETE FROM samples WHERE node = ? AND time < ?", (node, now - self._max_age)).rowcount
                surplus = count - too_old - self._max_rows
                if surplus > 0:
                    oldest = "SELECT sequence FROM samples WHERE node = ? ORDER BY time, sequence LIMIT ?"
                    run(f"DELETE FROM samples WHERE sequence IN ({oldest})", (node, surplus))  # noqa: S608
                rows[node] = min(count - too_old, self._max_rows)
                if rows[node] != self._rows.get(node):
                    run("UPDATE nodes SET rows = ? WHERE number = ?", (rows[node], node))
        self._rows = rows

    def read(self, node: int, low: Key, high: Key, *, reverse: bool, limit: int) -> list[tuple[int, Sample]]:
        """Read at most ``limit`` samples from ``low`` to ``high``, both included, with their sequence numbers."""
        order = "DESC" if reverse else "ASC"
        cursor = self._database.execute(
            f"SELECT sequence, node, time, server_time, status, value FROM samples WHERE {_KEYS} "  # noqa: S608
            f"ORDER BY time {order}, sequence {order} LIMIT ?",
            (node, *low, *high, limit),
        )
        return [(row[0], Sample(*row[1:])) for row in cursor]
