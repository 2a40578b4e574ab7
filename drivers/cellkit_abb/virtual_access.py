"""Who may talk to a virtual ABB controller: log-in, sessions, mastership, and the consent of the operator."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from abc import ABC, abstractmethod
from collections import deque
from dataclasses import dataclass, field
from itertools import count

from typing_extensions import override

from cellkit.timing import now
from cellkit_abb.protocol.errors import HELD_BY_OTHER, NO_MASTERSHIP, REJECTED, Refusal

REALM = "validusers@robapi.abb"
SESSION = "-http-session-"
CONNECTION = "ABBCX"
IDLE = 300.0  # s until a session that nobody uses is forgotten
_FIELD = re.compile(r'(\w+)=(?:"([^"]*)"|([^\s,]+))')


class RequestRefused(Exception):
    """A request is refused; ``detail`` goes to the client beside the meaning of the code."""

    def __init__(self, refusal: Refusal, detail: str = "") -> None:
        super().__init__(refusal.text)
        self.refusal = refusal
        self.detail = detail


class TooManySessions(Exception):
    """No room for another session: HTTP 503."""


@dataclass(eq=False)
class ClientSession:
    """One client, known by its cookies."""

    number: int
    token: str
    client: str
    used: float
    sockets: int = 0
    rmmp: str = "NONE"
    cookies: dict[str, str] = field(default_factory=dict)


class Gate(ABC):
    """How a client proves that it knows the password."""

    def __init__(self, user: str, password: str) -> None:
        self._user = user
        self._password = password

    @abstractmethod
    def challenge(self) -> str:
        """The ``WWW-Authenticate`` header."""

    @abstractmethod
    def admits(self, method: str, header: str) -> bool:
        """Whether an ``Authorization`` header opens the gate."""


class DigestGate(Gate):
    """IRC5: HTTP digest (RFC 7616 with MD5, qop auth)."""

    def __init__(self, user: str, password: str) -> None:
        super().__init__(user, password)
        self._nonces: deque[str] = deque(maxlen=1000)

    @override
    def challenge(self) -> str:
        nonce = secrets.token_hex(16)
        self._nonces.append(nonce)
        return f'Digest realm="{REALM}", domain="/", qop="auth", nonce="{nonce}", algorithm="MD5"'

    @override
    def admits(self, method: str, header: str) -> bool:
        kind, _, rest = header.partition(" ")
        given = {name: quoted or plain for name, quoted, plain in _FIELD.findall(rest)}
        if kind.lower() != "digest" or given.get("nonce") not in self._nonces or given.get("username") != self._user:
            return False
        secret = _md5(f"{self._user}:{REALM}:{self._password}")
        request = _md5(f"{method}:{given.get('uri', '')}")
        middle = ":".join(given.get(name, "") for name in ("nonce", "nc", "cnonce", "qop"))
        return hmac.compare_digest(_md5(f"{secret}:{middle}:{request}"), given.get("response", ""))


class BasicGate(Gate):
    """OmniCore: HTTP Basic, inside TLS."""

    @override
    def challenge(self) -> str:
        return f'Basic realm="{REALM}"'

    @override
    def admits(self, method: str, header: str) -> bool:
        kind, _, rest = header.partition(" ")
        try:
            given = base64.b64decode(rest, validate=True)
        except binascii.Error:
            return False
        return kind.lower() == "basic" and hmac.compare_digest(given, f"{self._user}:{self._password}".encode())


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


class Sessions:
    """All sessions of a controller: at most ``limit``, and ``per_client`` for one address."""

    def __init__(self, limit: int, per_client: int) -> None:
        self._limit = limit
        self._per_client = per_client
        self._open: dict[str, ClientSession] = {}
        self._numbers = count(1)

    def find(self, cookies: dict[str, str]) -> ClientSession | None:
        """The session that a client's cookies name."""
        self._forget_idle()
        for session in self._open.values():
            if any(cookies.get(name) == value for name, value in session.cookies.items()):
                session.used = now()
                return session
        return None

    def open(self, client: str) -> ClientSession:
        """A new session. Raises ``TooManySessions``."""
        self._forget_idle()
        theirs = sum(session.client == client for session in self._open.values())
        if len(self._open) >= self._limit or theirs >= self._per_client:
            raise TooManySessions
        number = next(self._numbers)
        session = ClientSession(number, secrets.token_hex(12), client, now())
        session.cookies = {SESSION: f"{number}::http.session::{session.token}", CONNECTION: session.token[:8]}
        self._open[session.token] = session
        return session

    def close(self, session: ClientSession) -> None:
        """Log out."""
        self._open.pop(session.token, None)

    def alive(self, session: ClientSession) -> bool:
        """Whether a session still counts."""
        self._forget_idle()
        return session.token in self._open

    def _forget_idle(self) -> None:
        for session in list(self._open.values()):
            if not session.sockets and now() - session.used > IDLE:
                del self._open[session.token]


class Mastership:
    """Who holds the right to change things, by domain.

    ``implicit`` (RWS 1.0): taken for the moment where nobody holds it; else it has to be asked for (RWS 2.0).
    """

    def __init__(self, sessions: Sessions, domains: tuple[str, ...], implicit: bool) -> None:
        self.domains = domains
        self._sessions = sessions
        self._implicit = implicit
        self._holders: dict[str, ClientSession] = {}

    def holder(self, domain: str) -> ClientSession | None:
        """The session that holds a domain."""
        holder = self._holders.get(domain)
        if holder is not None and not self._sessions.alive(holder):
            del self._holders[domain]
            return None
        return holder

    def request(self, session: ClientSession, domains: tuple[str, ...]) -> None:
        """Take domains. Raises ``RequestRefused`` when another session holds one."""
        if any(self.holder(domain) not in (None, session) for domain in domains):
            raise RequestRefused(HELD_BY_OTHER)
        self._holders.update(dict.fromkeys(domains, session))

    def release(self, session: ClientSession, domains: tuple[str, ...]) -> None:
        """Give domains back. Raises ``RequestRefused`` for one that the session does not hold."""
        if any(self.holder(domain) is not session for domain in domains):
            raise RequestRefused(NO_MASTERSHIP)
        for domain in domains:
            del self._holders[domain]

    def require(self, session: ClientSession, domain: str) -> None:
        """Raise ``RequestRefused`` unless the session may change things of a domain."""
        holder = self.holder(domain)
        if holder is session or (holder is None and self._implicit):
            return
        raise RequestRefused(NO_MASTERSHIP if holder is None else HELD_BY_OTHER)


class Consent:
    """In manual mode remote clients change nothing until the operator has agreed on the pendant (RMMP)."""

    def __init__(self) -> None:
        self.operator_agrees = True

    def ask(self, session: ClientSession) -> None:
        """The pendant shows the question."""
        session.rmmp = "PENDING"

    def poll(self, session: ClientSession) -> str:
        """What became of it."""
        if session.rmmp == "PENDING" and self.operator_agrees:
            session.rmmp = "GRANTED"
        return session.rmmp

    def require(self, session: ClientSession, manual: bool) -> None:
        """Raise ``RequestRefused`` in manual mode without consent."""
        if manual and session.rmmp != "GRANTED":
            raise RequestRefused(REJECTED)
