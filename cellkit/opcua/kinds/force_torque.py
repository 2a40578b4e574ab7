"""The nodes of a force/torque sensor."""

from __future__ import annotations

from operator import itemgetter

from asyncua import ua

from cellkit.opcua.kinds.device_nodes import Description, Tree, device_nodes
from cellkit.opcua.model.instances import Instance
from cellkit.opcua.publisher import DEADBANDS, Binding

T = ua.VariantType


def _wrench(tree: Tree, made: Instance, device: Description) -> None:
    role, deadband = device["role"], DEADBANDS["N"]
    tree.publisher.bind(role, "wrench", Binding(made["ParameterSet/Wrench"], T.Double, deadband=deadband))
    for index, name in enumerate(("Fx", "Fy", "Fz", "Tx", "Ty", "Tz")):
        node = made[f"ParameterSet/{name}"]
        tree.publisher.bind(role, "wrench", Binding(node, T.Double, itemgetter(index), deadband=deadband))


FORCE_TORQUE = device_nodes("CK:ForceTorqueSensorType", more=_wrench)
