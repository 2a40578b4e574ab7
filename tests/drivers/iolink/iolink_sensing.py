"""What tests of the IO-Link driver share: a connected sensor, errors with their words, answers of an IoT Core."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from cellkit_iolink.config import IotCoreConfig, JsonConfig
from cellkit_iolink.driver import IotCoreSensor, JsonSensor, MasterSensor
from iolink_bench import HOST, PROTOCOLS, RawMaster, SensorBench, http_answer, play

from cellkit.errors import (
    DeviceError,
)
from cellkit.models.load import load_sensor
from cellkit.models.sensor import DistanceModel
from cellkit.transport import MemoryNetwork

SOON = 0.1
BOTH = pytest.mark.parametrize("protocol", PROTOCOLS)


def sensing(protocol: str, test: Callable[[Any, Any], Awaitable[None]], **settings: Any) -> None:
    """A test with a sensor that is connected, something standing 0.18 m before it."""

    async def main(bench: SensorBench) -> None:
        bench.beam.put(0.18)
        async with bench.sensor(**settings) as sensor:
            await test(bench, sensor)

    play(SensorBench(protocol), main)


async def failing(work: Awaitable[Any], kind: type[DeviceError], *words: str) -> Any:
    with pytest.raises(kind) as caught:
        await work
    for word in words:
        assert word in str(caught.value), f"{word!r} not in {caught.value}"
    return caught.value


def raw_sensor(raw: RawMaster, protocol: str = "iotcore") -> Any:
    """A sensor at a raw master; an asynchronous context."""
    network = MemoryNetwork()

    class Open:
        async def __aenter__(self) -> MasterSensor[Any]:
            self.listener = await network.listen(HOST, 80, raw.serve)
            model = load_sensor("ogd592", DistanceModel)
            self.sensor: MasterSensor[Any]
            if protocol == "iotcore":
                self.sensor = IotCoreSensor("sensor", model, IotCoreConfig(answer_timeout=0.5), network)
            else:
                self.sensor = JsonSensor("sensor", model, JsonConfig(answer_timeout=0.5), network)
            try:
                await self.sensor.connect()
            except BaseException:
                self.listener.close()
                raise
            return self.sensor

        async def __aexit__(self, *_error: object) -> None:
            await self.sensor.close()
            self.listener.close()

    return Open()


def core_answer(cid: int, items: dict[str, tuple[int, Any]], code: int = 200, slash: str = "/") -> bytes:
    """An answer of an IoT Core about port 1 with an OGD592: other codes and values by the name of a data point."""
    right = {
        "mode": (200, 3),
        "status": (200, 2),
        "vendorid": (200, 310),
        "deviceid": (200, 1012),
        "productname": (200, "OGD592"),
        "pdin": (200, "00B4" + 12 * "0"),
    }
    data = {
        f"{slash}iolinkmaster/port[1]/{'' if name == 'mode' else 'iolinkdevice/'}{name}": {
            "code": own,
            "data": value,
        }
        for name, (own, value) in (right | items).items()
    }
    return http_answer(json.dumps({"cid": cid, "data": data, "code": code}).encode())


def good(cid: int) -> bytes:
    """The right one, with paths as the manuals' examples have them."""
    return core_answer(cid, {}, slash="")
