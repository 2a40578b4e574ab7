"""FANUC robots over the Remote Motion Interface (RMI, option R912), and a virtual controller that speaks it."""

from cellkit.registry import DriverSpec

DRIVER = DriverSpec(
    name="fanuc",
    title="FANUC",
    package="cellkit_fanuc",
    arm="cellkit_fanuc.driver:FanucArm",
    config="cellkit_fanuc.config:FanucConfig",
    virtual="cellkit_fanuc.virtual:VirtualFanuc",
    rig="cellkit_fanuc.rig:FanucRig",
)
