"""Log-in by name and password: the one place where it is decided, whatever protocol the two came by."""

from __future__ import annotations

from pathlib import Path

from cellkit.access.lockout import Lockout, LockoutFailed
from cellkit.access.passwords import PasswordChecker, TooManyChecks
from cellkit.access.settings import Login
from cellkit.access.users import User, UserDirectory


class LoginRefused(Exception):
    """Nobody is let in. ``reason`` is for the log: whoever asked learns no more than that it did not work."""

    def __init__(self, reason: str, user: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.user = user


class PasswordLogin:
    """Checks names and passwords against a directory. ``lockout_file``: see ``Lockout``."""

    def __init__(self, users: UserDirectory | None, login: Login, lockout_file: Path | None = None) -> None:
        self._users = users
        self.lockout = Lockout(login, lockout_file)
        self._checker = PasswordChecker()

    def admit(self) -> None:
        """To be asked before anything is checked. Raises ``LoginRefused`` when there are too many log-ins at once."""
        if not self.lockout.admit():
            raise LoginRefused("too many log-ins at once")

    async def check(self, name: str, password: str, peer: str) -> User:
        """Who this is. ``peer``: the address without its port. Takes equally long for a name that nobody has.

        Raises ``LoginRefused``.
        """
        user = None if self._users is None else self._users.find(name)
        try:
            locked = self.lockout.locked(name, peer)
            right = await self._checker.check(user.password if user and not locked else None, password)
            if locked:
                raise LoginRefused("has to wait after wrong passwords", name)
            if user is None or not right:
                wait = self.lockout.failed(name, peer)
                raise LoginRefused("wrong name or password" + (f", has to wait {wait:g} s" if wait else ""), name)
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
