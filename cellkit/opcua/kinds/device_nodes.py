"""The instance nodes of a cell, and the nodes of a kind of device."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from asyncua import ua

from cellkit.opcua.model.instances import Instance, instantiate
from cellkit.opcua.model.model import Model
from cellkit.opcua.model.nodes import add_reference, set_value
from cellkit.opcua.model.units import SYMBOLS
from cellkit.opcua.publisher import DEADBANDS, Binding, Publisher

Description: TypeAlias = Mapping[str, Any]
T = ua.VariantType
NOT_SUPPORTED = ua.StatusCode(ua.StatusCodes.BadNotSupported)
OTHER_DEVICE = "CK:OtherDeviceType"
_TYPES = {"flag": T.Boolean, "number": T.Double, "text": T.String, "texts": T.String}
"""Types of variables, by the kind of item."""


@dataclass
class Tree:
    """The instance nodes of one cell; arms by role."""

    model: Model
    namespace: int
    root: ua.NodeId
    system: Instance
    publisher: Publisher
    version: str = ""
    """Version of cellkit."""
    folder: ua.NodeId = field(default_factory=ua.NodeId)
    """The folder of all devices except motion devices."""
    devices: dict[str, ua.NodeId] = field(default_factory=dict)
    arms: dict[str, Instance] = field(default_factory=dict)
    controllers: dict[str, Instance] = field(default_factory=dict)
    tasks: dict[str, Instance] = field(default_factory=dict)
    health: dict[str, ua.NodeId] = field(default_factory=dict)
    """DeviceHealth nodes, of the devices that have one."""
    overrides: dict[str, ua.NodeId] = field(default_factory=dict)
    """The writable SpeedOverride of each arm."""

    def text(self, node: ua.NodeId, text: str | None, localized: bool = False) -> None:
        """Set the fixed text of a property; an unknown text gives a null value with a status that states this."""
        if text is None:
            set_value(self.model, node, None, NOT_SUPPORTED)
        elif localized:
            set_value(self.model, node, ua.Variant(ua.LocalizedText(text), T.LocalizedText))
        else:
            set_value(self.model, node, ua.Variant(text, T.String))

    def value(self, node: ua.NodeId, value: Any, variant: ua.VariantType) -> None:
        """Set a fixed value."""
        set_value(self.model, node, ua.Variant(value, variant))

    def unknown(self, node: ua.NodeId) -> None:
        """Set a null value with a status that states that the value is not known."""
        set_value(self.model, node, None, NOT_SUPPORTED)


Build: TypeAlias = Callable[[Tree, Description], None]


@dataclass(frozen=True, slots=True)
class DeviceNodes:
    """The nodes of a kind of device: ``build`` adds them to the tree.

    ``carries``: other devices are connected to it, so that it is built before them.
    """

    build: Build
    carries: bool = False


def device_nodes(
    type_name: str, *parameters: str, more: Callable[[Tree, Instance, Description], None] | None = None
) -> DeviceNodes:
    """Return the nodes of a kind: an instance of a type, its bound parameters, and the nodes that ``more`` adds.

    ``parameters`` are items; the variable ``PartPresent`` in ParameterSet shows the item ``part_present``.
    """

    def build(tree: Tree, device: Description) -> None:
        made = instance_of(tree, device, type_name)
        items = {item["name"]: item for item in device["items"]}
        for name in parameters:
            _bind(tree, made[f"ParameterSet/{name.title().replace('_', '')}"], device, items[name])
        if more is not None:
            more(tree, made, device)

    return DeviceNodes(build)


def _items(tree: Tree, made: Instance, device: Description) -> None:
    """Add one variable for each item that is a number, a flag or a text."""
    for item in device["items"]:
        if item["kind"] in ("flag", "number", "text"):
            add_item(tree, made["ParameterSet"], device, item)


ANY_KIND = device_nodes(OTHER_DEVICE, more=_items)
"""The nodes of a kind without nodes of its own."""


def instance_of(tree: Tree, device: Description, type_name: str) -> Instance:
    """Add an instance of a device type to the DeviceSet, with its nameplate and its place in the cell."""
    model, role = tree.model, device["role"]
    known = device["model"] is not None
    plate = ("Manufacturer", "Model", "ProductCode") if known else ()
    made = instantiate(
        model,
        model.node_id("Objects/DI:DeviceSet"),
        type_name,
        role,
        node_id=ua.NodeId(f"{tree.folder.Identifier}/{role}", tree.namespace),
        optional=(*plate, "ComponentName", "DeviceHealth"),
    )
    add_reference(model, tree.folder, "Organizes", made.node_id)
    tree.devices[role], tree.health[role] = made.node_id, made["DeviceHealth"]
    tree.text(made["ComponentName"], role, localized=True)
    if known:
        tree.text(made["Manufacturer"], device["vendor"], localized=True)
        tree.text(made["Model"], device["model"], localized=True)
        tree.text(made["ProductCode"], device["model_id"])
    if device["on"] in tree.devices:
        add_reference(model, made.node_id, "RB:IsConnectedTo", tree.devices[device["on"]])
    return made


def add_item(tree: Tree, parent: ua.NodeId, device: Description, item: Mapping[str, Any]) -> None:
    """Add a variable for an item that is a number, a flag or a text, and bind it."""
    node = variable(tree, parent, item["name"], _TYPES[item["kind"]].name, item["unit"])
    _bind(tree, node, device, item)


def _bind(tree: Tree, node: ua.NodeId, device: Description, item: Mapping[str, Any]) -> None:
    binding = Binding(node, _TYPES[item["kind"]], deadband=DEADBANDS.get(item["unit"], 0.0))
    tree.publisher.bind(device["role"], item["name"], binding)


def variable(tree: Tree, parent: ua.NodeId, name: str, data: str, symbol: str) -> ua.NodeId:
    """Add a variable of the cell's namespace, with its unit where the standard has that unit."""
    kind, units = ("AnalogUnitType", {"": symbol}) if symbol in SYMBOLS else ("BaseDataVariableType", {})
    return instantiate(tree.model, parent, kind, name, data=data, units=units).node_id
