"""KUKA arms: RobotSensorInterface (XML over UDP) for motion, KUKAVARPROXY (TCP) for variables."""

from cellkit.registry import DriverSpec, WireSpec

DRIVER = DriverSpec(
    name="kuka",
    title="KUKA",
    package="cellkit_kuka",
    wires=(
        WireSpec(
            "arm",
            "rsi",
            "cellkit_kuka.driver:KukaArm",
            "cellkit_kuka.config:KukaConfig",
            "cellkit_kuka.virtual:VirtualKuka",
        ),
    ),
    rig="cellkit_kuka.rig:KukaRig",
)
