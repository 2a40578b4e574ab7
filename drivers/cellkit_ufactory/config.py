"""Where a UFACTORY control box is."""

from __future__ import annotations

from typing import ClassVar

from cellkit.devices.wired import DriverConfig


class UfactoryConfig(DriverConfig):
    """The vendor's ports. The driver uses ``control`` and ``report_real``; the others are there for completeness.

    ``outputs_active_low``: what hangs on the digital outputs of the control box is on while they are low.
    """

    as_installed: ClassVar = ("outputs_active_low",)
    control_port: int = 502
    report_rt_port: int = 30000
    report_normal_port: int = 30001
    report_rich_port: int = 30002
    report_real_port: int = 30003
    outputs_active_low: bool = False
