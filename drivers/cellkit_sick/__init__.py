"""SICK: 2D scanners of the TiM5xx and LMS1xx families over CoLa A (text) or CoLa B (binary)."""

from cellkit.registry import DriverSpec, WireSpec

DRIVER = DriverSpec(
    name="sick",
    title="SICK",
    package="cellkit_sick",
    wires=(
        WireSpec(
            "scanner",
            "cola-a",
            "cellkit_sick.driver:ColaAScanner",
            "cellkit_sick.config:ColaAConfig",
            "cellkit_sick.virtual:VirtualCola",
        ),
        WireSpec(
            "scanner",
            "cola-b",
            "cellkit_sick.driver:ColaBScanner",
            "cellkit_sick.config:ColaBConfig",
            "cellkit_sick.virtual:VirtualCola",
        ),
    ),
    rig="cellkit_sick.rig:SickRig",
)
