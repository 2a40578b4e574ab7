"""Who calls: the role and the identity behind the service that runs just now."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from enum import IntEnum


class Role(IntEnum):
    """What a user may do; each role includes the ones below it."""

    OBSERVER = 1
    """Reads and subscribes."""
    OPERATOR = 2
    """Also starts and stops what the cell offers."""
    ENGINEER = 3
    """Also changes settings."""
    ADMIN = 4
    """Also sees the audit events."""

    @classmethod
    def from_name(cls, name: str) -> Role:
        """The role of that name in any case; ``ValueError`` names the roles there are."""
        try:
            return cls[name.upper()]
        except KeyError:
            known = ", ".join(role.label for role in cls)
            raise ValueError(f"there is no role {name!r}; roles are {known}") from None

    @property
    def label(self) -> str:
        """The name as it stands in files and logs: ``operator``."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Caller:
    """One session's user. Never holds a secret: it may be logged as it is."""

    user: str
    role: Role
    session: str
    """NodeId of the session as text, not its authentication token."""
    peer: str
    """Address of the client, ``host:port``."""
    thumbprint: str | None
    """SHA-256 of the client's application certificate in hexadecimal; None without one."""


current_caller: ContextVar[Caller] = ContextVar("current_caller")
"""The session whose service runs; not set when the gateway itself reads or writes its address space."""
