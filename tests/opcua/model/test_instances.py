"""An instance has the nodes that its type declares: the tree of a robot cell, on the subset that is built in."""

from __future__ import annotations

import asyncio
import itertools
import random
from datetime import UTC, datetime

import pytest
from asyncua import Server, ua
from asyncua.server.address_space import NodeData
from robot_cell import CELL, MACHINE, TASK_MACHINE, cell_index, robot_cell

from cellkit.opcua.model import builder
from cellkit.opcua.model.builder import add_types
from cellkit.opcua.model.instances import Instance, instantiate
from cellkit.opcua.model.metadata import add_metadata
from cellkit.opcua.model.model import Model
from cellkit.opcua.model.namespaces import Namespace
from cellkit.opcua.model.rows import read_rows
from tests.opcua.gateway_rig import patient_client

_names = itertools.count()


def root(model: Model, type_name: str, **options: object) -> Instance:
    """An instance directly under the device set, with a name of its own."""
    name = f"thing{next(_names)}"
    return instantiate(
        model,
        model.node_id("Objects/DI:DeviceSet"),
        type_name,
        name,
        node_id=ua.NodeId(name, cell_index(model)),
        **options,  # type: ignore[arg-type]
    )


def node(model: Model, node_id: ua.NodeId) -> NodeData:
    return model.space[node_id]


def status(model: Model, node_id: ua.NodeId) -> int:
    code = model.attribute(node_id, ua.AttributeIds.Value).StatusCode
    assert code is not None
    return int(code.value)


def reference_to(model: Model, parent: ua.NodeId, child: ua.NodeId) -> ua.NodeId:
    [kind] = [ref.ReferenceTypeId for ref in node(model, parent).references if ref.NodeId == child and ref.IsForward]
    return kind


def test_the_tree_of_a_robot_cell(model: Model) -> None:
    made = robot_cell(model, "tree")
    assert set(made["system"].nodes) == {"", "ComponentName", "Controllers", "MotionDevices", "SafetyStates"}
    assert set(made["task"].nodes) >= {
        "ComponentName",
        "ParameterSet/TaskProgramName",
        "ParameterSet/TaskProgramLoaded",
        "ParameterSet/ExecutionMode",
        f"{TASK_MACHINE}/CurrentState/Id",
        f"{TASK_MACHINE}/LastTransition/Id",
        f"{TASK_MACHINE}/LastTransitionReason/EnumValues",
        f"{TASK_MACHINE}/LoadByName/InputArguments",
        f"{TASK_MACHINE}/ReadySubstateMachine/CurrentState/Id",
        f"{TASK_MACHINE}/ReadySubstateMachine/ResetToProgramStart/OutputArguments",
    }
    assert set(made["arm"].nodes) >= {
        "Manufacturer",
        "Model",
        "ProductCode",
        "SerialNumber",
        "MotionDeviceCategory",
        "Axes",
        "PowerTrains",
        "ParameterSet/SpeedOverride",
        "FlangeLoad/Mass/EngineeringUnits",
        "FlangeLoad/CenterOfMass/CartesianCoordinates/X",
        "FlangeLoad/Inertia/Z",
    }
    assert set(made["A1"].nodes) == {
        "",
        "MotionProfile",
        "ParameterSet",
        "ParameterSet/ActualPosition",
        "ParameterSet/ActualPosition/EngineeringUnits",
        "ParameterSet/ActualSpeed",
        "ParameterSet/ActualSpeed/EngineeringUnits",
    }
    assert set(made["software"].nodes) == {"", "Manufacturer", "Model", "SoftwareRevision"}
    assert set(made["identification"].nodes) == {"", "Manufacturer", "ProductInstanceUri", "SerialNumber"}
    assert set(made["safety"].nodes) >= {
        "ParameterSet/OperationalMode",
        "ParameterSet/EmergencyStop",
        "ParameterSet/ProtectiveStop",
    }
    assert set(made["packml"].nodes) >= {
        "Admin",
        "Status/CurMachSpeed/EURange",
        "BaseStateMachine/MachineState/ExecuteState/CurrentState/Id",
        "SetUnitMode/InputArguments",
    }
    assert set(made["gripper"].nodes) == {
        "",
        "ParameterSet",
        "ParameterSet/Holding",
        "ParameterSet/Moving",
        "ParameterSet/Width",
        "ParameterSet/Width/EngineeringUnits",
        "ParameterSet/Force",
        "ParameterSet/Force/EngineeringUnits",
    }
    assert not [name for instance in made.values() for name in instance.nodes if "<" in name]


def test_a_node_id_is_the_path_and_a_browse_name_has_the_namespace_that_defines_it(model: Model) -> None:
    made = robot_cell(model, "names")
    position = made["A1"]["ParameterSet/ActualPosition"]
    index = cell_index(model)
    assert position == ua.NodeId("names/MotionDevices/Arm1/Axes/A1/ParameterSet/ActualPosition", index)

    def named(node_id: ua.NodeId) -> ua.QualifiedName:
        name = model.value(node_id, ua.AttributeIds.BrowseName)
        assert isinstance(name, ua.QualifiedName)
        return name

    assert named(position) == model.qualified("RB:ActualPosition")
    assert named(made["A1"]["ParameterSet"]) == model.qualified("DI:ParameterSet")
    assert named(made["A1"]["ParameterSet/ActualPosition/EngineeringUnits"]) == ua.QualifiedName("EngineeringUnits", 0)
    assert named(made["A1"].node_id) == ua.QualifiedName("A1", index)
    assert named(made["identification"].node_id) == model.qualified("DI:Identification")
    assert named(made["arm"]["Manufacturer"]) == model.qualified("DI:Manufacturer")


def test_the_declarations_references_are_kept(model: Model) -> None:
    made = robot_cell(model, "references")
    controller, arm = made["controller"], made["arm"]
    for parent, child, kind in [
        (controller[""], controller["SystemOperation"], "HasAddIn"),
        (controller["SystemOperation"], controller[MACHINE], "HasComponent"),
        (arm[""], arm["Manufacturer"], "HasProperty"),
        (arm[""], arm["ParameterSet"], "HasComponent"),
        (made["system"][""], made["identification"][""], "HasAddIn"),
        (controller[""], arm[""], "RB:Controls"),
        (made["wrist"][""], arm[""], "RB:IsConnectedTo"),
    ]:
        assert reference_to(model, parent, child) == model.node_id(kind)
    back = [ref for ref in node(model, arm[""]).references if ref.NodeId == controller[""]]
    assert [(ref.ReferenceTypeId, ref.IsForward) for ref in back] == [(model.node_id("RB:Controls"), False)]


def test_variables_have_the_shape_of_their_declaration(model: Model) -> None:
    made = robot_cell(model, "shapes")
    for path, type_name, rank, dimensions in [
        ("cartesian:TcpPose", "Double", 1, [7]),
        ("cartesian:JointPositions", "Double", 1, [0]),
        ("wrist:ParameterSet/Wrench", "Double", 1, [6]),
        ("arm:MotionDeviceCategory", "RB:MotionDeviceCategoryEnumeration", -1, None),
        ("arm:FlangeLoad/CenterOfMass", "3DFrame", -1, None),
        ("A1:ParameterSet/ActualPosition", "Double", -1, None),
    ]:
        device, _, member = path.partition(":")
        variable = made[device][member]
        assert model.value(variable, ua.AttributeIds.DataType) == model.node_id(type_name), path
        assert model.value(variable, ua.AttributeIds.ValueRank) == rank, path
        assert (model.value(variable, ua.AttributeIds.ArrayDimensions) or None) == dimensions, path


def test_what_a_type_declares_is_there_and_nothing_else_is_invented(model: Model) -> None:
    made = robot_cell(model, "values")
    reasons = model.value(made["controller"][f"{MACHINE}/LastTransitionReason/EnumValues"], ua.AttributeIds.Value)
    assert [reason.DisplayName.Text for reason in reasons] == [
        "Unknown",
        "External",
        "Direct",
        "System",
        "Error",
        "Application",
    ]
    unit = model.value(made["A1"]["ParameterSet/ActualSpeed/EngineeringUnits"], ua.AttributeIds.Value)
    assert (unit.DisplayName.Text, unit.UnitId) == ("deg/s", 4536630)
    assert model.value(made["gripper"]["ParameterSet/Width/EngineeringUnits"], ua.AttributeIds.Value).UnitId == 5067858
    for device, path in [
        ("A1", "ParameterSet/ActualPosition"),
        ("arm", "Manufacturer"),
        ("controller", f"{MACHINE}/CurrentState"),
        ("packml", "Status/CurMachSpeed/EURange"),
    ]:
        assert status(model, made[device][path]) == ua.StatusCodes.BadWaitingForInitialData, path
        assert model.value(made[device][path], ua.AttributeIds.Value) is None, path


def test_clients_may_write_what_was_said_and_nothing_else(model: Model) -> None:
    arm = robot_cell(model, "access")["arm"]
    read, write = ua.AccessLevel.CurrentRead.mask, ua.AccessLevel.CurrentWrite.mask
    for attribute in (ua.AttributeIds.AccessLevel, ua.AttributeIds.UserAccessLevel):
        assert model.value(arm["ParameterSet/SpeedOverride"], attribute) == read | write
        assert model.value(arm["ParameterSet/OnPath"], attribute) == read


def test_a_method_refuses_until_it_has_a_callback(model: Model, loop: asyncio.Runner) -> None:
    task = robot_cell(model, "methods")["task"]
    request = ua.CallMethodRequest(ObjectId=task[TASK_MACHINE], MethodId=task[f"{TASK_MACHINE}/Start"])
    session = model.server.iserver.isession

    def call() -> ua.CallMethodResult:
        [result] = loop.run(session.call([request]))
        assert isinstance(result, ua.CallMethodResult)
        return result

    assert call().StatusCode.value == ua.StatusCodes.BadNotImplemented

    async def start(parent: ua.NodeId) -> list[ua.Variant]:
        return [ua.Variant(0, ua.VariantType.Int32)]

    session.add_method_callback(task[f"{TASK_MACHINE}/Start"], start)
    assert call().OutputArguments == [ua.Variant(0, ua.VariantType.Int32)]
    arguments = model.value(task[f"{TASK_MACHINE}/Stop/InputArguments"], ua.AttributeIds.Value)
    assert [(argument.Name, argument.DataType) for argument in arguments] == [("StopMode", model.node_id("Int64"))]


def test_members_of_interfaces_are_members(model: Model) -> None:
    camera = root(model, "CK:CameraType", optional=["DeviceHealth"])
    health = camera["DeviceHealth"]
    assert model.value(health, ua.AttributeIds.BrowseName) == model.qualified("DI:DeviceHealth")
    assert model.value(health, ua.AttributeIds.DataType) == model.node_id("DI:DeviceHealthEnumeration")


def test_the_nearest_declaration_wins(model: Model) -> None:
    """The product code is optional for a DI component and mandatory for a motor."""
    assert "ProductCode" in root(model, "RB:MotorType").nodes
    assert "ProductCode" not in root(model, "DI:SoftwareType").nodes


def test_a_variable_type_has_instances_too(model: Model) -> None:
    module = root(model, "CK:IoModuleType")
    valve = instantiate(model, module["Outputs"], "BaseDataVariableType", "valve", data="Boolean", writable=[""])
    assert model.value(valve[""], ua.AttributeIds.DataType) == model.node_id("Boolean")
    assert model.value(valve[""], ua.AttributeIds.NodeClass) == ua.NodeClass.Variable
    assert model.value(valve[""], ua.AttributeIds.AccessLevel) & ua.AccessLevel.CurrentWrite.mask
    level = instantiate(model, module["Inputs"], "AnalogUnitType", "level", data="Double", units={"": "V"})
    assert model.value(level["EngineeringUnits"], ua.AttributeIds.Value).DisplayName.Text == "V"
    assert status(model, level[""]) == ua.StatusCodes.BadWaitingForInitialData


@pytest.mark.parametrize(
    ("type_name", "options", "error", "text"),
    [
        ("RB:AxisType", {"optional": ["ParameterSet/Colour"]}, ValueError, "RB:AxisType has no ParameterSet/Colour"),
        ("RB:AxisType", {"writable": ["ParameterSet/ActualSpeed"]}, ValueError, "has no ParameterSet/ActualSpeed"),
        ("RB:MotionDeviceType", {"optional": ["Axes/<AxisIdentifier>"]}, ValueError, "has no Axes/<AxisIdentifier>"),
        ("RB:SystemOperationStateMachineType", {"optional": ["Idle"]}, ValueError, "has no Idle"),
        ("RB:AxisType", {"units": {"MotionProfile": "m"}}, ValueError, "has no MotionProfile/EngineeringUnits"),
        ("RB:AxisType", {"units": {"ParameterSet/ActualPosition": "inch"}}, KeyError, "inch"),
        ("RB:AxisTypo", {}, KeyError, "RB:AxisTypo"),
        ("CK:GripperType", {}, ValueError, "CK:GripperType is abstract"),
    ],
)
def test_what_cannot_be_is_named_and_leaves_no_node(
    model: Model, type_name: str, options: dict[str, object], error: type[Exception], text: str
) -> None:
    before = len(model.space.keys())
    with pytest.raises(error, match=text):
        root(model, type_name, **options)
    assert len(model.space.keys()) == before


def test_below_a_number_a_node_needs_an_id_of_its_own(model: Model) -> None:
    with pytest.raises(ValueError, match="NodeId of its own"):
        instantiate(model, model.node_id("Objects/DI:DeviceSet"), "RB:AxisType", "A1")


def shape_of(model: Model) -> dict[str, object]:
    """What clients of a cell see: every node of the instances with its attributes and references, without values."""
    index = cell_index(model)
    return {
        node_id.to_string(): (
            [
                str(model.value(node_id, attribute))
                for attribute in (
                    ua.AttributeIds.BrowseName,
                    ua.AttributeIds.NodeClass,
                    ua.AttributeIds.DataType,
                    ua.AttributeIds.ValueRank,
                )
            ],
            sorted((str(ref.ReferenceTypeId), str(ref.NodeId), ref.IsForward) for ref in data.references),
        )
        for node_id in model.space.keys()  # noqa: SIM118 - not a mapping
        if node_id.NamespaceIndex == index and str(node_id.Identifier).startswith("stable")
        for data in [node(model, node_id)]
    }


def test_nodes_are_the_same_whatever_the_order_of_the_tables(
    model: Model, loop: asyncio.Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    shuffled = read_rows()
    random.Random(1).shuffle(shuffled)
    monkeypatch.setattr(builder, "read_rows", lambda: shuffled)

    async def build() -> Model:
        server = Server()
        await server.init()
        other = await add_types(server)
        await server.register_namespace(CELL)
        return other

    other = loop.run(build())
    robot_cell(model, "stable")
    robot_cell(other, "stable")
    here, there = shape_of(model), shape_of(other)
    assert len(here) > 200
    assert here == there


def test_a_client_reads_everything(model: Model, loop: asyncio.Runner) -> None:
    made = robot_cell(model, "read")

    async def walk() -> dict[str, ua.DataValue]:
        server = model.server
        server.set_endpoint("opc.tcp://127.0.0.1:0")
        server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
        async with server:
            [listening] = server.bserver._server.sockets
            async with patient_client(f"opc.tcp://127.0.0.1:{listening.getsockname()[1]}") as client:
                read = {}
                seen = set()
                todo = [client.get_node(model.node_id("Objects/DI:DeviceSet")), client.nodes.namespaces]
                todo += [client.get_node(model.node_id(row.node)) for row in read_rows() if row.is_type]
                while todo:
                    current = todo.pop()
                    if current.nodeid in seen:
                        continue
                    seen.add(current.nodeid)
                    for description in await current.get_children_descriptions():
                        todo.append(client.get_node(description.NodeId))
                        if description.NodeClass == ua.NodeClass.Variable:
                            value = await client.get_node(description.NodeId).read_data_value(raise_on_bad_status=False)
                            read[description.NodeId.to_string()] = value
                return read

    read = loop.run(walk())
    assert len(read) > 800
    modes = read[made["controller"][f"{MACHINE}/PossibleStopModes"].to_string()].Value
    assert modes is not None
    assert modes.Value[0].DisplayName.Text == "OnPath"
    position = read[made["A1"]["ParameterSet/ActualPosition"].to_string()]
    assert position.StatusCode is not None
    assert position.StatusCode.value == ua.StatusCodes.BadWaitingForInitialData


def test_the_server_says_that_it_has_subsets(model: Model) -> None:
    folder = ua.NodeId(ua.ObjectIds.Server_Namespaces)
    described = {
        ref.BrowseName.Name: {
            member.BrowseName.Name: model.value(member.NodeId, ua.AttributeIds.Value)
            for member in node(model, ref.NodeId).references
            if member.IsForward and member.NodeClass == ua.NodeClass.Variable
        }
        for ref in node(model, folder).references
        if ref.IsForward
    }
    robotics = described["http://opcfoundation.org/UA/Robotics/"]
    assert robotics["NamespaceUri"] == "http://opcfoundation.org/UA/Robotics/"
    assert robotics["NamespaceVersion"] == "1.02"
    assert robotics["NamespacePublicationDate"].date().isoformat() == "2025-09-08"
    assert robotics["IsNamespaceSubset"] is True
    assert described["urn:cellkit:types"]["IsNamespaceSubset"] is False
    for name in ("DI", "IA", "Machinery", "PackML"):
        assert described[f"http://opcfoundation.org/UA/{name}/"]["IsNamespaceSubset"] is True


def test_a_structure_of_the_tables_goes_over_the_wire(model: Model) -> None:
    described = ua.PackMLDescriptorDataType(ID=3, Name="mass", Value=1.5)
    data = ua.ua_binary.extensionobject_to_binary(described)
    assert ua.ua_binary.extensionobject_from_binary(ua.utils.Buffer(data)) == described


def test_the_cells_own_namespace_can_be_described(model: Model) -> None:
    cell = Namespace("", CELL, "1", datetime(2026, 1, 2, tzinfo=UTC))
    described = add_metadata(model, cell, is_subset=False)
    name = model.value(described[""], ua.AttributeIds.BrowseName)
    assert name == ua.QualifiedName(CELL, cell_index(model))
    assert model.value(described["StaticNodeIdTypes"], ua.AttributeIds.Value) == [ua.IdType.String]
