"""The rows of the type tables: every ``*.tsv`` in the folder ``tables``, one row per node, in any order.

The columns, separated by tabs; most may be empty:

node
    The path of BrowseNames, each with the alias of its namespace (none: core): ``RB:AxisType/DI:ParameterSet``.
    A path with one name is a type; the path ``Objects/...`` is an object that every server has.
class
    ``ObjectType VariableType DataType ReferenceType Object Variable Method``.
id
    The numeric identifier, in the namespace of the file (``di ia machinery robotics packml``; every other file: CK).
reference
    The reference from the parent to this node; empty: ``HasComponent``. A type has none.
rule
    The modelling rule: ``M`` mandatory, ``O`` optional, ``MP``/``OP`` placeholder; empty: none, stays on the type.
type
    A type's supertype; an instance's type definition (empty: ``PropertyType`` behind ``HasProperty``,
    else ``BaseDataVariableType`` or ``BaseObjectType``).
data
    A variable's data type; ``Double[]`` an array, ``Double[7]`` one of seven, ``Double[,]`` a matrix,
    ``[*]`` any rank, ``[?]`` a scalar or an array.
value
    A number, a text, an alias with a name, a unit's symbol, ``low..high`` of a Range. Several parts are separated by
    ``|``: texts ``A|B``, enumeration values ``0=A|1=B``, arguments ``Name:String|Pose:Double[7]``. The fields of a
    structure have the form of arguments and are in the row of its DataType.
more
    Parts separated by ``; ``: the flags ``abstract``, ``symmetric``, ``notifier``, a reference type's ``inverse=Name``,
    and references to other nodes of the tables or to core types: ``HasInterface=DI:ITagNameplateType``.
"""

from __future__ import annotations

import csv
import importlib.resources
from collections.abc import Iterator
from dataclasses import dataclass

NAMESPACE_OF_FILE = {"di": "DI", "ia": "IA", "machinery": "MACH", "robotics": "RB", "packml": "PML"}
COLUMNS = ("node", "class", "id", "reference", "rule", "type", "data", "value", "more")

_FLAGS = frozenset({"abstract", "symmetric", "notifier"})
_DEFAULT_TYPES = {"Object": "BaseObjectType", "Variable": "BaseDataVariableType"}
_RANKS = {"*": -2, "?": -3}


@dataclass(frozen=True, slots=True)
class DataShape:
    """A data type with its value rank (-1 scalar, 1 array, 2 matrix) and array dimensions (0: any length)."""

    type_name: str
    rank: int = -1
    dimensions: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class NodeRow:
    """One node of the tables; ``namespace`` is the alias of the namespace of its NodeId."""

    node: str
    node_class: str
    namespace: str
    id: int
    reference: str
    rule: str
    type_name: str
    data: DataShape | None
    value: str
    flags: frozenset[str]
    inverse_name: str
    links: tuple[tuple[str, str], ...]  # reference type, target

    @property
    def parent(self) -> str:
        """The path of the parent; empty for a type."""
        return self.node.rpartition("/")[0]

    @property
    def name(self) -> str:
        """The BrowseName with its alias."""
        return self.node.rpartition("/")[2]

    @property
    def is_type(self) -> bool:
        """Whether the node is a type, with a supertype instead of a parent."""
        return self.node_class.endswith("Type")


def data_shape(text: str) -> DataShape:
    """Read a shape such as ``"Double"``, ``"Double[]"``, ``"RB:X[2,3]"`` or ``"BaseDataType[*]"``."""
    type_name, bracket, inside = text.partition("[")
    if not bracket:
        return DataShape(type_name)
    inside = inside.removesuffix("]")
    if inside in _RANKS:
        return DataShape(type_name, _RANKS[inside])
    dimensions = tuple(int(length or 0) for length in inside.split(","))
    return DataShape(type_name, len(dimensions), dimensions)


def _row(namespace: str, cells: dict[str, str]) -> NodeRow:
    node_class, reference = cells["class"], cells["reference"]
    is_type = node_class.endswith("Type")
    if not reference and not is_type:
        reference = "HasComponent"
    type_name = cells["type"]
    if not type_name:
        type_name = "PropertyType" if reference == "HasProperty" else _DEFAULT_TYPES.get(node_class, "")
    more = [part.strip() for part in cells["more"].split(";") if part.strip()]
    pairs = [(key, value) for key, equals, value in (part.partition("=") for part in more) if equals]
    flags = frozenset(part for part in more if "=" not in part)
    if flags - _FLAGS:
        raise ValueError(f"{cells['node']}: {', '.join(sorted(flags - _FLAGS))} is not one of {sorted(_FLAGS)}")
    return NodeRow(
        node=cells["node"],
        node_class=node_class,
        namespace=namespace,
        id=int(cells["id"]),
        reference=reference,
        rule=cells["rule"],
        type_name=type_name,
        data=data_shape(cells["data"]) if cells["data"] else None,
        value=cells["value"],
        flags=flags,
        inverse_name=dict(pairs).get("inverse", ""),
        links=tuple(pair for pair in pairs if pair[0] != "inverse"),
    )


def read_rows() -> list[NodeRow]:
    """Read all rows of all tables, in the order of the file names. Raises ``ValueError`` with file and line."""
    return list(_read())


def _read() -> Iterator[NodeRow]:
    folder = importlib.resources.files("cellkit.opcua.model") / "tables"
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if not file.name.endswith(".tsv"):
            continue
        namespace = NAMESPACE_OF_FILE.get(file.name.removesuffix(".tsv"), "CK")
        lines = file.read_text(encoding="utf-8").splitlines()
        for number, cells in enumerate(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE, restval=""), 2):
            try:
                yield _row(namespace, cells)
            except (KeyError, TypeError, ValueError) as error:
                raise ValueError(f"{file.name}:{number}: {error}") from error
