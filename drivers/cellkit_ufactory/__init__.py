"""UFACTORY: xArm 6, xArm 7 and Lite 6 by the control port's own protocol, with a virtual control box."""

from cellkit.registry import DriverSpec

DRIVER = DriverSpec(
    name="ufactory",
    title="UFACTORY",
    package="cellkit_ufactory",
    arm="cellkit_ufactory.driver:UfactoryArm",
    config="cellkit_ufactory.config:UfactoryConfig",
    virtual="cellkit_ufactory.virtual:VirtualUfactory",
    rig="cellkit_ufactory.rig:UfactoryRig",
)
