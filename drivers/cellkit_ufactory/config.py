"""Configuration of the driver: the address and ports of a UFACTORY control box."""

from __future__ import annotations

from typing import ClassVar

from cellkit.devices.wired import DriverConfig


class UfactoryConfig(DriverConfig):
    """Configuration with the vendor's ports, of which the driver uses ``control`` and ``report_real``.

    ``outputs_active_low``: a device at a digital output of the control box is on while the output is low.
    """

    as_installed: ClassVar = ("outputs_active_low",)
    control_port: int = 502
    report_rt_port: int = 30000
    report_normal_port: int = 30001
    report_rich_port: int = 30002
    report_real_port: int = 30003
    outputs_active_low: bool = False
