"""The instance nodes of a cell, and how a kind of device adds its own."""

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
_TYPES = {"flag": ("Boolean", T.Boolean), "number": ("Double", T.Double), "text": ("String", T.String)}
"""By kind of item: the data type of its variable."""


@dataclass
class Tree:
    """The instance nodes of one cell; arms by role."""

    model: Model
    namespace: int
    root: ua.NodeId
    system: Instance
    publisher: Publisher
    version: str = ""
    """Of cellkit."""
    folder: ua.NodeId = field(default_factory=ua.NodeId)
    """The folder of the devices that are no motion devices."""
    devices: dict[str, ua.NodeId] = field(default_factory=dict)
    arms: dict[str, Instance] = field(default_factory=dict)
    controllers: dict[str, Instance] = field(default_factory=dict)
    tasks: dict[str, Instance] = field(default_factory=dict)
    health: dict[str, ua.NodeId] = field(default_factory=dict)
    """DeviceHealth of the devices that have it."""
    overrides: dict[str, ua.NodeId] = field(default_factory=dict)
    """The writable SpeedOverride of each arm."""

    def text(self, node: ua.NodeId, text: str | None, localized: bool = False) -> None:
        """A property's fixed text; one that is not known has no value, and says so."""
        if text is None:
            set_value(self.model, node, None, NOT_SUPPORTED)
        elif localized:
            set_value(self.model, node, ua.Variant(ua.LocalizedText(text), T.LocalizedText))
        else:
            set_value(self.model, node, ua.Variant(text, T.String))

    def value(self, node: ua.NodeId, value: Any, variant: ua.VariantType) -> None:
        """A fixed value."""
        set_value(self.model, node, ua.Variant(value, variant))

    def unknown(self, node: ua.NodeId) -> None:
        """A value that nobody can tell here."""
        set_value(self.model, node, None, NOT_SUPPORTED)


Build: TypeAlias = Callable[[Tree, Description], None]


@dataclass(frozen=True, slots=True)
class DeviceNodes:
    """How a kind of device is shown: ``build`` adds its nodes to the tree.

    ``carries``: other devices are connected to it, so it is built before them.
    """

    build: Build
    carries: bool = False


Parameter: TypeAlias = tuple[str, str, ua.VariantType]
"""An item, the variable in ParameterSet that shows it, and its type."""


def device_nodes(
    type_name: str,
    parameters: tuple[Parameter, ...] = (),
    more: Callable[[Tree, Instance, Description], None] | None = None,
) -> DeviceNodes:
    """Return the nodes of a kind: an instance of a type, its parameters bound, and whatever ``more`` adds."""

    def build(tree: Tree, device: Description) -> None:
        made = instance_of(tree, device, type_name)
        units = {item["name"]: item["unit"] for item in device["items"]}
        for item, name, variant in parameters:
            deadband = DEADBANDS.get(units.get(item, ""), 0.0)
            tree.publisher.bind(device["role"], item, Binding(made[f"ParameterSet/{name}"], variant, deadband=deadband))
        if more is not None:
            more(tree, made, device)

    return DeviceNodes(build)


def _items(tree: Tree, made: Instance, device: Description) -> None:
    """Add one variable for each item that is a number, a flag or a text."""
    for item in device["items"]:
        if item["kind"] not in _TYPES:
            continue
        data, variant = _TYPES[item["kind"]]
        node = variable(tree, made["ParameterSet"], item["name"], data, item["unit"])
        deadband = DEADBANDS.get(item["unit"], 0.0)
        tree.publisher.bind(device["role"], item["name"], Binding(node, variant, deadband=deadband))


ANY_KIND = device_nodes(OTHER_DEVICE, more=_items)
"""The nodes of a kind that has none of its own."""


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


def variable(tree: Tree, parent: ua.NodeId, name: str, data: str, symbol: str) -> ua.NodeId:
    """A variable of the cell's own, with its unit where that is one of the standard's."""
    kind, units = ("AnalogUnitType", {"": symbol}) if symbol in SYMBOLS else ("BaseDataVariableType", {})
    return instantiate(tree.model, parent, kind, name, data=data, units=units).node_id
