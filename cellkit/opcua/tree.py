"""The nodes of a cell: motion devices, controllers and safety states by OPC 40010-1, the rest by types of cellkit.

Values come by ``Publisher`` bindings. A value that no driver reports has a node all the same, with a status that states
this.
"""

from __future__ import annotations

from functools import cache

from asyncua import ua

from cellkit import registry
from cellkit.opcua.kinds.device_nodes import ANY_KIND, Description, DeviceNodes, Tree
from cellkit.opcua.model.instances import instantiate
from cellkit.opcua.model.model import Model
from cellkit.opcua.model.nodes import add_reference
from cellkit.opcua.publisher import Publisher


def build_tree(model: Model, namespace: int, cell: Description) -> Tree:
    """Add all device nodes of a cell."""
    root = ua.NodeId(cell["name"], namespace)
    objects = model.node_id("Objects")
    device_set = model.node_id("Objects/DI:DeviceSet")
    system = instantiate(
        model, device_set, "RB:MotionDeviceSystemType", cell["name"], node_id=root, optional=("ComponentName",)
    )
    tree = Tree(model, namespace, root, system, Publisher(model))
    tree.text(system["ComponentName"], cell["title"], localized=True)
    machines = model.node_id("Objects/MACH:Machines")
    add_reference(model, machines, "Organizes", root)
    _identification(tree, cell)
    tree.version = cell["cellkit"]
    tree.folder = instantiate(
        model, objects, "FolderType", "Devices", node_id=ua.NodeId(f"{cell['name']}/Devices", namespace)
    ).node_id
    described = [(nodes_of(device["kind"]), device) for device in cell["devices"]]
    for nodes, device in sorted(described, key=lambda one: not one[0].carries):
        nodes.build(tree, device)
    return tree


@cache
def nodes_of(kind: str) -> DeviceNodes:
    """Return the nodes of a kind of device. Raises ``ConfigError`` for a kind whose row has the wrong type."""
    reference = registry.kind(kind).nodes
    return ANY_KIND if reference is None else registry.load_part(kind, reference, DeviceNodes)


def _identification(tree: Tree, cell: Description) -> None:
    found = instantiate(
        tree.model,
        tree.root,
        "MACH:MachineIdentificationType",
        "DI:Identification",
        reference="HasAddIn",
        optional=("ComponentName",),
    )
    tree.text(found["Manufacturer"], "cellkit", localized=True)
    tree.text(found["SerialNumber"], None)
    tree.text(found["ProductInstanceUri"], f"urn:cellkit:cell:{cell['name']}")
    tree.text(found["ComponentName"], cell["title"], localized=True)
