"""Where users, keys and logs are kept, and how wrong passwords are slowed down."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


def state_folder(given: Path | None = None) -> Path:
    """The folder of keys, users and log: the given one, or ``$XDG_CONFIG_HOME/cellkit/gateway``."""
    if given is not None:
        return given
    config = os.environ.get("XDG_CONFIG_HOME")
    return (Path(config) if config else Path.home() / ".config") / "cellkit" / "gateway"


def audit_file(state: Path) -> Path:
    """Where the audit log is."""
    return state / "audit.jsonl"


def lockout_file(state: Path) -> Path:
    """Where wrong passwords are counted, for all who let people in."""
    return state / "lockout.sqlite"


@dataclass(frozen=True, slots=True)
class Login:
    """How wrong passwords are slowed down."""

    failures: int = 5
    """Wrong ones of a user from one address, before it has to wait."""
    first_wait: float = 10.0
    """After that, s; doubled with each further failure."""
    longest_wait: float = 900.0
    per_second: float = 10.0
    """Log-ins of all users together, on average."""
    burst: int = 40
