"""Universal Robots: RTDE 2 for states and orders, the Dashboard for power and stops, URScript for motions."""

from cellkit.registry import DriverSpec

DRIVER = DriverSpec(
    name="ur",
    title="Universal Robots",
    package="cellkit_ur",
    arm="cellkit_ur.driver:UrArm",
    config="cellkit_ur.config:UrConfig",
    virtual="cellkit_ur.virtual:VirtualUr",
    rig="cellkit_ur.rig:UrRig",
)
