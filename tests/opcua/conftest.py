"""What the gateway's tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.opcua.gateway_rig import ServedCell, State, served
from tests.opcua.standard_space import shared_standard_nodes
from tests.patience import cell_speed


@pytest.fixture(scope="session", autouse=True)
def _standard_nodes_are_made_once() -> Iterator[None]:
    with shared_standard_nodes():
        yield


@pytest.fixture(scope="session")
def state(tmp_path_factory: pytest.TempPathFactory) -> State:
    """Users and keys, made once: a key takes a while."""
    return State(tmp_path_factory.mktemp("gateway"))


@pytest.fixture(scope="module")
def wired_cell(state: State) -> Iterator[ServedCell]:
    """The shipped pick_and_place on virtual controllers, kinematic, at most four times as fast as real."""
    speed = f"{cell_speed(4.0):.2g}"
    with served(state, "pick_and_place", "--path", "wire", "--quantity", "2", "--speed", speed) as cell:
        yield cell
