"""The lockout after wrong passwords; all front ends count in one file."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from cellkit.access.private_file import open_private
from cellkit.access.settings import LoginLimits
from cellkit.errors import ConfigError

REMEMBERED = 10_000  # number of the newest failures that count
_BUSY = 2.0  # s to wait for another process that holds the file
_TABLE = (
    "CREATE TABLE IF NOT EXISTS failures (number INTEGER PRIMARY KEY, user TEXT NOT NULL, peer TEXT NOT NULL, "
    "count INTEGER NOT NULL, until REAL NOT NULL, UNIQUE (user, peer))"
)


class LockoutFailed(Exception):
    """Failures cannot be counted; every log-in is refused then."""


class Lockout:
    """Counts failures per user and address, and the log-ins of all users together.

    ``file`` is shared with other processes and outlives them; None: only this process counts. Times are wall time, so
    that a restart does not end a wait; a clock that is set back never prolongs a wait beyond ``longest_wait``. Raises
    ``ConfigError`` for a file that cannot be used.
    """

    def __init__(self, login: LoginLimits, file: Path | None = None, clock: Callable[[], float] = time.time) -> None:
        self._login = login
        self._clock = clock
        self._tokens = float(login.burst)
        self._filled = clock()
        try:
            if file is not None:
                file.parent.mkdir(parents=True, exist_ok=True)
                os.close(open_private(file, os.O_RDWR))
            where = ":memory:" if file is None else str(file)
            self._base = sqlite3.connect(where, timeout=_BUSY, isolation_level=None)
            self._base.execute("PRAGMA synchronous = OFF")  # losing the last second before a power cut does no harm
            self._base.execute(_TABLE)
        except (OSError, sqlite3.Error) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise ConfigError(f"wrong passwords cannot be counted in this file: {reason}", file=file) from None

    def admit(self) -> bool:
        """Count a log-in of any user and return whether it may be checked now."""
        now = self._clock()
        passed = max(0.0, now - self._filled)
        self._tokens = min(self._login.burst, self._tokens + passed * self._login.per_second)
        self._filled = now
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True

    def locked(self, user: str, peer: str) -> bool:
        """Return whether this user must wait at this address, whatever the password. Raises ``LockoutFailed``."""
        with _converted_errors():
            record = self._record(user, peer)
        now = self._clock()
        return record is not None and now < min(record[1], now + self._login.longest_wait)

    def failed(self, user: str, peer: str) -> float:
        """Count a wrong password and return the seconds to wait, 0 for the first ones. Raises ``LockoutFailed``."""
        with _converted_errors():
            self._base.execute("BEGIN IMMEDIATE")
            try:
                record = self._record(user, peer)
                count = 1 if record is None else record[0] + 1
                wait = self._wait(count)
                row = (user, peer, count, self._clock() + wait)
                cursor = self._base.execute(
                    "INSERT OR REPLACE INTO failures (user, peer, count, until) VALUES (?, ?, ?, ?)", row
                )
                self._base.execute("DELETE FROM failures WHERE number <= ?", ((cursor.lastrowid or 0) - REMEMBERED,))
            finally:
                self._base.execute("COMMIT")
        return wait

    def succeeded(self, user: str, peer: str) -> None:
        """Delete the failures of a user at an address. Raises ``LockoutFailed``."""
        with _converted_errors():
            if self._record(user, peer) is not None:
                self._base.execute("DELETE FROM failures WHERE user = ? AND peer = ?", (user, peer))

    def remembered(self) -> int:
        """Return the number of pairs of user and address with failures."""
        (count,) = self._base.execute("SELECT count(*) FROM failures").fetchone()
        return int(count)

    def close(self) -> None:
        """Close the file."""
        self._base.close()

    def _record(self, user: str, peer: str) -> tuple[int, float] | None:
        cursor = self._base.execute("SELECT count, until FROM failures WHERE user = ? AND peer = ?", (user, peer))
        record: tuple[int, float] | None = cursor.fetchone()
        return record

    def _wait(self, failures: int) -> float:
        beyond = failures - self._login.failures
        return 0.0 if beyond < 0 else min(self._login.first_wait * 2.0 ** min(beyond, 30), self._login.longest_wait)


@contextlib.contextmanager
def _converted_errors() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise LockoutFailed(f"wrong passwords cannot be counted: {error}") from None
