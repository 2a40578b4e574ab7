"""What the load tests share: one served cell, and one worker, since they measure."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.opcua.gateway_rig import State
from tests.opcua.load.load_rig import LoadedCell, loaded_cell


@pytest.fixture(scope="package")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoadedCell]:
    """The counting cell, served; its certificate is for its name, so it has a state of its own."""
    folder = tmp_path_factory.mktemp("load")
    with loaded_cell(State(folder / "state"), folder) as cell:
        yield cell
