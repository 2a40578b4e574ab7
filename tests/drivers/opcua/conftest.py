"""The fixtures of the OPC UA driver's tests: one plain server that is a PLC with all that they need."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from opcua_plc import Plc

from tests.opcua.plain_server import patient_opening


@pytest.fixture(scope="session")
def _plc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plc]:
    plc = Plc(tmp_path_factory.mktemp("plc"))
    plc.start()
    yield plc
    plc.end()


@pytest.fixture
def plc(_plc: Plc) -> Plc:
    _plc.reset()
    return _plc


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    patient_opening(monkeypatch)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that share a server stay in one worker."""
    here = f"{Path(__file__).parent}/"
    for item in items:
        if str(item.path).startswith(here):
            group = "opcua gateway" if "gateway" in item.path.stem else "opcua plc"
            item.add_marker(pytest.mark.xdist_group(group))
