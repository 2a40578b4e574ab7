"""Slowing down those who guess passwords."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from cellkit.opcua.security.settings import Login

REMEMBERED = 10_000  # pairs of user and address


@dataclass(slots=True)
class _Record:
    failures: int = 0
    until: float = 0.0


class Lockout:
    """Counts failures per user and address, and log-ins of everybody together."""

    def __init__(self, login: Login, clock: Callable[[], float] = time.monotonic) -> None:
        self._login = login
        self._clock = clock
        self._records: OrderedDict[tuple[str, str], _Record] = OrderedDict()
        self._tokens = float(login.burst)
        self._filled = clock()

    def admit(self) -> bool:
        """Whether one more log-in may be checked now, whoever it is."""
        now = self._clock()
        self._tokens = min(self._login.burst, self._tokens + (now - self._filled) * self._login.per_second)
        self._filled = now
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True

    def locked(self, user: str, peer: str) -> bool:
        """Whether this user has to wait at this address, even with the right password."""
        record = self._records.get((user, peer))
        return record is not None and self._clock() < record.until

    def failed(self, user: str, peer: str) -> float:
        """Note a wrong password; the seconds to wait from now, 0 for the first few."""
        record = self._records.setdefault((user, peer), _Record())
        self._records.move_to_end((user, peer))
        while len(self._records) > REMEMBERED:
            self._records.popitem(last=False)
        record.failures += 1
        beyond = record.failures - self._login.failures
        if beyond < 0:
            return 0.0
        wait = min(self._login.first_wait * 2.0 ** min(beyond, 30), self._login.longest_wait)
        record.until = self._clock() + wait
        return wait

    def succeeded(self, user: str, peer: str) -> None:
        """Forget the failures."""
        self._records.pop((user, peer), None)
