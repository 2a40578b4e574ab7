"""The nodes of digital and analog signals."""

from __future__ import annotations

from cellkit.opcua.kinds.device_nodes import Description, Tree, add_item, device_nodes
from cellkit.opcua.model.instances import Instance


def _signals(tree: Tree, made: Instance, device: Description) -> None:
    items = {item["name"]: item for item in device["items"]}
    for where, names in (("Inputs", device["inputs"]), ("Outputs", device["outputs"])):
        for name in names:
            add_item(tree, made[where], device, items[name])


IO = ANALOG_IO = device_nodes("CK:IoModuleType", more=_signals)
