"""The nodes of a 2D scanner."""

from __future__ import annotations

from asyncua import ua

from cellkit.opcua.kinds.device_nodes import Description, Tree, device_nodes, variable
from cellkit.opcua.model.instances import Instance
from cellkit.opcua.publisher import DEADBANDS, Binding

T = ua.VariantType


def _fields(tree: Tree, made: Instance, device: Description) -> None:
    for item in device["items"]:
        flag = item["kind"] == "flag"
        parent = made["Fields"] if flag else made.node_id
        node = variable(tree, parent, item["name"], "Boolean" if flag else "Double", item["unit"])
        variant = T.Boolean if flag else T.Double
        tree.publisher.bind(
            device["role"], item["name"], Binding(node, variant, deadband=DEADBANDS.get(item["unit"], 0.0))
        )


SCANNER = device_nodes("CK:ScannerType", more=_fields)
