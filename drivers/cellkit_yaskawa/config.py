"""Settings of the Yaskawa driver."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from cellkit.devices.wired import DriverConfig
from cellkit_yaskawa.protocol.signals import NETWORK_INPUT

Positive = Annotated[float, Field(gt=0)]


class YaskawaConfig(DriverConfig):
    """Ports of the High-Speed Ethernet Server, and the figures that cannot be read over it."""

    as_installed: ClassVar = ("pulses_per_radian", "base_height", "network_input")
    control_port: int = 10040
    file_port: int = 10041
    pulses_per_radian: list[Positive] | None = Field(
        default=None, description="one figure an axis, S first; null: the table of cellkit_yaskawa.protocol.axes"
    )
    base_height: float | None = Field(
        default=None, description="m; height of the robot frame over the mounting face; null: the table"
    )
    tool_number: Annotated[int, Field(ge=0, le=63)] = Field(
        default=0, description="the tool file that the driver loads with the tool and load of the program"
    )
    job_name: Annotated[str, Field(pattern=r"^[A-Z0-9_-]{1,28}$")] = Field(
        default="CELLKIT", description="jobs of the driver are called this and a number"
    )
    network_input: Annotated[int, Field(ge=1, le=9999)] = Field(
        default=NETWORK_INPUT,
        description="instance of the first byte of network inputs, which a ladder program copies to general outputs; "
        "2501 on an FS100",
    )
    poll_period: Annotated[float, Field(gt=0, le=0.1)] = Field(
        default=0.008, description="s between two looks at a running motion"
    )
    answer_timeout: Annotated[float, Field(gt=0, le=5)] = Field(
        default=0.4, description="s until a request counts as lost and is sent again"
    )
    tries: Annotated[int, Field(ge=1, le=10)] = Field(
        default=3, description="how often a request is sent until the link counts as lost"
    )
