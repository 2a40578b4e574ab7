"""Slowing down those who guess passwords, wherever they try: all who let people in count in one file."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from cellkit.access.settings import Login
from cellkit.errors import ConfigError

REMEMBERED = 10_000  # newest failures that can still count
_BUSY = 2.0  # s that another process may hold the file
_TABLE = (
    "CREATE TABLE IF NOT EXISTS failures (number INTEGER PRIMARY KEY, user TEXT NOT NULL, peer TEXT NOT NULL, "
    "count INTEGER NOT NULL, until REAL NOT NULL, UNIQUE (user, peer))"
)


class LockoutFailed(Exception):
    """Failures cannot be counted; nobody is let in then."""


class Lockout:
    """Counts failures per user and address, and log-ins of everybody together.

    ``file`` is shared with other processes and outlives them; None: this process alone. Wall time, so that a restart
    forgives nothing; a clock that is set back prolongs no wait beyond the longest there is. Raises ``ConfigError``
    for a file that cannot be used.
    """

    def __init__(self, login: Login, file: Path | None = None, clock: Callable[[], float] = time.time) -> None:
        self._login = login
        self._clock = clock
        self._tokens = float(login.burst)
        self._filled = clock()
        try:
            if file is not None:
                file.parent.mkdir(parents=True, exist_ok=True)
                os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600))
            where = ":memory:" if file is None else str(file)
            self._base = sqlite3.connect(where, timeout=_BUSY, isolation_level=None)
            self._base.execute("PRAGMA synchronous = OFF")  # what the last second before a power cut held is no loss
            self._base.execute(_TABLE)
        except (OSError, sqlite3.Error) as error:
            why = getattr(error, "strerror", None) or str(error)
            raise ConfigError(f"wrong passwords cannot be counted in it: {why}", file=file) from None

    def admit(self) -> bool:
        """Whether one more log-in may be checked now, whoever it is."""
        now = self._clock()
        passed = max(0.0, now - self._filled)
        self._tokens = min(self._login.burst, self._tokens + passed * self._login.per_second)
        self._filled = now
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True

    def locked(self, user: str, peer: str) -> bool:
        """Whether this user has to wait at this address, even with the right password. Raises ``LockoutFailed``."""
        with _telling():
            record = self._record(user, peer)
        now = self._clock()
        return record is not None and now < min(record[1], now + self._login.longest_wait)

    def failed(self, user: str, peer: str) -> float:
        """Note a wrong password; the seconds to wait from now, 0 for the first few. Raises ``LockoutFailed``."""
        with _telling():
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
        """Forget the failures. Raises ``LockoutFailed``."""
        with _telling():
            if self._record(user, peer) is not None:
                self._base.execute("DELETE FROM failures WHERE user = ? AND peer = ?", (user, peer))

    def remembered(self) -> int:
        """How many pairs of user and address have failures that count."""
        (count,) = self._base.execute("SELECT count(*) FROM failures").fetchone()
        return int(count)

    def close(self) -> None:
        """Close the file."""
        self._base.close()

    def _record(self, user: str, peer: str) -> tuple[int, float] | None:
        found = self._base.execute("SELECT count, until FROM failures WHERE user = ? AND peer = ?", (user, peer))
        record: tuple[int, float] | None = found.fetchone()
        return record

    def _wait(self, failures: int) -> float:
        beyond = failures - self._login.failures
        return 0.0 if beyond < 0 else min(self._login.first_wait * 2.0 ** min(beyond, 30), self._login.longest_wait)


@contextlib.contextmanager
def _telling() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise LockoutFailed(f"wrong passwords cannot be counted: {error}") from None
