"""Franka Robotics: FR3 over the Franka Control Interface (FCI)."""

from cellkit.registry import DriverSpec

DRIVER = DriverSpec(
    name="franka",
    title="Franka Robotics",
    package="cellkit_franka",
    arm="cellkit_franka.driver:FrankaArm",
    config="cellkit_franka.config:FrankaConfig",
    virtual="cellkit_franka.virtual:VirtualFranka",
    rig="cellkit_franka.rig:FrankaRig",
)
