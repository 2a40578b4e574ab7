"""Yaskawa: models, the driver over the High-Speed Ethernet Server (UDP 10040 and 10041), a virtual controller."""

from cellkit.registry import DriverSpec

DRIVER = DriverSpec(
    name="yaskawa",
    title="Yaskawa",
    package="cellkit_yaskawa",
    arm="cellkit_yaskawa.driver:YaskawaArm",
    config="cellkit_yaskawa.config:YaskawaConfig",
    virtual="cellkit_yaskawa.virtual:VirtualYaskawa",
    rig="cellkit_yaskawa.rig:YaskawaRig",
)
