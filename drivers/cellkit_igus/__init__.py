"""igus ReBeL and other arms with Commonplace Robotics' control: CRI, ASCII frames over TCP."""

from cellkit.registry import DriverSpec

DRIVER = DriverSpec(
    name="igus",
    title="igus / Commonplace Robotics",
    package="cellkit_igus",
    arm="cellkit_igus.driver:IgusArm",
    config="cellkit_igus.config:IgusConfig",
    virtual="cellkit_igus.virtual:VirtualIgus",
    rig="cellkit_igus.rig:IgusRig",
)
