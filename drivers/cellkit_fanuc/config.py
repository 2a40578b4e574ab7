"""The address of a FANUC controller, and the numbered frames and loads that the driver may use."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from cellkit.devices.wired import DriverConfig
from cellkit_fanuc.protocol.catalogue import ANALOG_COUNTS, SCHEDULES, TOOLS

MOTION_PORT = 16002
Seconds = Annotated[float, Field(gt=0)]


class FanucConfig(DriverConfig):
    """RMI needs option R912 (or S636) on the controller."""

    as_installed: ClassVar = ("analog_counts",)
    rmi_port: int = 16001
    motion_port: int = Field(
        default=MOTION_PORT,
        description="the port that the controller names counts; another number here overrides it, for forwarded ports",
    )
    tool_number: int = Field(default=1, ge=1, le=TOOLS, description="the tool frame that the driver writes")
    payload_schedule: int = Field(default=1, ge=1, le=SCHEDULES, description="the payload schedule it writes")
    write_payload: bool = Field(
        default=True,
        description="false where the controller does not know FRC_SetPayloadValue; teach the schedule then",
    )
    analog_counts: float = Field(
        default=ANALOG_COUNTS,
        gt=0,
        description="what AI and AO count at the upper end of their range: 2000 for a module of 10 V with 5 mV a step",
    )
    answer_timeout: Seconds = Field(default=2.0, description="s until a command without an answer means a lost link")
    poll_period: Seconds = Field(default=0.1, description="s between two looks at state and alarms")
