"""Password hashes (argon2id); a separate thread checks them, so that the event loop is not blocked."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from cellkit.errors import ConfigError

MINIMUM_LENGTH = 10
MAXIMUM_LENGTH = 200
WAITING = 20  # checks that may queue; further ones are refused

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)  # about 20 ms
DUMMY_PASSWORD = "checked for an unknown name, so that it takes as long as a known one"  # noqa: S105 - of no user
_DUMMY_HASH = _hasher.hash(DUMMY_PASSWORD)


class TooManyChecks(Exception):
    """More log-ins wait than can be checked in reasonable time."""


def hash_password(password: str) -> str:
    """Hash a password for the file of users. Raises ``ConfigError`` for one that is too short or too long."""
    if len(password) < MINIMUM_LENGTH:
        raise ConfigError(f"the password has {len(password)} characters, at least {MINIMUM_LENGTH} are needed")
    if len(password.encode()) > MAXIMUM_LENGTH:
        raise ConfigError(f"the password is longer than {MAXIMUM_LENGTH} bytes")
    return _hasher.hash(password)


def is_hash(text: str) -> bool:
    """Return whether this is an argon2id hash that can be checked."""
    try:
        _hasher.check_needs_rehash(text)
    except InvalidHashError:
        return False
    return text.startswith("$argon2id$")


def check_password(hashed: str | None, password: str) -> bool:
    """Return whether the password fits the hash; the hash of an unknown name (None) takes as long and never fits."""
    try:
        _hasher.verify(hashed or _DUMMY_HASH, password)
    except (VerificationError, InvalidHashError):
        return False
    return hashed is not None


class PasswordChecker:
    """Checks one password after the other in a thread, so that many log-ins cost one core at most."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="password")
        self._waiting = 0

    async def check(self, hashed: str | None, password: str) -> bool:
        """Return whether the password fits the hash. Raises ``TooManyChecks``."""
        if self._waiting >= WAITING:
            raise TooManyChecks
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, check_password, hashed, password)
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """End the thread."""
        self._pool.shutdown(wait=False, cancel_futures=True)
