"""The log-in by name and password, for every front end."""

from __future__ import annotations

from pathlib import Path

from cellkit.access.lockout import Lockout, LockoutFailed
from cellkit.access.passwords import PasswordChecker, TooManyChecks
from cellkit.access.settings import LoginLimits
from cellkit.access.users import User, UserDirectory


class LoginRefused(Exception):
    """A log-in was refused. ``reason`` is for the log only; the client must not learn it."""

    def __init__(self, reason: str, user: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.user = user


class PasswordLogin:
    """Checks names and passwords against a directory of users. ``lockout_file``: the ``file`` of ``Lockout``."""

    def __init__(self, users: UserDirectory | None, login: LoginLimits, lockout_file: Path | None = None) -> None:
        self._users = users
        self.lockout = Lockout(login, lockout_file)
        self._checker = PasswordChecker()

    def admit(self) -> None:
        """Count a log-in before it is checked. Raises ``LoginRefused`` for too many log-ins at once."""
        if not self.lockout.admit():
            raise LoginRefused("too many log-ins at once")

    async def check(self, name: str, password: str, peer: str) -> User:
        """Return the user of a name and password. Raises ``LoginRefused``.

        ``peer`` is the client's address without the port. An unknown name takes as long as a known one.
        """
        user = None if self._users is None else self._users.find(name)
        try:
            locked = self.lockout.locked(name, peer)
            correct = await self._checker.check(user.password if user and not locked else None, password)
            if locked:
                raise LoginRefused("must wait after wrong passwords", name)
            if user is None or not correct:
                wait = self.lockout.failed(name, peer)
                raise LoginRefused("wrong name or password" + (f", must wait {wait:g} s" if wait else ""), name)
            self.lockout.succeeded(name, peer)
        except TooManyChecks:
            raise LoginRefused("too many log-ins at once", name) from None
        except LockoutFailed as failed:
            raise LoginRefused(str(failed), name) from None
        return user

    def close(self) -> None:
        """End the thread that checks passwords, and close the file."""
        self._checker.close()
        self.lockout.close()
