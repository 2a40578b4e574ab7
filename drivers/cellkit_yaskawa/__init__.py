"""Yaskawa: models, the driver over the High-Speed Ethernet Server (UDP 10040 and 10041), a virtual controller."""

from cellkit.registry import DriverSpec, WireSpec

DRIVER = DriverSpec(
    name="yaskawa",
    title="Yaskawa",
    package="cellkit_yaskawa",
    wires=(
        WireSpec(
            "arm",
            "hses",
            "cellkit_yaskawa.driver:YaskawaArm",
            "cellkit_yaskawa.config:YaskawaConfig",
            "cellkit_yaskawa.virtual:VirtualYaskawa",
        ),
    ),
    rig="cellkit_yaskawa.rig:YaskawaRig",
)
