"""Vacuum grippers without a protocol: an ejector valve and a vacuum switch on the digital signals of any device."""

from cellkit.registry import DriverSpec, WireSpec

DRIVER = DriverSpec(
    name="vacuum",
    title="Vacuum by digital signals",
    package="cellkit_vacuum",
    wires=(
        WireSpec(
            "vacuum",
            "signals",
            "cellkit_vacuum.driver:SignalVacuumGripper",
            "cellkit_vacuum.config:VacuumConfig",
            "cellkit_vacuum.virtual:VacuumCircuit",
        ),
    ),
    rig="cellkit_vacuum.rig:VacuumRig",
)
