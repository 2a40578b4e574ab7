"""One server with the types, built once for the module's tests and never started."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from asyncua import Server
from robot_cell import CELL

from cellkit.opcua.model.builder import add_types
from cellkit.opcua.model.model import Model


@pytest.fixture(scope="session")
def loop() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


async def _build() -> Model:
    server = Server()
    await server.init()
    model = await add_types(server)
    await server.register_namespace(CELL)
    return model


@pytest.fixture(scope="session")
def model(loop: asyncio.Runner) -> Model:
    return loop.run(_build())
