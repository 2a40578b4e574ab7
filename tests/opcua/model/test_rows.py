"""The tables of type facts agree with themselves, with the core namespace and with the numbers that others rely on."""

from __future__ import annotations

import itertools

import pytest
from asyncua import ua

from cellkit.opcua.model import rows
from cellkit.opcua.model.builder import RULES
from cellkit.opcua.model.model import Model
from cellkit.opcua.model.namespaces import NAMESPACES, split
from cellkit.opcua.model.rows import DataShape, data_shape, read_rows
from cellkit.opcua.model.units import SYMBOLS, unit
from cellkit.opcua.model.values import variant

ROWS = read_rows()
BY_PATH = {row.node: row for row in ROWS}


def known(model: Model, name: str) -> bool:
    try:
        model.node_id(name)
    except KeyError:
        return False
    return True


def test_no_node_and_no_id_stands_twice() -> None:
    assert len(BY_PATH) == len(ROWS) > 1000
    ids = [(row.namespace, row.id) for row in ROWS]
    assert len(set(ids)) == len(ids)


def test_every_name_that_a_row_uses_exists(model: Model) -> None:
    for row in ROWS:
        used = [row.type_name] if row.type_name else []
        used += [row.reference] if row.reference else []
        used += [row.data.type_name] if row.data else []
        used += [name for link in row.links for name in link]
        used += [row.parent] if row.parent else []
        assert [name for name in used if not known(model, name)] == [], row.node


def test_every_name_carries_the_alias_of_a_namespace_or_is_a_core_one() -> None:
    for row in ROWS:
        alias, bare = split(row.name)
        assert ":" not in bare, row.node
        if row.is_type:
            assert alias == row.namespace, row.node


def test_every_row_has_what_its_class_needs() -> None:
    for row in ROWS:
        assert row.node_class in {
            "ObjectType",
            "VariableType",
            "DataType",
            "ReferenceType",
            "Object",
            "Variable",
            "Method",
        }, row.node
        assert row.rule in {"", *RULES}, row.node
        assert (row.data is not None) == row.node_class.startswith("Variable"), row.node
        assert row.is_type == (not row.parent), row.node
        assert row.name.partition(":")[2].startswith("<") == (row.rule in {"MP", "OP"}), row.node
        if row.node_class == "DataType" and row.type_name == "Enumeration":
            assert {f"{row.node}/EnumStrings", f"{row.node}/EnumValues"} & BY_PATH.keys(), row.node
        if row.name in {"InputArguments", "OutputArguments"}:
            assert BY_PATH[row.parent].node_class == "Method"
            assert row.data is not None
            assert (row.data.type_name, row.data.rank) == ("Argument", 1), row.node
            assert row.data.dimensions in {(0,), (len(row.value.split("|")),)}, row.node


def test_every_declared_value_can_be_read(model: Model) -> None:
    stated = [row for row in ROWS if row.value and row.data]
    assert len(stated) > 100
    for row in stated:
        assert variant(model, row).Value is not None, row.node


def test_states_and_transitions_are_numbered_and_joined() -> None:
    transitions = [row for row in ROWS if row.type_name == "TransitionType"]
    assert len(transitions) > 60
    for row in transitions:
        assert {"FromState", "ToState"} <= {reference for reference, _ in row.links}, row.node
    for row in ROWS:
        if row.type_name in {"StateType", "InitialStateType"}:
            assert f"{row.node}/StateNumber" in BY_PATH, row.node


@pytest.mark.parametrize(
    ("node", "number"),
    [
        ("RB:MotionDeviceSystemType", 1002),
        ("RB:AxisType", 16601),
        ("RB:AxisType/DI:ParameterSet/RB:ActualPosition", 16662),
        ("RB:SystemOperationStateMachineType/RB:Ready", 5031),
        ("RB:TaskControlStateMachineType/RB:LoadByName", 7011),
        ("RB:IsConnectedTo", 18181),
        ("RB:OperationalModeEnumeration", 3006),
        ("DI:ComponentType", 15063),
        ("Objects/DI:DeviceSet", 5001),
        ("Objects/MACH:Machines", 1001),
        ("MACH:MachineIdentificationType", 1012),
        ("PML:PackMLBaseObjectType", 6),
        ("PML:PackMLBaseObjectType/PML:SetMachSpeed", 400),
        ("CK:GripperType", 1001),
        ("CK:ForceTorqueSensorType", 1002),
        ("CK:VacuumGripperType", 1003),
        ("CK:CameraType", 1004),
        ("CK:IoModuleType", 1005),
        ("CK:ParallelGripperType", 1006),
        ("CK:ProximitySensorType", 1007),
        ("CK:ScannerType", 1008),
        ("CK:CodeReaderType", 1009),
        ("CK:MachineType", 1010),
        ("CK:CartesianStateType", 1011),
    ],
)
def test_the_number_of_a_node_never_changes(node: str, number: int) -> None:
    assert BY_PATH[node].id == number


def test_our_own_numbers_follow_their_type() -> None:
    """A member's number is its type's, then two digits: no renumbering when a type gets another member."""
    for row in (row for row in ROWS if row.namespace == "CK" and row.id <= 1019_99 and not row.is_type):
        assert row.id // 100 == BY_PATH[row.node.partition("/")[0]].id, row.node


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("Double", DataShape("Double")),
        ("Double[]", DataShape("Double", 1, (0,))),
        ("Double[7]", DataShape("Double", 1, (7,))),
        ("Int32[,]", DataShape("Int32", 2, (0, 0))),
        ("RB:X[2,3]", DataShape("RB:X", 2, (2, 3))),
        ("BaseDataType[*]", DataShape("BaseDataType", -2)),
        ("BaseDataType[?]", DataShape("BaseDataType", -3)),
    ],
)
def test_the_shape_of_data(text: str, shape: DataShape) -> None:
    assert data_shape(text) == shape


@pytest.mark.parametrize(
    ("symbol", "number"),
    [
        ("deg", 17476),
        ("deg/s", 4536630),
        ("rad", 4405297),
        ("rad/s", 12865),
        ("mm", 5066068),
        ("mm/s", 4403510),
        ("m", 5067858),
        ("N", 5129559),
        ("N·m", 20053),
        ("kg", 4933453),
        ("°C", 4408652),
        ("%", 20529),
        ("Pa", 5259596),
    ],
)
def test_a_unit_has_the_number_of_its_common_code(symbol: str, number: int) -> None:
    assert unit(symbol).UnitId == number
    assert unit(symbol).DisplayName.Text == symbol


def test_no_two_units_share_a_number() -> None:
    numbers = [unit(symbol).UnitId for symbol in SYMBOLS]
    assert len(set(numbers)) == len(numbers)


def test_namespaces_are_told_apart_by_their_uris() -> None:
    pairs = itertools.combinations(NAMESPACES.values(), 2)
    assert all(one.uri != other.uri for one, other in pairs)
    assert split("urn:cellkit") == ("", "urn:cellkit")


def test_a_type_of_the_tables_stands_under_its_official_name_and_number(model: Model) -> None:
    for row in ROWS:
        node = model.node_id(row.node)
        assert node == ua.NodeId(row.id, model.index(row.namespace))
        assert model.value(node, ua.AttributeIds.BrowseName) == model.qualified(row.name), row.node


def test_a_row_with_an_unknown_flag_is_refused() -> None:
    cells = dict.fromkeys(rows.COLUMNS, "") | {"node": "CK:X", "class": "ObjectType", "id": "1", "more": "abstrakt"}
    with pytest.raises(ValueError, match="CK:X: abstrakt is not one of"):
        rows._row("CK", cells)
