"""Weiss Robotics: the WSG 50 gripper by its text commands (GCL) or by its binary ones, both over TCP."""

from cellkit.registry import DriverSpec, WireSpec

DRIVER = DriverSpec(
    name="weiss",
    title="Weiss Robotics",
    package="cellkit_weiss",
    wires=(
        WireSpec(
            "jaws",
            "gcl",
            "cellkit_weiss.driver:GclGripper",
            "cellkit_weiss.config:GclConfig",
            "cellkit_weiss.virtual:VirtualGcl",
        ),
        WireSpec(
            "jaws",
            "binary",
            "cellkit_weiss.driver:BinaryGripper",
            "cellkit_weiss.config:BinaryConfig",
            "cellkit_weiss.virtual:VirtualBinary",
        ),
    ),
    rig="cellkit_weiss.rig:WeissRig",
)
