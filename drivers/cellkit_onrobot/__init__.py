"""OnRobot: the grippers RG2, RG6 and VG10 behind a Compute Box, by Modbus TCP."""

from cellkit.registry import DriverSpec, WireSpec

DRIVER = DriverSpec(
    name="onrobot",
    title="OnRobot",
    package="cellkit_onrobot",
    wires=(
        WireSpec(
            "jaws",
            "modbus-tcp",
            "cellkit_onrobot.driver:RgGripper",
            "cellkit_onrobot.config:RgConfig",
            "cellkit_onrobot.virtual:VirtualRg",
        ),
        WireSpec(
            "vacuum",
            "modbus-tcp",
            "cellkit_onrobot.vacuum:VgGripper",
            "cellkit_onrobot.config:VgConfig",
            "cellkit_onrobot.virtual:VirtualVg",
        ),
    ),
    rig="cellkit_onrobot.rig:OnRobotRig",
)
