"""Devices behind an OPC UA server: any server by a map of its nodes, or the gateway of another cell."""

from cellkit.registry import DriverSpec, WireSpec

NODE_MAP = "node-map"
"""The cell file states which node is which value."""
GATEWAY = "cellkit"
"""The server is the gateway of another cell, whose nodes are known."""


def _by_nodes(kind: str, device: str, config: str) -> WireSpec:
    return WireSpec(kind, NODE_MAP, f"cellkit_opcua.{device}", f"cellkit_opcua.maps:{config}")


def _by_gateway(kind: str, device: str) -> WireSpec:
    return WireSpec(kind, GATEWAY, f"cellkit_opcua.{device}", "cellkit_opcua.config:GatewayConfig")


DRIVER = DriverSpec(
    name="opcua",
    title="OPC UA server",
    package="cellkit_opcua",
    wires=(
        _by_nodes("arm", "arm:NodeArm", "ArmMap"),
        _by_nodes("jaws", "grippers:NodeJaws", "JawsMap"),
        _by_nodes("vacuum", "grippers:NodeVacuum", "VacuumMap"),
        _by_nodes("io", "driver:NodeDigitalIO", "DigitalMap"),
        _by_nodes("analog_io", "driver:NodeAnalogIO", "AnalogMap"),
        _by_nodes("force_torque", "sensors:NodeForceTorque", "ForceTorqueMap"),
        _by_nodes("proximity", "sensors:NodeProximity", "ProximityMap"),
        _by_nodes("code_reader", "sensors:NodeCodeReader", "CodeReaderMap"),
        _by_nodes("machine", "sensors:NodeMachine", "MachineMap"),
        _by_gateway("arm", "gateway_arm:GatewayArm"),
        _by_gateway("jaws", "gateway_devices:GatewayJaws"),
        _by_gateway("vacuum", "gateway_devices:GatewayVacuum"),
        _by_gateway("io", "gateway_devices:GatewayDigitalIO"),
        _by_gateway("analog_io", "gateway_devices:GatewayAnalogIO"),
        _by_gateway("force_torque", "gateway_devices:GatewayForceTorque"),
        _by_gateway("proximity", "gateway_devices:GatewayProximity"),
        _by_gateway("code_reader", "gateway_devices:GatewayCodeReader"),
        _by_gateway("machine", "gateway_devices:GatewayMachine"),
        _by_gateway("camera", "gateway_devices:GatewayCamera"),
    ),
)
