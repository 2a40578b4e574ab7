"""Configuration of the driver: the address, ports and rates of a Universal Robots controller."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from cellkit.devices.wired import DriverConfig


class UrConfig(DriverConfig):
    """Configuration with the vendor's port numbers; the driver itself uses Dashboard, primary port and RTDE."""

    dashboard_port: int = 29999
    primary_port: int = 30001
    secondary_port: int = 30002
    realtime_port: int = 30003
    rtde_port: int = 30004
    primary_read_only_port: int = 30011
    secondary_read_only_port: int = 30012
    realtime_read_only_port: int = 30013
    frequency: Annotated[
        float, Field(gt=0, le=500, description="rate in Hz of the states received and the set-points sent")
    ] = 500.0
    watchdog: Annotated[
        float, Field(gt=0, description="rate of signs of life in Hz below which the controller stops")
    ] = 2.0
    power_up: Annotated[bool, Field(description="switch drive power on when connecting")] = True
