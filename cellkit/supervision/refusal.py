"""The refusal of a request of a client, before anything was started."""

from __future__ import annotations

from enum import Enum

from cellkit.errors import CellkitError


class RefusalCode(Enum):
    """The reasons for a refusal."""

    ARGUMENT = "argument"
    """An argument has the wrong type, count, or lies outside its range."""
    UNKNOWN = "unknown"
    """The device, command, program or job does not exist."""
    NOT_OWNER = "not owner"
    """Another client holds command, or none does and the caller has not asked for it."""
    WRONG_MODE = "wrong mode"
    """An arm is not in an operational mode in which it takes commands from outside."""
    WRONG_STATE = "wrong state"
    """Not possible in the present state of the cell, its task or the job."""
    ALARM = "alarm"
    """A protective stop, an emergency stop, a fault or a lost link prevents it."""
    FULL = "full"
    """Too many jobs wait already."""
    FAILED = "failed"
    """The request was carried out and failed."""


class RequestRefused(CellkitError):
    """A refused request. ``argument`` is the index of the wrong argument; None: no single argument is wrong."""

    def __init__(self, why: RefusalCode, message: str, argument: int | None = None) -> None:
        self.why = why
        self.message = message
        self.argument = argument
        super().__init__(message)
