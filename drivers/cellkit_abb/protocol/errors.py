"""Refusals of a controller, and the event-log entries that matter here.

The refusals (code, HTTP status, meaning) were recorded from RobotWare 6.16, 7.21 and 8.1 controllers by
ichbinmeraj/abb-rws-client (commit ac0d2d2, tests/fixtures/errors). The texts are of this project.
"""

from __future__ import annotations

from dataclasses import dataclass

OK = 294912  # status of an RWS 2.0 answer


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal: HTTP status, RWS code, and meaning."""

    status: int
    code: int
    text: str


RESOURCE_NOT_FOUND = Refusal(404, -1073414146, "Resource not found")
SYMBOL_NOT_FOUND_1 = Refusal(400, -1073414146, "Symbol not found")
SYMBOL_NOT_FOUND_2 = Refusal(404, -1073442816, "Symbol not found")
SIGNAL_NOT_FOUND = Refusal(404, -1073445866, "Invalid I/O signal name")
TASK_NOT_FOUND = Refusal(404, -1073445879, "The task does not exist")
FILE_NOT_FOUND = Refusal(404, -1073438713, "The path does not exist")
MODULE_INVALID = Refusal(400, -1073442813, "The module is invalid or missing")
INVALID_PARAMETER = Refusal(400, -1073445879, "Invalid action parameter value")
WRONG_STATE = Refusal(400, -1073442809, "RAPID execution cannot do this in the present state")
HELD_BY_OTHER = Refusal(403, -1073445862, "Requested resource is held by someone else")
NO_MASTERSHIP = Refusal(403, -1073445859, "The user does not have the required mastership")
REJECTED = Refusal(403, -1073445881, "Rejected")
NOT_ACCEPTABLE = Refusal(406, -1073445866, "The media type is not acceptable")


@dataclass(frozen=True, slots=True)
class LogEvent:
    """An entry of the event log; ``kind`` 1 information, 2 warning, 3 error."""

    kind: int
    code: int
    title: str
    description: str = ""


ERROR = 3

# Codes of RobotWare's event log, from memory of the vendor's manual of event messages (10046 was recorded); the texts
# are of this project.
MOTORS_OFF = LogEvent(1, 10010, "Motors off")
MOTORS_ON = LogEvent(1, 10011, "Motors on")
GUARD_STOP = LogEvent(1, 10012, "Guard stop")
EMERGENCY_STOP = LogEvent(1, 10013, "Emergency stop")
SYSTEM_FAILURE = LogEvent(3, 10014, "System failure")
MANUAL_SELECTED = LogEvent(1, 10015, "Manual mode selected")
AUTOMATIC_CONFIRMED = LogEvent(1, 10017, "Automatic mode confirmed")
SYSTEM_STARTED = LogEvent(1, 10046, "System reset", "The controller has been started.")
PROGRAM_POINTER_RESET = LogEvent(1, 10052, "Program pointer set to main")
PROGRAM_STOPPED = LogEvent(1, 10125, "Program stopped")
PROGRAM_STARTED = LogEvent(1, 10151, "Program started")
JOINT_OUT_OF_RANGE = LogEvent(3, 50027, "Joint out of range")
MOTION_SUPERVISION = LogEvent(3, 50204, "Motion supervision")
NO_DATA = LogEvent(3, 41822, "No data from the UdpUc device")
