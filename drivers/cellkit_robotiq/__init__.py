"""Robotiq: two-finger grippers by the URCap's socket on a Universal Robots controller, or by Modbus RTU."""

from cellkit.registry import DriverSpec, WireSpec

DRIVER = DriverSpec(
    name="robotiq",
    title="Robotiq",
    package="cellkit_robotiq",
    wires=(
        WireSpec(
            "jaws",
            "urcap",
            "cellkit_robotiq.driver:UrcapGripper",
            "cellkit_robotiq.config:UrcapConfig",
            "cellkit_robotiq.virtual:VirtualUrcap",
            arms=("ur",),
        ),
        WireSpec(
            "jaws",
            "modbus-rtu",
            "cellkit_robotiq.driver:RtuGripper",
            "cellkit_robotiq.config:RtuConfig",
            "cellkit_robotiq.virtual:VirtualRtu",
        ),
    ),
    rig="cellkit_robotiq.rig:RobotiqRig",
)
