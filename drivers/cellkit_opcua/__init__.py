"""Devices behind an OPC UA server: any server by a map of its nodes, or the gateway of another cell."""

from cellkit.registry import DriverSpec, Kind, WireSpec

NODE_MAP = "node-map"
"""Which node is which value stands in the cell file."""
GATEWAY = "cellkit"
"""The server is the gateway of another cell, whose nodes are known."""


def _by_nodes(kind: Kind, device: str, config: str) -> WireSpec:
    return WireSpec(kind, NODE_MAP, f"cellkit_opcua.{device}", f"cellkit_opcua.maps:{config}")


def _by_gateway(kind: Kind, device: str) -> WireSpec:
    return WireSpec(kind, GATEWAY, f"cellkit_opcua.{device}", "cellkit_opcua.config:GatewayConfig")


DRIVER = DriverSpec(
    name="opcua",
    title="OPC UA server",
    package="cellkit_opcua",
    wires=(
        _by_nodes(Kind.ARM, "arm:NodeArm", "ArmMap"),
        _by_nodes(Kind.JAWS, "grippers:NodeJaws", "JawsMap"),
        _by_nodes(Kind.VACUUM, "grippers:NodeVacuum", "VacuumMap"),
        _by_nodes(Kind.IO, "driver:NodeDigitalIO", "DigitalMap"),
        _by_nodes(Kind.ANALOG_IO, "driver:NodeAnalogIO", "AnalogMap"),
        _by_nodes(Kind.FORCE_TORQUE, "sensors:NodeForceTorque", "ForceTorqueMap"),
        _by_nodes(Kind.PROXIMITY, "sensors:NodeProximity", "ProximityMap"),
        _by_nodes(Kind.CODE_READER, "sensors:NodeCodeReader", "CodeReaderMap"),
        _by_nodes(Kind.MACHINE, "sensors:NodeMachine", "MachineMap"),
        _by_gateway(Kind.ARM, "gateway_arm:GatewayArm"),
        _by_gateway(Kind.JAWS, "gateway_devices:GatewayJaws"),
        _by_gateway(Kind.VACUUM, "gateway_devices:GatewayVacuum"),
        _by_gateway(Kind.IO, "gateway_devices:GatewayDigitalIO"),
        _by_gateway(Kind.ANALOG_IO, "gateway_devices:GatewayAnalogIO"),
        _by_gateway(Kind.FORCE_TORQUE, "gateway_devices:GatewayForceTorque"),
        _by_gateway(Kind.PROXIMITY, "gateway_devices:GatewayProximity"),
        _by_gateway(Kind.CODE_READER, "gateway_devices:GatewayCodeReader"),
        _by_gateway(Kind.MACHINE, "gateway_devices:GatewayMachine"),
        _by_gateway(Kind.CAMERA, "gateway_devices:GatewayCamera"),
    ),
)
