"""The caller: the user and the role on whose behalf a service runs."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from enum import IntEnum


class Role(IntEnum):
    """The rights of a user; each role includes the lower ones."""

    OBSERVER = 1
    """May read and subscribe."""
    OPERATOR = 2
    """May also start and stop the cell's programs and commands."""
    ENGINEER = 3
    """May also change settings."""
    ADMIN = 4
    """May also see the audit events."""

    @classmethod
    def from_name(cls, name: str) -> Role:
        """Return the role of a name in upper or lower case. Raises ``ValueError`` with the names of all roles."""
        try:
            return cls[name.upper()]
        except KeyError:
            known = ", ".join(role.label for role in cls)
            raise ValueError(f"the role {name!r} does not exist; roles are {known}") from None

    @property
    def label(self) -> str:
        """The name in files and logs: ``operator``."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Caller:
    """The user of one session. It holds no secret and may be logged as it is."""

    user: str
    role: Role
    session: str
    """The NodeId of the session as text, not its authentication token."""
    peer: str
    """The address of the client, ``host:port``."""
    thumbprint: str | None
    """The SHA-256 of the client's application certificate in hexadecimal; None without a certificate."""


current_caller: ContextVar[Caller] = ContextVar("current_caller")
"""The caller of the running service; not set while the gateway itself reads or writes its address space."""
