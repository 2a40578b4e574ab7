"""States, stop modes and reasons of tasks and controllers, numbered as in OPC 40010-1. Imports nothing heavy."""

from __future__ import annotations

from enum import Enum, IntEnum


class StopMode(IntEnum):
    """How a task is stopped, numbered as in OPC 40010-1; only those that are offered."""

    ON_PATH = 1
    """Everything that moves is brought to rest on its path; the program ends."""
    END_OF_INSTRUCTION = 5
    """What runs goes on to its end, then the program waits: starting resumes it."""


class TaskState(Enum):
    """States of the task (OPC 40010-1, TaskControlStateMachineType); the value is the state's number."""

    IDLE = 1
    READY = 2
    EXECUTING = 3


class Reason(IntEnum):
    """Why a state changed, numbered as LastTransitionReason in OPC 40010-1."""

    UNKNOWN = 0
    EXTERNAL = 1
    DIRECT = 2
    SYSTEM = 3
    ERROR = 4
    APPLICATION = 5


def standard_name(state: Enum) -> str:
    """What the standards call it: ``END_OF_INSTRUCTION`` is EndOfInstruction."""
    return "".join(word.capitalize() for word in state.name.split("_"))
