"""The paths of users, keys and logs, and the limits of log-ins."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


def state_folder(given: Path | None = None) -> Path:
    """Return the folder of keys, users and logs: the given one, or ``$XDG_CONFIG_HOME/cellkit/gateway``."""
    if given is not None:
        return given
    config = os.environ.get("XDG_CONFIG_HOME")
    return (Path(config) if config else Path.home() / ".config") / "cellkit" / "gateway"


def audit_file(state: Path) -> Path:
    """Return the path of the audit log."""
    return state / "audit.jsonl"


def lockout_file(state: Path) -> Path:
    """Return the path of the file in which all front ends count wrong passwords."""
    return state / "lockout.sqlite"


@dataclass(frozen=True, slots=True)
class LoginLimits:
    """The limits of log-ins and the waits after wrong passwords."""

    failures: int = 5
    """The number of wrong passwords of a user from one address that start a wait."""
    first_wait: float = 10.0
    """The first wait, s; it doubles with each further failure."""
    longest_wait: float = 900.0
    """The longest wait, s."""
    per_second: float = 10.0
    """The average rate of log-ins, of all users together."""
    burst: int = 40
    """The number of log-ins at once, of all users together."""
