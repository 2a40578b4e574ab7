"""igus ReBeL and other arms with Commonplace Robotics' control: CRI, ASCII frames over TCP."""

from cellkit.registry import DriverSpec, WireSpec

DRIVER = DriverSpec(
    name="igus",
    title="igus / Commonplace Robotics",
    package="cellkit_igus",
    wires=(
        WireSpec(
            "arm",
            "cri",
            "cellkit_igus.driver:IgusArm",
            "cellkit_igus.config:IgusConfig",
            "cellkit_igus.virtual:VirtualIgus",
        ),
    ),
    rig="cellkit_igus.rig:IgusRig",
)
