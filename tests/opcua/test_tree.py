"""The instance tree: everything mandatory exists, for every kind of device, and its NodeIds never change."""

from __future__ import annotations

import asyncio
import itertools
from functools import cache
from typing import Any

import pytest
from asyncua import Server, ua

from cellkit.opcua.kinds.device_nodes import Tree
from cellkit.opcua.model.builder import add_types
from cellkit.opcua.model.model import Model
from cellkit.opcua.tree import build_tree
from tests.supervision.rig import Served, serve

SCENARIOS = ("pick_and_place", "feeder_pick", "shared_workspace", "machine_tending")
CELL = 20  # namespace index of no importance


@cache
def described(scenario: str, arm: str = "ur5e") -> dict[str, Any]:
    found: dict[str, Any] = {}

    async def body(cell: Served) -> None:
        found.update(cell.supervisor.description())

    serve(body, scenario=scenario, arm=arm)
    return found


async def started() -> tuple[Server, Model]:
    server = Server()
    await server.init()
    return server, await add_types(server)


@cache
def shared() -> tuple[Server, Model]:
    """A server with the types, which take a second to build: every tree has a namespace of its own in it."""
    return asyncio.run(started())


def tree_of(description: dict[str, Any], start: tuple[Server, Model] | None = None) -> tuple[Model, Tree]:
    server, model = start or shared()
    namespace = asyncio.run(server.register_namespace(f"urn:cellkit:cell:{next(_numbers)}"))
    return model, build_tree(model, namespace, description)


_numbers = itertools.count()


@cache
def of(scenario: str) -> tuple[Model, Tree]:
    return tree_of(described(scenario))


def instances(model: Model, namespace: int) -> set[str]:
    return {node.Identifier for node in list(model.space.keys()) if node.NamespaceIndex == namespace}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_mandatory_member_is_there(scenario: str) -> None:
    model, tree = of(scenario)
    missing = []
    for node in [one for one in list(model.space.keys()) if one.NamespaceIndex == tree.namespace]:
        data = model.data(node)
        kind = next(
            (one.NodeId for one in data.references if one.ReferenceTypeId.Identifier == ua.ObjectIds.HasTypeDefinition),
            None,
        )
        if kind is None:
            continue
        members = {one.BrowseName.Name for one in data.references if one.IsForward}
        for member in model.declarations.members(model.declarations.of_type(kind)):
            if member.is_mandatory and member.browse_name.Name not in members:
                missing.append(f"{node.Identifier}: {member.browse_name.Name}")
    assert not missing


def test_the_folders_of_the_standard_have_a_member_each() -> None:
    model, tree = of("pick_and_place")
    ids = instances(model, tree.namespace)
    for folder in ("Controllers/robot", "MotionDevices/robot", "SafetyStates/robot"):
        assert f"pick_and_place/{folder}" in ids
    for path in ("Axes/A6", "PowerTrains/PT6/Motor", "Cartesian/TcpPose", "FlangeLoad/Mass/EngineeringUnits"):
        assert f"pick_and_place/MotionDevices/robot/{path}" in ids
    for path in ("Software/cellkit", "TaskControls/Main", "SystemOperation/SystemOperationStateMachine/GetReady"):
        assert f"pick_and_place/Controllers/robot/{path}" in ids


def test_node_ids_are_the_same_in_every_start_and_for_every_brand() -> None:
    first, again = of("pick_and_place"), tree_of(described("pick_and_place"), asyncio.run(started()))
    other = tree_of(described("pick_and_place", "crx-10ia"))
    ids = [instances(model, tree.namespace) for model, tree in (first, again, other)]
    assert ids[0] == ids[1] == ids[2]


def test_an_arm_of_seven_joints_has_seven_axes() -> None:
    model, tree = tree_of(described("pick_and_place", "fr3"))
    ids = instances(model, tree.namespace)
    assert "pick_and_place/MotionDevices/robot/Axes/A7/ParameterSet/ActualPosition" in ids


def test_a_camera_says_what_the_cell_file_says() -> None:
    model, tree = of("pick_and_place")
    below = tree.devices["vision"].Identifier
    found = {
        name: model.value(ua.NodeId(f"{below}/ParameterSet/{name}", tree.namespace), ua.AttributeIds.Value)
        for name in ("Width", "Height", "Finds")
    }
    assert found == {"Width": 320, "Height": 240, "Finds": ["part"]}
