"""The address of a Commonplace Robotics controller."""

from __future__ import annotations

from cellkit.devices.wired import DriverConfig


class IgusConfig(DriverConfig):
    """The robot listens on 3920, the vendor's own simulation on 3921."""

    cri_port: int = 3920
