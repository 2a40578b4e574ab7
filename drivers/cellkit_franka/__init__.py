"""Franka Robotics: FR3 over the Franka Control Interface (FCI)."""

from cellkit.registry import DriverSpec, Kind, WireSpec

DRIVER = DriverSpec(
    name="franka",
    title="Franka Robotics",
    package="cellkit_franka",
    wires=(
        WireSpec(
            Kind.ARM,
            "fci",
            "cellkit_franka.driver:FrankaArm",
            "cellkit_franka.config:FrankaConfig",
            "cellkit_franka.virtual:VirtualFranka",
        ),
    ),
    rig="cellkit_franka.rig:FrankaRig",
)
