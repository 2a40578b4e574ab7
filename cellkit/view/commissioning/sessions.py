"""The log-in sessions of the commissioning page.

A session has two secrets of 256 bits: a cookie that scripts cannot read, and a key that only the page knows. Browsers
send the cookies of an address to all its ports, so another program of this machine could receive the cookie. A request
needs both secrets; a foreign page has neither.
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

MAX_SESSIONS, MAX_SESSIONS_PER_USER = 50, 10
MAX_DURATION = 12 * 3600.0
"""s after which every session ends."""
NAME_LENGTH, PASSWORD_LENGTH = 64, 200


@dataclass(slots=True, eq=False)
class LoginSession:
    """One log-in. The cell and the log use its ``id``; the two secrets are never logged."""

    caller: Caller
    cookie: str
    key: str
    begun: float
    used: float
    on_end: list[Callable[[str], None]] = field(default_factory=list)
    """Called with the reason when the session ends."""

    @property
    def id(self) -> str:
        """The name of the session."""
        return self.caller.session


class Sessions:
    """The open sessions. ``clock`` in s; ``idle``: s without a request after which a session ends."""

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
        """Open a session and return it. ``peer``: host:port. Raises ``LoginRefused``."""
        try:
            self._login.admit()
            if not 0 < len(name) <= NAME_LENGTH or len(password.encode()) > PASSWORD_LENGTH:
                raise LoginRefused("name or password has an invalid length")
            user = await self._login.check(name, password, peer.rpartition(":")[0])
            self._make_room(user.name)
        except LoginRefused as refused:
            caller = Caller(refused.user or "?", Role.OBSERVER, "", peer, None)
            self._journal.session_event("login refused", caller, "denied", reason=refused.reason, face="commissioning")
            raise
        caller = Caller(user.name, user.rank, f"page-{secrets.token_hex(8)}", peer, None)
        now = self._clock()
        session = LoginSession(caller, secrets.token_urlsafe(32), secrets.token_urlsafe(32), now, now)
        self._open[session.cookie] = session
        self._journal.session_event("session began", caller, face="commissioning")
        return session

    def find(self, cookie: str | None, key: str | None) -> LoginSession | None:
        """Return the session with this cookie and this key, or None."""
        session = self._open.get(cookie or "")
        if session is None or key is None or not hmac.compare_digest(session.key.encode(), key.encode()):
            return None
        return session

    def touch(self, session: LoginSession) -> None:
        """Record that the session made a request now."""
        session.used = self._clock()

    def close(self, session: LoginSession, reason: str) -> None:
        """End a session. A second call does nothing."""
        if self._open.pop(session.cookie, None) is None:
            return
        self._journal.session_event("session ended", session.caller, reason, face="commissioning")
        self.on_closed(session)
        for listener in tuple(session.on_end):
            listener(reason)

    def check(self) -> None:
        """End sessions that are idle or too old, and those of users that were removed or have another role now.

        Raises ``ConfigError`` for a file of users that cannot be used; the sessions of its users stay open then.
        """
        now = self._clock()
        for session in tuple(self._open.values()):
            if now - session.used > self._idle:
                self.close(session, f"no request for {self._idle:g} s")
            elif now - session.begun > MAX_DURATION:
                self.close(session, f"it has lasted {MAX_DURATION / 3600.0:g} h")
        if self._users.reload():
            for session in tuple(self._open.values()):
                user = self._users.current(session.caller.user)
                if user is None or user.rank != session.caller.role:
                    self.close(session, "the user was removed or has another role now")

    def _make_room(self, user: str) -> None:
        own = sum(session.caller.user == user for session in self._open.values())
        if own >= MAX_SESSIONS_PER_USER or len(self._open) >= MAX_SESSIONS:
            raise LoginRefused("too many sessions", user)
