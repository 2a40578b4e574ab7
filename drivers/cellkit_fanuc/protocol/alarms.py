"""What the texts of the controller's alarms mean for the open interface.

``FRC_ReadError`` gives texts such as ``SRVO-002 Teach pendant E-stop``; without an alarm it gives ``No Error``.
Measured by airo-ugent/airo-fanuc: SRVO-002 with SRVO-289 after the pendant's button, and ``No Error``. The other numbers are
general knowledge of FANUC controllers (SRVO-001 operator panel, 004 fence, 007 external, 050 collision).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cellkit.devices.safety import Fault, SafetyStatus

NONE = "No Error"
EMERGENCY = ("SRVO-001", "SRVO-002", "SRVO-007")
PROTECTIVE = ("SRVO-004", "SRVO-050", "SRVO-199")
PANEL_STOP = "SRVO-001 Operator panel E-stop"
COLLISION = "SRVO-050 Collision Detect alarm (Group:1 Axis:1)"
UNREACHABLE = "MOTN-018 Position not reachable"


@dataclass(frozen=True, slots=True)
class Alarms:
    """The alarms that are active, as the open interface has them."""

    safety: SafetyStatus
    fault: Fault | None
    text: str


def understand(texts: Sequence[str]) -> Alarms:
    """Evaluate alarms, newest first: the most severe alarm counts."""
    active = [text.strip() for text in texts if text.strip() and text.strip() != NONE]
    for codes, status in ((EMERGENCY, SafetyStatus.EMERGENCY_STOP), (PROTECTIVE, SafetyStatus.PROTECTIVE_STOP)):
        for text in active:
            if text.startswith(codes):
                return Alarms(status, None, text)
    if not active:
        return Alarms(SafetyStatus.NORMAL, None, "")
    code, _, words = active[0].partition(" ")
    return Alarms(SafetyStatus.NORMAL, Fault(code, words or code), active[0])
