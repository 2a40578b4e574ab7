"""The store of finished runs: one SQLite file, each run committed at once, so that no stored run is repeated.

The record of a run is JSON that any SQLite tool reads; its details, activities and power, are compressed JSON.
The file uses a write-ahead log: while a process writes it, ``FILE-wal`` and ``FILE-shm`` lie beside it and other
processes can read it. A process that is killed costs nothing that was committed.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from cellkit.errors import ConfigError
from cellkit.study.runs.job import Observation, StudyJob

SCHEMA = 1
"""The schema of the table; SQLite's ``user_version``."""
APPLICATION = int.from_bytes(b"cell")
"""SQLite's ``application_id``, which marks the file as a store of runs."""
IN_MEMORY = ":memory:"
_PATIENCE = 30.0  # s that another process may need to commit
_TABLE = """
CREATE TABLE runs (
    key TEXT PRIMARY KEY, concept TEXT NOT NULL, seed INTEGER NOT NULL, world TEXT NOT NULL,
    record TEXT NOT NULL, details BLOB NOT NULL
)
"""


class RunStore:
    """Observations by the key of their job. ``file`` None or ``:memory:``: nothing outlives the process.

    A context manager. Every method raises ``ConfigError`` if the file is not a store or cannot be used.
    """

    def __init__(self, file: Path | str | None = None) -> None:
        self.file = IN_MEMORY if file is None else str(file)
        with self._sqlite_errors():
            self._connection = sqlite3.connect(self.file, timeout=_PATIENCE, isolation_level=None)
        try:
            with self._sqlite_errors():
                self._prepare()
        except BaseException:
            self._connection.close()
            raise

    def _prepare(self) -> None:
        """Create the table in a new file, or check that the file is a store of runs."""
        self._connection.execute("BEGIN IMMEDIATE")  # if two processes find a new file, only one creates the table
        application, schema = (self._pragma(name) for name in ("application_id", "user_version"))
        tables = self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if (application, schema, tables) == (0, 0, 0):
            self._connection.execute(_TABLE)
            self._connection.execute(f"PRAGMA application_id = {APPLICATION}")
            self._connection.execute(f"PRAGMA user_version = {SCHEMA}")
        elif application != APPLICATION:
            raise ConfigError("is an SQLite file, but not a store of runs; name another file", file=self.file)
        elif schema != SCHEMA:
            text = f"is a store of runs of schema {schema}, this cellkit has schema {SCHEMA}; name another file"
            raise ConfigError(text, file=self.file)
        self._connection.execute("COMMIT")
        self._connection.execute("PRAGMA journal_mode = WAL")

    def _pragma(self, name: str) -> int:
        value: int = self._connection.execute(f"PRAGMA {name}").fetchone()[0]
        return value

    def get(self, key: str) -> Observation | None:
        """Return the observation of a job, or None if it was not run."""
        with self._sqlite_errors():
            row = self._connection.execute("SELECT record, details FROM runs WHERE key = ?", (key,)).fetchone()
        if row is None:
            return None
        try:
            record, details = json.loads(row[0]), json.loads(zlib.decompress(row[1]))
            return Observation.model_validate({"record": record, **details})
        except (ValueError, TypeError, zlib.error) as error:  # the errors of pydantic and json are ValueErrors
            why = str(error).partition("\n")[0]
            raise ConfigError(f"the run {key[:12]} in it cannot be read: {why}", file=self.file) from None

    def put(self, key: str, job: StudyJob, observation: Observation) -> None:
        """Store a finished run at once."""
        record = observation.record.model_dump_json()
        details = zlib.compress(observation.model_dump_json(exclude={"record"}).encode())
        row = (key, job.concept.id, job.seed, job.world, record, details)
        with self._sqlite_errors():
            self._connection.execute("INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?, ?, ?)", row)

    def __len__(self) -> int:
        with self._sqlite_errors():
            count: int = self._connection.execute("SELECT count(*) FROM runs").fetchone()[0]
        return count

    def __enter__(self) -> RunStore:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; after the last process has closed it, it is one file again."""
        self._connection.close()

    @contextmanager
    def _sqlite_errors(self) -> Iterator[None]:
        """Turn errors of SQLite into a ``ConfigError`` of one line with the file."""
        try:
            yield
        except sqlite3.OperationalError as error:
            raise ConfigError(f"the store of runs cannot be used: {error}", file=self.file) from None
        except sqlite3.DatabaseError as error:
            raise ConfigError(f"is not a store of runs: {error}", file=self.file) from None
