"""Nodes of official NodeSet2 files and of a server, in the same words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from asyncua import ua

from cellkit.opcua.model.model import Model
from cellkit.opcua.model.namespaces import COMPANIONS, CORE_URI

SET = "{http://opcfoundation.org/UA/2011/03/UANodeSet.xsd}"
VALUES = "{http://opcfoundation.org/UA/2008/02/Types.xsd}"
FILES = [
    f"Opc.Ua.{name}.xml"
    for name in ("NodeSet2", *(f"{n}.NodeSet2" for n in ("Di", "IA", "Machinery", "Robotics", "PackML")))
]
COMPANION_URIS = {namespace.uri for namespace in COMPANIONS}

Id = tuple[str, int]  # namespace URI, number
HAS_TYPE, HAS_RULE = (CORE_URI, 40), (CORE_URI, 37)
ONE_WAY = {HAS_TYPE, HAS_RULE}  # a type or rule does not list who has it
MANDATORY = (CORE_URI, 78)
CLASSES = {
    "UAObject": 1,
    "UAVariable": 2,
    "UAMethod": 4,
    "UAObjectType": 8,
    "UAVariableType": 16,
    "UAReferenceType": 32,
    "UADataType": 64,
}


@dataclass
class Described:
    """A node, from a file or from a server, in the same words."""

    node_class: int
    browse_name: tuple[str, str]
    data_type: Id | None = None
    rank: int | None = None
    dimensions: list[int] = field(default_factory=list)
    is_abstract: bool = False
    is_symmetric: bool = False
    inverse_name: str = ""
    notifier: int = 0
    value: object = None
    fields: object = None  # of a data type
    references: set[tuple[Id, bool, Id]] = field(default_factory=set)


class NodeSet:
    """One official file."""

    def __init__(self, file: Path) -> None:
        self.root = ElementTree.parse(file).getroot()
        uris = self.root.find(f"{SET}NamespaceUris")
        self.uris = [CORE_URI, *(str(uri.text) for uri in (uris if uris is not None else []))]
        aliases = self.root.find(f"{SET}Aliases")
        assert aliases is not None
        self.aliases = {alias.get("Alias"): str(alias.text) for alias in aliases}

    def id(self, text: str) -> Id:
        text = self.aliases.get(text, text)
        space, _, number = text.rpartition(";")
        return self.uris[int(space.removeprefix("ns=") or 0)], int(number.removeprefix("i="))

    def name(self, text: str) -> tuple[str, str]:
        index, colon, name = text.partition(":")
        return (self.uris[int(index)], name) if colon and index.isdigit() else (CORE_URI, text)

    def nodes(self) -> Iterator[tuple[Id, Described]]:
        for node in self.root:
            tag = node.tag.removeprefix(SET)
            if tag not in CLASSES or node.get("DesignToolOnly") == "true":
                continue
            described = Described(CLASSES[tag], self.name(node.get("BrowseName", "")))
            if tag.startswith("UAVariable"):
                described.data_type = self.id(node.get("DataType", "i=24"))
                described.rank = int(node.get("ValueRank", "-1"))
                described.dimensions = [int(length) for length in node.get("ArrayDimensions", "").split(",") if length]
                described.value = self._value(node)
            definition = node.find(f"{SET}Definition")
            if definition is not None:
                described.fields = [
                    (entry.get("Name"), int(entry.get("Value", "0")))
                    if entry.get("Value")
                    else (
                        entry.get("Name"),
                        self.id(entry.get("DataType", "i=24")),
                        int(entry.get("ValueRank", "-1")),
                        entry.get("IsOptional") == "true",
                    )
                    for entry in definition.iterfind(f"{SET}Field")
                ]
            described.is_abstract = node.get("IsAbstract") == "true"
            described.is_symmetric = node.get("Symmetric") == "true"
            described.inverse_name = node.findtext(f"{SET}InverseName") or ""
            described.notifier = int(node.get("EventNotifier", "0"))
            for reference in node.iterfind(f"{SET}References/{SET}Reference"):
                kind = self.id(reference.get("ReferenceType", ""))
                is_forward = reference.get("IsForward") != "false"
                described.references.add((kind, is_forward, self.id(str(reference.text).strip())))
            yield self.id(node.get("NodeId", "")), described

    def _value(self, node: ElementTree.Element) -> object:
        value = node.find(f"{SET}Value")
        match node.get("BrowseName"), value:
            case _, None:
                return None
            case "StateNumber" | "TransitionNumber", _:
                return int(str(value[0].text))
            case "EnumStrings", _:
                return [text.text for text in value.iter(f"{VALUES}Text")]
            case "EnumValues", _:
                return [
                    (int(entry.findtext(f"{VALUES}Value", "0")), entry.findtext(f"{VALUES}DisplayName/{VALUES}Text"))
                    for entry in value.iter(f"{VALUES}EnumValueType")
                ]
            case "InputArguments" | "OutputArguments", _:
                return [
                    (
                        argument.findtext(f"{VALUES}Name"),
                        self.id(argument.findtext(f"{VALUES}DataType/{VALUES}Identifier", "")),
                        int(argument.findtext(f"{VALUES}ValueRank", "-1")),
                    )
                    for argument in value.iter(f"{VALUES}Argument")
                ]
        return None


def read_official(folder: Path) -> dict[Id, Described]:
    """All nodes of the official files, with every reference in both directions."""
    nodes: dict[Id, Described] = {}
    for file in FILES:
        nodes |= NodeSet(folder / file).nodes()
    for node_id, node in nodes.items():
        for kind, is_forward, target in list(node.references):
            if target in nodes:
                nodes[target].references.add((kind, not is_forward, node_id))
    return nodes


class Built:
    """A server's nodes, in the words of the files."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.uris: list[str] = self.value(ua.NodeId(ua.ObjectIds.Server_NamespaceArray), ua.AttributeIds.Value)

    def value(self, node: ua.NodeId, attribute: ua.AttributeIds) -> Any:
        return self.model.value(node, attribute)

    def id(self, node: ua.NodeId) -> Id:
        return self.uris[node.NamespaceIndex], node.Identifier

    def name(self, name: ua.QualifiedName) -> tuple[str, str]:
        return self.uris[name.NamespaceIndex], name.Name

    def nodes(self) -> dict[Id, Described]:
        """Every node of the companion specifications' namespaces."""
        ours = [node for node in self.model.space.keys() if self.id(node)[0] in COMPANION_URIS]  # noqa: SIM118
        return {self.id(node): self.described(node) for node in ours}

    def described(self, node: ua.NodeId) -> Described:
        found = Described(
            node_class=int(self.model.node_class(node)),
            browse_name=self.name(self.value(node, ua.AttributeIds.BrowseName)),
            is_abstract=bool(self.value(node, ua.AttributeIds.IsAbstract)),
            is_symmetric=bool(self.value(node, ua.AttributeIds.Symmetric)),
            notifier=int(self.value(node, ua.AttributeIds.EventNotifier) or 0),
        )
        inverse = self.value(node, ua.AttributeIds.InverseName)
        found.inverse_name = (inverse and inverse.Text) or ""
        if found.node_class in {2, 16}:
            found.data_type = self.id(self.value(node, ua.AttributeIds.DataType))
            found.rank = int(self.value(node, ua.AttributeIds.ValueRank))
            found.dimensions = list(self.value(node, ua.AttributeIds.ArrayDimensions) or [])
            found.value = self._plain(found.browse_name[1], self.value(node, ua.AttributeIds.Value))
        definition = self.value(node, ua.AttributeIds.DataTypeDefinition)
        if isinstance(definition, ua.EnumDefinition):
            found.fields = [(entry.Name, entry.Value) for entry in definition.Fields]
        elif isinstance(definition, ua.StructureDefinition):
            found.fields = [
                (entry.Name, self.id(entry.DataType), int(entry.ValueRank), entry.IsOptional)
                for entry in definition.Fields
            ]
        found.references = {
            (self.id(reference.ReferenceTypeId), reference.IsForward, self.id(reference.NodeId))
            for reference in self.model.space[node].references
        }
        return found

    def _plain(self, name: str, value: Any) -> object:
        match name, value:
            case _, None:
                return None
            case "StateNumber" | "TransitionNumber", number:
                return number
            case "EnumStrings", texts:
                return [text.Text for text in texts]
            case "EnumValues", entries:
                return [(entry.Value, entry.DisplayName.Text) for entry in entries]
            case "InputArguments" | "OutputArguments", arguments:
                return [(argument.Name, self.id(argument.DataType), int(argument.ValueRank)) for argument in arguments]
        return None


def among_official_nodes(node: Described) -> set[tuple[Id, bool, Id]]:
    """A node's references, without those to our own types and to instances."""
    return {reference for reference in node.references if not reference[2][0].startswith("urn:cellkit:")}
