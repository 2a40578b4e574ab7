"""The fixtures of the OPC UA driver's tests: one plain server that is a PLC with all that they need."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from opcua_plc import Plc

from tests.opcua.plain_server import patient_opening
from tests.opcua.standard_space import shared_standard_nodes


@pytest.fixture(scope="session", autouse=True)
def _standard_nodes_are_made_once() -> Iterator[None]:
    with shared_standard_nodes():
        yield


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
