"""The address of a Franka controller."""

from __future__ import annotations

from cellkit.devices.wired import DriverConfig


class FrankaConfig(DriverConfig):
    """Settings of a Franka arm. The vendor fixes both ports; they can be changed for virtual controllers alone."""

    robot_port: int = 1337
    gripper_port: int = 1338
