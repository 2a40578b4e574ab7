"""Why a request from outside was refused: before anything was begun."""

from __future__ import annotations

from enum import Enum

from cellkit.errors import CellkitError


class RefusalCode(Enum):
    """The reasons there are."""

    ARGUMENT = "argument"
    """An argument has the wrong type, count, or lies outside its range."""
    UNKNOWN = "unknown"
    """There is no such device, command, program or job."""
    NOT_OWNER = "not owner"
    """Somebody else holds command, or nobody does and the caller has not asked for it."""
    WRONG_MODE = "wrong mode"
    """An arm is not in an operational mode in which it takes commands from outside."""
    WRONG_STATE = "wrong state"
    """Not possible in the present state of the cell, its task or the job."""
    ALARM = "alarm"
    """A protective stop, an emergency stop, a fault or a lost link prevents it."""
    FULL = "full"
    """Too many jobs wait already."""
    FAILED = "failed"
    """It was tried and did not work."""


class RequestRefused(CellkitError):
    """A refused request. ``argument`` is the index of the offending argument, where it is one."""

    def __init__(self, why: RefusalCode, message: str, argument: int | None = None) -> None:
        self.why = why
        self.message = message
        self.argument = argument
        super().__init__(message)
