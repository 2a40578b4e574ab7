"""The nodes of a 2D scanner."""

from __future__ import annotations

from cellkit.opcua.kinds.device_nodes import Description, Tree, add_item, device_nodes
from cellkit.opcua.model.instances import Instance


def _fields(tree: Tree, made: Instance, device: Description) -> None:
    for item in device["items"]:
        add_item(tree, made["Fields"] if item["kind"] == "flag" else made.node_id, device, item)


SCANNER = device_nodes("CK:ScannerType", more=_fields)
