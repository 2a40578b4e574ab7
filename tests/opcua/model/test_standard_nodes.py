"""The nodes of the core namespace are asyncua's own: order, references and attributes."""

from __future__ import annotations

from asyncua.server.address_space import AddressSpace, NodeManagementService
from asyncua.server.standard_address_space.standard_address_space import fill_address_space

from cellkit.opcua.model.standard_nodes import add_standard_nodes


def test_the_standard_nodes_are_asyncuas_own() -> None:
    ours, theirs = AddressSpace(), AddressSpace()
    add_standard_nodes(ours)
    fill_address_space(NodeManagementService(theirs))
    assert list(ours.keys()) == list(theirs.keys())
    for node_id in theirs.keys():  # noqa: SIM118 - an address space is no dict
        mine, other = ours[node_id], theirs[node_id]
        assert repr(mine.references) == repr(other.references)
        values = [{key: repr(held.value) for key, held in node.attributes.items()} for node in (mine, other)]
        assert values[0] == values[1]
