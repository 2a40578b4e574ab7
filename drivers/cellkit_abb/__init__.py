"""ABB: IRC5 and OmniCore over Robot Web Services, guided by EGM."""

from cellkit.registry import DriverSpec, WireSpec

DRIVER = DriverSpec(
    name="abb",
    title="ABB",
    package="cellkit_abb",
    wires=(
        WireSpec(
            "arm",
            "rws-egm",
            "cellkit_abb.driver:AbbArm",
            "cellkit_abb.config:AbbConfig",
            "cellkit_abb.virtual:VirtualAbb",
        ),
    ),
    rig="cellkit_abb.rig:AbbRig",
)
