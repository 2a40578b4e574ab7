"""Where a UFACTORY control box is."""

from __future__ import annotations

from cellkit.devices.wired import DriverConfig


class UfactoryConfig(DriverConfig):
    """The maker's ports. The driver uses ``control`` and ``report_real``; the others are there for completeness."""

    control_port: int = 502
    report_rt_port: int = 30000
    report_normal_port: int = 30001
    report_rich_port: int = 30002
    report_real_port: int = 30003
