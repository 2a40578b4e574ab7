"""The types that we build are the official ones: node by node, attribute by attribute, reference by reference."""

from __future__ import annotations

import asyncio

import pytest
from asyncua import Server
from nodeset_reader import HAS_RULE, MANDATORY, ONE_WAY, Built, Described, Id, among_official_nodes, read_official
from npm import official_nodesets

from cellkit.opcua.model.builder import add_types
from cellkit.opcua.model.model import Model
from cellkit.opcua.model.namespaces import CORE_URI

pytestmark = pytest.mark.clients


@pytest.fixture(scope="module")
def official() -> dict[Id, Described]:
    return read_official(official_nodesets())


async def _build() -> Model:
    server = Server()
    await server.init()
    return await add_types(server)


@pytest.fixture(scope="module")
def built() -> dict[Id, Described]:
    return Built(asyncio.run(_build())).nodes()


def test_every_node_that_we_build_is_an_official_one(built: dict[Id, Described], official: dict[Id, Described]) -> None:
    assert len(built) > 950
    assert built.keys() - official.keys() == set()


@pytest.mark.parametrize(
    "what",
    [
        "node_class",
        "browse_name",
        "data_type",
        "rank",
        "fields",
        "is_abstract",
        "is_symmetric",
        "inverse_name",
        "notifier",
    ],
)
def test_its_attributes_are_the_official_ones(
    what: str, built: dict[Id, Described], official: dict[Id, Described]
) -> None:
    different = {
        node: (getattr(ours, what), getattr(official[node], what))
        for node, ours in built.items()
        if getattr(ours, what) != getattr(official[node], what)
    }
    assert different == {}


def test_its_array_dimensions_are_the_official_ones(built: dict[Id, Described], official: dict[Id, Described]) -> None:
    """Zero is "of any length", and so is no dimension at all."""
    different = {
        node: (ours.dimensions, official[node].dimensions)
        for node, ours in built.items()
        if [length for length in ours.dimensions if length]
        != [length for length in official[node].dimensions if length]
    }
    assert different == {}


def test_its_constants_and_arguments_are_the_official_ones(
    built: dict[Id, Described], official: dict[Id, Described]
) -> None:
    # One declaration's list is empty in the official file, where its type has the six reasons: we say them.
    empty = [(0, None)]
    different = {
        node: (ours.value, official[node].value)
        for node, ours in built.items()
        if ours.value != official[node].value and official[node].value != empty
    }
    assert different == {}
    assert sum(ours.value is not None for ours in built.values()) > 150
    assert sum(official[node].value == empty for node in built) <= 1


def test_its_references_are_the_official_ones(built: dict[Id, Described], official: dict[Id, Described]) -> None:
    """Of type and direction, modelling rules and type definitions included, to all nodes that both have."""
    different = {}
    for node, ours in built.items():
        wanted = {
            (kind, is_forward, target)
            for kind, is_forward, target in official[node].references
            if (target in built or target[0] == CORE_URI) and (is_forward or kind not in ONE_WAY)
        }
        mine = among_official_nodes(ours)
        if mine != wanted:
            different[node] = (mine - wanted, wanted - mine)
    assert different == {}


def test_no_mandatory_member_of_a_type_is_left_out(built: dict[Id, Described], official: dict[Id, Described]) -> None:
    """A member that is left out is optional, or below one that is."""
    left_out = {
        target
        for node in built
        for kind, is_forward, target in official[node].references
        if is_forward and target[0] != CORE_URI and target not in built and kind not in ONE_WAY
        if (HAS_RULE, True, MANDATORY) in official[target].references
    }
    assert {official[node].browse_name for node in left_out} == set()


def test_the_whole_of_robotics_is_there(built: dict[Id, Described], official: dict[Id, Described]) -> None:
    uri = CORE_URI + "Robotics/"
    left_out = {node for node in official if node[0] == uri} - built.keys()
    described = {node for node in left_out if official[node].browse_name[1] == uri}
    metadata = {target for node in described for _, is_forward, target in official[node].references if is_forward}
    assert left_out - described - metadata == set()
