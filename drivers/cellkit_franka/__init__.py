"""Franka Robotics: FR3 and its hand over the Franka Control Interface (FCI)."""

from cellkit.registry import DriverSpec, WireSpec

DRIVER = DriverSpec(
    name="franka",
    title="Franka Robotics",
    package="cellkit_franka",
    wires=(
        WireSpec(
            "arm",
            "fci",
            "cellkit_franka.driver:FrankaArm",
            "cellkit_franka.config:FrankaConfig",
            "cellkit_franka.virtual:VirtualFranka",
        ),
        WireSpec(
            "jaws",
            "fci-gripper",
            "cellkit_franka.hand:FrankaHand",
            "cellkit_franka.config:FrankaConfig",
            arms=("franka",),
        ),  # the arm's own controller serves it
    ),
    rig="cellkit_franka.rig:FrankaRig",
)
