"""The address of a Net F/T box or an Ethernet Axia, and the settings that the driver may change."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from cellkit.devices.wired import DriverConfig

Seconds = Annotated[float, Field(gt=0, le=10)]


class AtiConfig(DriverConfig):
    """The box must stand alone in the network with its port for RDT: it streams to one client, the last that asked."""

    rdt_port: int = 49152
    http_port: int = 80
    rate: Annotated[int, Field(ge=1, le=7812)] | None = Field(
        default=None, description="Hz asked for; null: the model's. The box takes the next rate above that it can do"
    )
    set_rate: bool = Field(
        default=True, description="write the rate into the box (comm.cgi); false: take the one that is set there"
    )
    tool_transformation: bool = Field(
        default=False,
        description="the box's active configuration may hold a tool transformation; its frame is taken for the flange",
    )
    answer_timeout: Seconds = Field(default=1.0, description="s until a web page that does not come counts as lost")
    start_timeout: Seconds = Field(default=0.2, description="s until a start that brings no record is sent again")
    start_tries: Annotated[int, Field(ge=1, le=50)] = 5
    silence: Seconds = Field(
        default=0.25, description="s without a record until the link counts as lost; at least 20 periods"
    )
