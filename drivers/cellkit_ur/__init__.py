"""Universal Robots: RTDE 2 for states and orders, the Dashboard for power and stops, URScript for motions."""

from cellkit.registry import DriverSpec, WireSpec

DRIVER = DriverSpec(
    name="ur",
    title="Universal Robots",
    package="cellkit_ur",
    wires=(
        WireSpec(
            "arm", "rtde", "cellkit_ur.driver:UrArm", "cellkit_ur.config:UrConfig", "cellkit_ur.virtual:VirtualUr"
        ),
    ),
    rig="cellkit_ur.rig:UrRig",
)
