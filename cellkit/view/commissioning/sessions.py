"""Who is logged in at the commissioning page.

A session has two secrets of 256 bits: a cookie that scripts cannot read, and a key that the page keeps for itself.
Cookies of one address go to all its ports, so that another program of this machine might be handed ours; with the key
alone or the cookie alone nobody is let in, and a page from elsewhere has neither.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from cellkit.access.caller import Caller, Role
from cellkit.access.journal import Journal
from cellkit.access.login import LoginRefused, PasswordLogin
from cellkit.access.users import UserDirectory

MOST, MOST_OF_ONE = 50, 10
"""Sessions of everybody, and of one user."""
LONGEST = 12 * 3600.0
"""s that a session lasts, however much is asked in it."""
NAME_LENGTH, PASSWORD_LENGTH = 64, 200


@dataclass(slots=True, eq=False)
class LoginSession:
    """One log-in. ``id`` is what the cell and the log call it; the two secrets are never logged."""

    caller: Caller
    cookie: str
    key: str
    begun: float
    used: float
    on_end: list[Callable[[str], None]] = field(default_factory=list)
    """Called with the reason when it ends."""

    @property
    def id(self) -> str:
        """Its name."""
        return self.caller.session


class Sessions:
    """The sessions that are open. ``clock`` in s; ``idle``: s without a request after which one ends."""

    def __init__(
        self,
        users: UserDirectory,
        login: PasswordLogin,
        journal: Journal,
        idle: float,
        clock: Callable[[], float],
    ) -> None:
        self._users = users
        self._login = login
        self._journal = journal
        self._idle = idle
        self._clock = clock
        self._open: dict[str, LoginSession] = {}
        self.on_closed: Callable[[LoginSession], None] = lambda session: None

    async def log_in(self, name: str, password: str, peer: str) -> LoginSession:
        """A new session. ``peer``: host:port. Raises ``LoginRefused``."""
        try:
            self._login.admit()
            if not 0 < len(name) <= NAME_LENGTH or len(password.encode()) > PASSWORD_LENGTH:
                raise LoginRefused("no name, or one that nobody can have")
            user = await self._login.check(name, password, peer.rpartition(":")[0])
            self._make_room(user.name)
        except LoginRefused as refused:
            who = Caller(refused.user or "?", Role.OBSERVER, "", peer, None)
            self._journal.session_event("login refused", who, "denied", reason=refused.reason, face="commissioning")
            raise
        caller = Caller(user.name, user.rank, f"page-{secrets.token_hex(8)}", peer, None)
        now = self._clock()
        session = LoginSession(caller, secrets.token_urlsafe(32), secrets.token_urlsafe(32), now, now)
        self._open[session.cookie] = session
        self._journal.session_event("session began", caller, face="commissioning")
        return session

    def find(self, cookie: str | None, key: str | None) -> LoginSession | None:
        """The session of both secrets, or None."""
        session = self._open.get(cookie or "")
        if session is None or key is None or not hmac.compare_digest(session.key.encode(), key.encode()):
            return None
        return session

    def touch(self, session: LoginSession) -> None:
        """Somebody has asked for something."""
        session.used = self._clock()

    def close(self, session: LoginSession, why: str) -> None:
        """End one. Does nothing the second time."""
        if self._open.pop(session.cookie, None) is None:
            return
        self._journal.session_event("session ended", session.caller, why, face="commissioning")
        self.on_closed(session)
        for listener in tuple(session.on_end):
            listener(why)

    def look(self) -> None:
        """End those that are idle or too old, and those of users who are gone or have another role now.

        Raises ``ConfigError`` for a file of users that cannot be used; those who are in stay in then.
        """
        now = self._clock()
        for session in tuple(self._open.values()):
            if now - session.used > self._idle:
                self.close(session, f"nothing was asked for {self._idle:g} s")
            elif now - session.begun > LONGEST:
                self.close(session, f"it lasted {LONGEST / 3600.0:g} h")
        if self._users.reload():
            for session in tuple(self._open.values()):
                user = self._users.current(session.caller.user)
                if user is None or user.rank != session.caller.role:
                    self.close(session, "the user was removed or has another role now")

    def _make_room(self, user: str) -> None:
        own = sum(session.caller.user == user for session in self._open.values())
        if own >= MOST_OF_ONE or len(self._open) >= MOST:
            raise LoginRefused("too many sessions", user)
