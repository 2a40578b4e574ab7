"""The ownership of command: one client at a time commands the cell, while it renews its lease."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass

from cellkit.supervision.refusal import RefusalCode, RequestRefused
from cellkit.timing import now

LEAST_LEASE, MOST_LEASE = 1.0, 3600.0  # s


@dataclass(frozen=True, slots=True)
class Client:
    """The sender of a request: the user's name, and the session in which the request was sent."""

    user: str
    session: str


class Ownership:
    """The owner of command and its lease.

    ``on_change(owner)`` is called at each change, ``on_lost(owner, why)`` when ownership ends without a release.
    """

    def __init__(self) -> None:
        self.owner: Client | None = None
        self._expires = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self.on_change: Callable[[Client | None], None] = lambda owner: None
        self.on_lost: Callable[[Client, str], None] = lambda owner, why: None

    def remaining(self) -> float:
        """Return the time (s) until the lease ends."""
        return 0.0 if self.owner is None else max(0.0, self._expires - now())

    def request(self, client: Client, lease: float) -> float:
        """Take command for ``lease`` s, or renew it, and return the lease. Raises ``RequestRefused``."""
        if not (math.isfinite(lease) and LEAST_LEASE <= lease <= MOST_LEASE):
            text = f"a lease of {lease:g} s is not possible; it must be {LEAST_LEASE:g} to {MOST_LEASE:g} s"
            raise RequestRefused(RefusalCode.ARGUMENT, text, 0)
        if self.owner is not None and self.owner != client:
            raise RequestRefused(RefusalCode.NOT_OWNER, self._held())
        if self._timer is not None:
            self._timer.cancel()
        self._expires = now() + lease
        self._timer = asyncio.get_running_loop().call_at(self._expires, self._expired)
        if self.owner is None:
            self.owner = client
            self.on_change(client)
        return lease

    def renew(self, client: Client, lease: float) -> float:
        """Prolong the owner's lease. Raises ``RequestRefused`` for any other client."""
        self.require(client)
        return self.request(client, lease)

    def release(self, client: Client) -> None:
        """Release command. Raises ``RequestRefused`` for any client but the owner."""
        self.require(client)
        self._end()

    def take_away(self, why: str) -> None:
        """End the ownership of the present owner, if any."""
        owner = self.owner
        if owner is not None:
            self._end()
            self.on_lost(owner, why)

    def session_closed(self, session: str) -> None:
        """End the ownership of a session that is closed."""
        if self.owner is not None and self.owner.session == session:
            self.take_away(f"the session of {self.owner.user} ended without a release")

    def require(self, client: Client) -> None:
        """Raise ``RequestRefused`` unless the client owns command."""
        if self.owner is None:
            raise RequestRefused(RefusalCode.NOT_OWNER, "no client holds command; ask for it first (RequestControl)")
        if self.owner != client:
            raise RequestRefused(RefusalCode.NOT_OWNER, self._held())

    def _held(self) -> str:
        assert self.owner is not None
        return f"command is held by {self.owner.user} for {self.remaining():.0f} s more"

    def _expired(self) -> None:
        if self.owner is not None:
            self.take_away(f"the lease of {self.owner.user} was not renewed")

    def _end(self) -> None:
        self.owner = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.on_change(None)
