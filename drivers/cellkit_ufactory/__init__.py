"""UFACTORY: xArm 6, xArm 7 and Lite 6 by the control port's own protocol, with a virtual control box."""

from cellkit.registry import DriverSpec, WireSpec

DRIVER = DriverSpec(
    name="ufactory",
    title="UFACTORY",
    package="cellkit_ufactory",
    wires=(
        WireSpec(
            "arm",
            "control-port",
            "cellkit_ufactory.driver:UfactoryArm",
            "cellkit_ufactory.config:UfactoryConfig",
            "cellkit_ufactory.virtual:VirtualUfactory",
        ),
    ),
    rig="cellkit_ufactory.rig:UfactoryRig",
)
