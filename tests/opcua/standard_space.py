"""The nodes of the core namespace, made once for all servers of a test process: each server gets copies of them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from asyncua.server.address_space import AddressSpace, AttributeValue, NodeData
from asyncua.server.internal_server import InternalServer

from cellkit.opcua.model.standard_nodes import add_standard_nodes
from cellkit.opcua.security import internal_server


@cache
def _standard() -> AddressSpace:
    space = AddressSpace()
    add_standard_nodes(space)
    return space


def copy_standard_nodes(space: AddressSpace) -> None:
    """Add copies of the nodes to an empty address space. They share values and references, which are never changed."""
    made = _standard()
    for node_id in made.keys():  # noqa: SIM118 - an address space is no dict
        original = made[node_id]
        node = space[node_id] = NodeData(node_id)
        node.attributes = {key: AttributeValue(held.value) for key, held in original.attributes.items()}
        node.references = list(original.references)


async def _load(server: InternalServer, _shelf_file: Path | None = None) -> None:
    copy_standard_nodes(server.aspace)


@contextlib.contextmanager
def shared_standard_nodes() -> Iterator[None]:
    """Let all servers of this process, ours and asyncua's own, start with copies: to make the nodes takes much longer.

    ``tests/opcua/model/test_standard_nodes.py`` checks that both make the same nodes.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(internal_server, "add_standard_nodes", copy_standard_nodes)
        patch.setattr(InternalServer, "load_standard_address_space", _load)
        yield
