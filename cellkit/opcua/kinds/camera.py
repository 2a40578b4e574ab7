"""The nodes of a camera."""

from __future__ import annotations

from asyncua import ua

from cellkit.opcua.kinds.device_nodes import Description, Tree, device_nodes
from cellkit.opcua.model.instances import Instance

T = ua.VariantType


def _optics(tree: Tree, made: Instance, device: Description) -> None:
    tree.value(made["ParameterSet/Width"], device["width"], T.UInt32)
    tree.value(made["ParameterSet/Height"], device["height"], T.UInt32)
    tree.value(made["ParameterSet/Finds"], device["finds"], T.String)


CAMERA = device_nodes("CK:CameraType", more=_optics)
