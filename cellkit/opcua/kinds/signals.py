"""The nodes of digital and analog signals."""

from __future__ import annotations

from collections.abc import Callable

from asyncua import ua

from cellkit.opcua.kinds.device_nodes import Description, Tree, device_nodes, variable
from cellkit.opcua.model.instances import Instance
from cellkit.opcua.publisher import DEADBANDS, Binding

T = ua.VariantType


def _signals(data: str, variant: ua.VariantType) -> Callable[[Tree, Instance, Description], None]:
    def add(tree: Tree, made: Instance, device: Description) -> None:
        units = {item["name"]: item["unit"] for item in device["items"]}
        for where, names in (("Inputs", device["inputs"]), ("Outputs", device["outputs"])):
            for name in names:
                node = variable(tree, made[where], name, data, units[name])
                binding = Binding(node, variant, deadband=DEADBANDS.get(units[name], 0.0))
                tree.publisher.bind(device["role"], name, binding)

    return add


IO = device_nodes("CK:IoModuleType", more=_signals("Boolean", T.Boolean))
ANALOG_IO = device_nodes("CK:IoModuleType", more=_signals("Double", T.Double))
