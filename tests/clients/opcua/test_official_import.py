"""The official files of a user's folder give the same types and instances as the subset that is built in."""

from __future__ import annotations

import asyncio
from pathlib import Path
from xml.etree import ElementTree

import pytest
from asyncua import Server, ua
from nodeset_reader import COMPANION_URIS, FILES, Built, Described, Id, among_official_nodes, read_official
from npm import official_nodesets

from cellkit.errors import ConfigError
from cellkit.opcua.model.builder import add_types
from cellkit.opcua.model.instances import instantiate
from cellkit.opcua.model.model import Model
from cellkit.opcua.model.namespaces import CORE_URI

pytestmark = pytest.mark.clients

CELL = "urn:cellkit:cell:test"


@pytest.fixture(scope="module")
def official() -> dict[Id, Described]:
    return read_official(official_nodesets())


@pytest.fixture(scope="module")
def folder() -> Path:
    return official_nodesets()


async def _build(nodesets: Path | None) -> Model:
    server = Server()
    await server.init()
    model = await add_types(server, nodesets)
    await server.register_namespace(CELL)
    return model


@pytest.fixture(scope="module")
def model() -> Model:
    return asyncio.run(_build(None))


@pytest.fixture(scope="module")
def imported(folder: Path) -> Model:
    return asyncio.run(_build(folder))


# Every type that a cell has instances of, with optional members where there are any.
INSTANCES = {
    "RB:MotionDeviceSystemType": ["ComponentName"],
    "RB:MotionDeviceType": [
        "AssetId",
        "TaskControlReference",
        "ParameterSet/InControl",
        "ParameterSet/OnPath",
        "FlangeLoad/CenterOfMass",
        "FlangeLoad/Inertia",
        "AdditionalComponents",
    ],
    "RB:AxisType": ["ParameterSet/ActualSpeed", "ParameterSet/ActualAcceleration", "AdditionalLoad/Inertia"],
    "RB:PowerTrainType": ["ComponentName"],
    "RB:MotorType": ["ParameterSet/BrakeReleased", "ParameterSet/EffectiveLoadRate"],
    "RB:GearType": ["Pitch"],
    "RB:DriveType": ["AssetId"],
    "RB:AuxiliaryComponentType": ["AssetId"],
    "RB:ControllerType": [
        "ComponentName",
        "ParameterSet/Temperature",
        "ParameterSet/TotalPowerOnTime",
        "CurrentUser/Name",
        "Programs",
        *(
            f"SystemOperation/SystemOperationStateMachine/{member}"
            for member in (
                "PossibleStopModes",
                "ConfiguredDefaultStopMode",
                "GetReady",
                "StandDown",
                "Start",
                "Stop",
                "IdleSubstateMachine",
                "ExecutingSubstateMachine",
            )
        ),
        "SystemOperation/Conditions",
    ],
    "RB:TaskControlType": [
        "ParameterSet/ExecutionMode",
        "TaskModules",
        "TaskControlOperation/MotionDevicesUnderControl",
        *(
            f"TaskControlOperation/TaskControlStateMachine/{member}"
            for member in (
                "LoadByName",
                "LoadByNodeId",
                "UnloadProgram",
                "UnloadByName",
                "UnloadByNodeId",
                "Start",
                "Stop",
                "ReadySubstateMachine/ResetToProgramStart",
            )
        ),
    ],
    "RB:TaskModuleType": ["Version", "IsReferenced"],
    "RB:SafetyStateType": ["ComponentName", "EmergencyStopFunctions", "ProtectiveStopFunctions"],
    "RB:EmergencyStopFunctionType": [],
    "RB:ProtectiveStopFunctionType": [],
    "DI:SoftwareType": ["ComponentName", "AssetId"],
    "DI:FunctionalGroupType": [],
    "DI:LockingServicesType": [],
    "MACH:MachineIdentificationType": ["Model", "Location", "ComponentName"],
    "MACH:MachineryComponentIdentificationType": ["Model"],
    "MACH:MachineComponentsType": [],
    "MACH:MachineryItemState_StateMachineType": [],
    "MACH:MachineryOperationModeStateMachineType": [],
    "MACH:MonitoringType": [],
    "MACH:NotificationsType": [],
    "PML:PackMLBaseObjectType": ["RemoteCommand", "SetInterlock", "PackMLVersion", "Admin/MachDesignSpeed"],
    "CK:ParallelGripperType": ["DeviceHealth", "Manufacturer"],
    "CK:CartesianStateType": [],
}


def instance(model: Model, type_name: str) -> dict[str, Described]:
    """What an instance looks like, by the paths of its nodes; its own node's incoming reference left out."""
    built = Built(model)
    node_id = ua.NodeId(type_name, built.uris.index(CELL))
    made = instantiate(
        model,
        model.node_id("Objects/DI:DeviceSet"),
        type_name,
        type_name.partition(":")[2],
        node_id=node_id,
        optional=INSTANCES[type_name],
    )
    return {path: built.described(node) for path, node in made.nodes.items()}


@pytest.mark.parametrize("type_name", INSTANCES)
def test_official_types_have_the_same_instances(type_name: str, model: Model, imported: Model) -> None:
    ours, theirs = instance(model, type_name), instance(imported, type_name)
    assert ours.keys() == theirs.keys()
    for path, node in ours.items():
        other = theirs[path]
        node.dimensions = [length for length in node.dimensions if length]
        other.dimensions = [length for length in other.dimensions if length]
        assert node == other, path


def test_a_complete_namespace_is_not_called_a_subset(imported: Model) -> None:
    folder = ua.NodeId(ua.ObjectIds.Server_Namespaces)
    subsets = {}
    for described in imported.space[folder].references:
        if described.IsForward:
            for member in imported.space[described.NodeId].references:
                if member.BrowseName.Name == "IsNamespaceSubset":
                    subsets[described.BrowseName.Name] = imported.value(member.NodeId, ua.AttributeIds.Value)
    assert {uri: subsets[uri] for uri in COMPANION_URIS} == dict.fromkeys(COMPANION_URIS, False)


def test_imported_nodes_and_their_references_are_the_official_ones(
    imported: Model, official: dict[Id, Described]
) -> None:
    """The importer alone would join parents and children twice, and fails on what only design tools need."""
    there = Built(imported).nodes()
    assert there.keys() == {node for node in official if node[0] in COMPANION_URIS}
    hierarchical = {(CORE_URI, number) for number in (35, 46, 47, 17604)}  # Organizes, property, component, add-in
    different = {}
    for node, found in there.items():
        mine = {reference for reference in among_official_nodes(found) if reference[0] in hierarchical}
        wanted = {reference for reference in official[node].references if reference[0] in hierarchical}
        if mine != wanted:
            different[node] = (mine - wanted, wanted - mine)
    assert different == {}


@pytest.mark.parametrize("left_out", ["Opc.Ua.IA.NodeSet2.xml", "Opc.Ua.Robotics.NodeSet2.xml"])
def test_a_folder_that_misses_a_file_is_refused(left_out: str, folder: Path, model: Model, tmp_path: Path) -> None:
    for file in FILES:
        if file != left_out:
            (tmp_path / file).symlink_to(folder / file)
    before = len(model.space.keys())
    name = left_out.split(".")[2]
    with pytest.raises(ConfigError, match=f"has no NodeSet2 file of http://opcfoundation.org/UA/{name}/"):
        asyncio.run(add_types(model.server, tmp_path))
    assert len(model.space.keys()) == before


def test_a_file_that_lacks_a_node_is_refused(folder: Path, tmp_path: Path) -> None:
    for file in FILES:
        (tmp_path / file).symlink_to(folder / file)
    packml = tmp_path / "Opc.Ua.PackML.NodeSet2.xml"
    tree = ElementTree.parse(packml)
    root = tree.getroot()
    [node] = [node for node in root if node.get("NodeId") == "ns=1;i=252"]
    root.remove(node)
    packml.unlink()
    tree.write(packml)
    lacks = r"PackML/ lacks PML:PackMLAdminObjectType/PML:AccTimeSinceReset \(i=252\)"
    with pytest.raises(ConfigError, match=lacks):
        asyncio.run(_build(tmp_path))
