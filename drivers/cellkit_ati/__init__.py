"""ATI Industrial Automation: Net F/T boxes and Ethernet Axia sensors, by RDT over UDP and their web pages."""

from cellkit.registry import DriverSpec, WireSpec

DRIVER = DriverSpec(
    name="ati",
    title="ATI Industrial Automation",
    package="cellkit_ati",
    wires=(
        WireSpec(
            "force_torque",
            "rdt",
            "cellkit_ati.driver:NetFtSensor",
            "cellkit_ati.config:AtiConfig",
            "cellkit_ati.virtual:VirtualNetFt",
        ),
    ),
    rig="cellkit_ati.rig:AtiRig",
)
