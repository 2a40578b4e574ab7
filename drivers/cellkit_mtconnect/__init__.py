"""Machine tools that tell what they do by MTConnect: the driver of an agent's HTTP interface, and a virtual agent."""

from cellkit.registry import DriverSpec, WireSpec

DRIVER = DriverSpec(
    name="mtconnect",
    title="MTConnect machine tools",
    package="cellkit_mtconnect",
    wires=(
        WireSpec(
            "machine",
            "agent",
            "cellkit_mtconnect.driver:MTConnectMachine",
            "cellkit_mtconnect.config:MTConnectConfig",
            "cellkit_mtconnect.virtual:VirtualAgent",
        ),
    ),
    rig="cellkit_mtconnect.rig:MTConnectRig",
)
