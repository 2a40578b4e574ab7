"""ABB: IRC5 and OmniCore over Robot Web Services, guided by EGM."""

from cellkit.registry import DriverSpec

DRIVER = DriverSpec(
    name="abb",
    title="ABB",
    package="cellkit_abb",
    arm="cellkit_abb.driver:AbbArm",
    config="cellkit_abb.config:AbbConfig",
    virtual="cellkit_abb.virtual:VirtualAbb",
    rig="cellkit_abb.rig:AbbRig",
)
