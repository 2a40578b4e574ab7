"""States, stop modes and reasons of tasks and controllers, numbered as in OPC 40010-1. Imports only ``enum``."""

from __future__ import annotations

from enum import Enum, IntEnum


class StopMode(IntEnum):
    """Ways to stop a task, numbered as in OPC 40010-1; only the supported ones."""

    ON_PATH = 1
    """All moving devices stop on their path; the program ends."""
    END_OF_INSTRUCTION = 5
    """The running command completes, then the program waits; a start resumes it."""


class TaskState(Enum):
    """States of the task (OPC 40010-1, TaskControlStateMachineType); the value is the state's number."""

    IDLE = 1
    READY = 2
    EXECUTING = 3


class Reason(IntEnum):
    """Reasons for a change of state, numbered as LastTransitionReason in OPC 40010-1."""

    UNKNOWN = 0
    EXTERNAL = 1
    DIRECT = 2
    SYSTEM = 3
    ERROR = 4
    APPLICATION = 5


def standard_name(state: Enum) -> str:
    """Return the standard's name of a state: ``END_OF_INSTRUCTION`` is EndOfInstruction."""
    return "".join(word.capitalize() for word in state.name.split("_"))
