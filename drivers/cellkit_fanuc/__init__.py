"""FANUC robots over the Remote Motion Interface (RMI, option R912), and a virtual controller that speaks it."""

from cellkit.registry import DriverSpec, WireSpec

DRIVER = DriverSpec(
    name="fanuc",
    title="FANUC",
    package="cellkit_fanuc",
    wires=(
        WireSpec(
            "arm",
            "rmi",
            "cellkit_fanuc.driver:FanucArm",
            "cellkit_fanuc.config:FanucConfig",
            "cellkit_fanuc.virtual:VirtualFanuc",
        ),
    ),
    rig="cellkit_fanuc.rig:FanucRig",
)
