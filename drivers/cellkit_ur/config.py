"""Where a Universal Robots controller is, and how it is talked to."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from cellkit.devices.wired import DriverConfig


class UrConfig(DriverConfig):
    """Ports as the vendor numbers them; the driver itself uses Dashboard, primary port and RTDE."""

    dashboard_port: int = 29999
    primary_port: int = 30001
    secondary_port: int = 30002
    realtime_port: int = 30003
    rtde_port: int = 30004
    primary_read_only_port: int = 30011
    secondary_read_only_port: int = 30012
    realtime_read_only_port: int = 30013
    frequency: Annotated[float, Field(gt=0, le=500, description="Hz at which states come and set-points go")] = 500.0
    watchdog: Annotated[float, Field(gt=0, description="Hz below which signs of life make the controller stop")] = 2.0
    power_up: Annotated[bool, Field(description="switch drive power on when connecting")] = True
