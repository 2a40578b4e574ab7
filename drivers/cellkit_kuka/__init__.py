"""KUKA arms: RobotSensorInterface (XML over UDP) for motion, KUKAVARPROXY (TCP) for variables."""

from cellkit.registry import DriverSpec

DRIVER = DriverSpec(
    name="kuka",
    title="KUKA",
    package="cellkit_kuka",
    arm="cellkit_kuka.driver:KukaArm",
    config="cellkit_kuka.config:KukaConfig",
    virtual="cellkit_kuka.virtual:VirtualKuka",
    rig="cellkit_kuka.rig:KukaRig",
)
