"""The driver of sensors: what it checks when it connects, faults of the sensor, logins."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from cellkit_iolink.config import IotCoreConfig
from cellkit_iolink.driver import IotCoreSensor
from cellkit_iolink.virtual import VirtualIotCoreSensor, VirtualJsonSensor
from iolink_bench import HOST, RawMaster, SensorBench, http_answer, play, rest_of
from iolink_sensing import BOTH, SOON, core_answer, failing, good, raw_sensor, sensing

from cellkit.devices import Lifecycle, ProximitySensor
from cellkit.errors import (
    ConfigError,
    ConnectionFailed,
    ConnectionLost,
    DeviceFault,
    MotionTimeout,
)
from cellkit.models.load import load_sensor
from cellkit.models.sensor import DistanceModel
from cellkit.timing import now, run
from cellkit.transport import MemoryNetwork, RecordingNetwork
from cellkit.transport.recording import Passed

# --- connecting -----------------------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize(
    ("switch", "words"),
    [
        ("wrong", ("vendor 310, device 65535 (another sensor)", "vendor 310, device 1012 (OGD592)")),
        ("unplug", ("no device is connected",)),
        ("mode 1", ("mode",)),
        ("mode 0", ("mode",)),
    ],
)
def test_a_port_without_the_right_sensor_is_no_connection(protocol: str, switch: str, words: tuple[str, ...]) -> None:
    async def test(bench: SensorBench) -> None:
        bench.throw(switch)
        sensor = bench.sensor()
        await failing(sensor.connect(), ConnectionFailed, "port 1", *words)
        assert sensor.lifecycle is Lifecycle.CLOSED
        bench.throw("mode 3")
        bench.throw("plug")
        await sensor.connect()
        await sensor.close()

    play(SensorBench(protocol), test)


@BOTH
def test_another_variant_of_the_same_device_is_refused_by_its_name(protocol: str) -> None:
    async def test(bench: SensorBench) -> None:
        unit: Any = bench.virtual
        io_link = unit.unit._io_link.model_copy(update={"product_name": "OGD593"})
        unit.unit._io_link = io_link
        await failing(bench.sensor().connect(), ConnectionFailed, "(OGD593)", "(OGD592)", "ogd592")

    play(SensorBench(protocol), test)


@BOTH
def test_a_sensor_that_starts_up_is_waited_for(protocol: str) -> None:
    async def test(bench: SensorBench) -> None:
        bench.throw("plug")
        before = now()
        async with bench.sensor() as sensor:
            assert 0.2 < now() - before < 0.6
            assert await sensor.distance() is None

    play(SensorBench(protocol), test)


@BOTH
def test_a_sensor_that_never_starts_is_no_connection(protocol: str) -> None:
    async def test(bench: SensorBench) -> None:
        unit: Any = bench.virtual
        unit.unit._operating_at = 1000.0
        before = now()
        await failing(bench.sensor().connect(), ConnectionFailed, "starting up")
        assert 4.9 < now() - before < 6.0

    play(SensorBench(protocol), test)


@BOTH
def test_a_port_that_the_master_has_not(protocol: str) -> None:
    async def test(bench: SensorBench) -> None:
        await failing(bench.sensor(port=9).connect(), ConnectionFailed, "has no port 9")

    play(SensorBench(protocol), test)


def test_a_json_sensor_is_found_by_its_alias() -> None:
    async def test(bench: SensorBench) -> None:
        async with rest_of(bench) as client:
            await client.post("/masters/1/ports/1/configuration", {"deviceAlias": "Band 1, oben?"})
        for settings in ({"alias": "Band 1, oben?", "port": 3}, {}):
            async with bench.sensor(**settings) as sensor:
                assert await sensor.distance() is None
        await failing(bench.sensor(alias="beam").connect(), ConnectionFailed, "deviceAlias 'beam'", "1 (Band 1, oben?)")
        await failing(bench.sensor(master=2).connect(), ConnectionFailed, "masterNumber not found (302)")

    play(SensorBench("json"), test)


@BOTH
def test_nobody_there_and_somebody_else(protocol: str) -> None:
    async def main() -> None:
        bench = SensorBench(protocol)
        await failing(bench.sensor().connect(), ConnectionFailed, "connection refused")
        other = SensorBench("json" if protocol == "iotcore" else "iotcore")
        bench.network = other.network
        await other.virtual.start(other.network, HOST)
        sensor = bench.sensor()
        await failing(sensor.connect(), ConnectionFailed, "HTTP 404" if protocol == "iotcore" else "no list of devices")
        assert sensor.lifecycle is Lifecycle.CLOSED
        await other.virtual.stop()

    run(main())


def test_a_model_that_knows_no_io_link_is_a_mistake_in_the_cell() -> None:
    model = load_sensor("ogd592", DistanceModel).model_copy(update={"io_link": None})
    with pytest.raises(ConfigError, match="io_link"):
        IotCoreSensor("sensor", model, IotCoreConfig(), MemoryNetwork())


# --- faults of the sensor -------------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize(
    ("switch", "code", "back"),
    [
        ("unplug", "not-connected", "plug"),
        ("wrong", "wrong-device", "plug"),
        ("glare", "no-measurement", "glare off"),
        ("invalid", "invalid", "invalid off"),
        ("mode 0", "wrong-mode", "mode 3"),
        ("mode 2", "wrong-mode", "mode 3"),
    ],
)
def test_faults_end_waits_and_go_by_themselves(protocol: str, switch: str, code: str, back: str) -> None:
    async def test(bench: SensorBench, sensor: ProximitySensor) -> None:
        waiting = asyncio.ensure_future(sensor.wait_for(False))
        await asyncio.sleep(SOON)
        bench.throw(switch)
        await asyncio.wait({waiting}, timeout=SOON)
        assert waiting.done(), "the sensor has a fault, and somebody still waits for it"
        error = waiting.exception()
        assert isinstance(error, DeviceFault)
        assert error.code in (code, "starting")  # a sensor of another kind starts up first
        await asyncio.sleep(0.5)
        assert (await failing(sensor.distance(), DeviceFault)).code == code
        assert sensor.lifecycle is Lifecycle.OPEN, "the master is still there"
        bench.throw(back)
        await asyncio.sleep(0.5)
        assert await sensor.distance() == pytest.approx(0.18)

    sensing(protocol, test)


@BOTH
def test_a_sensor_that_is_plugged_in_again_starts_up_first(protocol: str) -> None:
    async def test(bench: SensorBench, sensor: ProximitySensor) -> None:
        bench.throw("unplug")
        await asyncio.sleep(SOON)
        bench.throw("plug")
        await asyncio.sleep(SOON)
        error = await failing(sensor.distance(), DeviceFault, "starting up")
        assert (error.code, error.recoverable) == ("starting", True)
        await asyncio.sleep(0.5)
        assert await sensor.distance() == pytest.approx(0.18)

    sensing(protocol, test)


def test_json_another_sensor_is_noticed_at_its_first_measurement() -> None:
    async def test(bench: SensorBench, sensor: ProximitySensor) -> None:
        bench.throw("unplug")
        await asyncio.sleep(SOON)
        bench.throw("wrong")
        seen: list[object] = []

        def look() -> None:
            seen.append(getattr(sensor, "_seen").fault)  # noqa: B009

        forget = sensor._watch(look)
        await asyncio.sleep(0.5)
        forget()
        assert seen == ["starting", "wrong-device"], "no distance of the wrong sensor was ever shown"

    sensing("json", test)


def test_json_a_swap_that_no_look_has_seen_is_noticed_within_a_second() -> None:
    async def test(bench: SensorBench, sensor: ProximitySensor) -> None:
        unit: Any = bench.virtual
        unit.unit.wrong = True  # the same port goes on as if nothing had been
        await asyncio.sleep(1.1)
        assert (await failing(sensor.distance(), DeviceFault)).code == "wrong-device"

    sensing("json", test)


def test_core_status_wrong_with_the_right_device_is_a_communication_error() -> None:
    # Manuals differ about status 3: "wrong device" and "communication error".
    answers = {
        "mode": 3,
        "status": 2,
        "vendorid": 310,
        "deviceid": 1012,
        "productname": "OGD592",
        "pdin": "00B4" + 12 * "0",
    }

    def answer(cid: int, **changed: Any) -> bytes:
        values = answers | changed
        data = {
            f"/iolinkmaster/port[1]/{'' if name == 'mode' else 'iolinkdevice/'}{name}": {"code": 200, "data": value}
            for name, value in values.items()
        }
        return http_answer(json.dumps({"cid": cid, "data": data, "code": 200}).encode())

    async def main() -> None:
        raw = RawMaster(answer(1), answer(2), answer(3, status=3), answer(4, deviceid=7, status=3), b"")
        async with raw_sensor(raw) as sensor:
            codes = []
            for _ in range(2):
                await asyncio.sleep(0.02)
                codes.append((await failing(sensor.distance(), DeviceFault)).code)
            assert codes == ["communication", "wrong-device"]

    run(main())


@BOTH
def test_a_variant_that_takes_the_place_of_the_right_sensor_is_noticed_by_its_name(protocol: str) -> None:
    async def test(bench: SensorBench, sensor: ProximitySensor) -> None:
        bench.throw("unplug")
        await asyncio.sleep(SOON)
        unit: Any = bench.virtual
        unit.unit._io_link = unit.unit._io_link.model_copy(update={"product_name": "OGD593"})
        bench.throw("plug")
        await asyncio.sleep(0.5)
        error = await failing(sensor.distance(), DeviceFault, "OGD593", "OGD592")
        assert error.code == "wrong-device"

    sensing(protocol, test)


def test_json_a_port_whose_alias_somebody_changes_is_found_again() -> None:
    async def test(bench: SensorBench, sensor: ProximitySensor) -> None:
        named = bench.sensor(alias="master1port1")
        await named.connect()
        async with rest_of(bench) as client:
            await client.post("/masters/1/ports/1/configuration", {"deviceAlias": "beam"})
        await asyncio.sleep(SOON)
        assert await sensor.distance() == pytest.approx(0.18)
        error = await failing(named.distance(), DeviceFault, "deviceAlias not found")
        assert error.code == "304"
        await named.close()

    sensing("json", test)


@pytest.mark.parametrize(
    ("items", "code", "words"),
    [
        ({"pdin": (530, None)}, "invalid", "the data is invalid (530)"),
        ({"pdin": (500, None)}, "500", "internal fault of the master (500)"),
        ({"pdin": (503, None)}, "not-connected", "no process data"),
        ({"vendorid": (531, None)}, "531", "IO-Link error (531)"),
        ({"deviceid": (500, None)}, "500", "internal fault"),
        ({"vendorid": (503, None)}, "not-connected", "no device"),
        ({"status": (530, None)}, "530", "the data is invalid (530)"),
        ({"mode": (200, 1)}, "wrong-mode", "mode 1 (digital input), not 3 (IO-Link)"),
        ({"mode": (200, 9)}, "wrong-mode", "mode 9, not 3"),
    ],
)
def test_core_each_data_point_has_its_own_diagnosis(items: Any, code: str, words: str) -> None:
    async def main() -> None:
        raw = RawMaster(core_answer(1, {}), core_answer(2, {}), core_answer(3, items), good(4), b"")
        async with raw_sensor(raw) as sensor:
            await asyncio.sleep(0.01)
            error = await failing(sensor.distance(), DeviceFault, words)
            assert error.code == code
            await asyncio.sleep(0.02)
            assert await sensor.distance() == pytest.approx(0.18)

    run(main())


@pytest.mark.parametrize("code", [230, 231, 232, 233])
def test_core_other_codes_of_success_are_success(code: int) -> None:
    async def main() -> None:
        raw = RawMaster(*(core_answer(cid, {"pdin": (code, "00B4" + 12 * "0")}, code) for cid in (1, 2)), b"")
        async with raw_sensor(raw) as sensor:
            assert await sensor.distance() == pytest.approx(0.18)

    run(main())


@BOTH
def test_what_a_fault_says(protocol: str) -> None:
    async def test(bench: SensorBench, sensor: ProximitySensor) -> None:
        bench.throw("glare")
        await asyncio.sleep(SOON)
        await failing(sensor.distance(), DeviceFault, "fault no-measurement", "32764 counts")
        bench.throw("invalid")
        await asyncio.sleep(SOON)
        await failing(sensor.wait_for(True), DeviceFault, "fault invalid", "invalid")
        await failing(sensor.present(), DeviceFault)

    sensing(protocol, test)


# --- logins ---------------------------------------------------------------------------------------------------------


def test_core_security_mode() -> None:
    async def test(bench: SensorBench) -> None:
        bench.beam.put(0.18)
        core: Any = bench.virtual
        assert isinstance(core, VirtualIotCoreSensor)
        core.core.security = True
        await failing(bench.sensor().connect(), ConnectionFailed, "`user` and `password`")
        await failing(bench.sensor(user="administrator", password="x").connect(), ConnectionFailed, "`user`")
        async with bench.sensor(user="administrator", password="password") as sensor:
            assert await sensor.distance() == pytest.approx(0.18)
            core.core.password = "another"
            await failing(sensor.wait_for(False), ConnectionLost, "`user` and `password`")
        bench.throw("secure")  # as on a real one: encrypted too
        login = {"user": "administrator", "password": "another"}
        await failing(bench.sensor(**login).connect(), ConnectionFailed)
        async with bench.sensor(tls=True, **login) as sensor:
            assert await sensor.distance() == pytest.approx(0.18)
        wrong = bench.sensor(tls=True, certificate="00" * 32, **login)
        await failing(wrong.connect(), ConnectionFailed, "fingerprint")
        assert core.identity is not None
        async with bench.sensor(tls=True, certificate=core.identity.fingerprint, **login) as sensor:
            assert await sensor.present()

    play(SensorBench("iotcore"), test)


def test_json_login() -> None:
    async def test(bench: SensorBench) -> None:
        bench.beam.put(0.18)
        assert isinstance(bench.virtual, VirtualJsonSensor)
        bench.throw("secure")
        await failing(bench.sensor().connect(), ConnectionFailed, "`user` and `password`")
        async with bench.sensor(user="admin", password="private") as sensor:
            assert await sensor.distance() == pytest.approx(0.18)
        await failing(bench.sensor(user="admin", password="x").connect(), ConnectionFailed, "`user`")

    play(SensorBench("json"), test)


def test_json_in_the_other_spelling() -> None:
    async def test(bench: SensorBench, sensor: ProximitySensor) -> None:
        bench.throw("spelling iolink")
        bench.beam.put(0.2)
        await asyncio.sleep(SOON)
        assert await sensor.distance() == pytest.approx(0.2)

    sensing("json", test)


# --- the rest -------------------------------------------------------------------------------------------------------


@BOTH
def test_a_beam_that_is_free_is_none_and_waits_time_out(protocol: str) -> None:
    async def test(bench: SensorBench, sensor: ProximitySensor) -> None:
        await failing(sensor.wait_for(False, timeout=0.5), MotionTimeout)
        bench.beam.put(None)
        await sensor.wait_for(False, timeout=SOON)
        assert await sensor.distance() is None
        bench.beam.put(0.4)  # beyond its range
        await asyncio.sleep(SOON)
        assert await sensor.distance() is None
        bench.beam.put(0.01)  # nearer than its range
        await asyncio.sleep(SOON)
        await failing(sensor.distance(), DeviceFault, "cannot measure")

    sensing(protocol, test)


@BOTH
def test_the_same_run_gives_the_same_bytes(protocol: str) -> None:
    def once() -> list[Passed]:
        bench = SensorBench(protocol)
        recorded: list[Passed] = []

        async def test(started: SensorBench) -> None:
            network = RecordingNetwork(started.network, recorded.append)
            started.network = network  # type: ignore[assignment]
            async with started.sensor() as sensor:
                for distance in (0.18, None, 0.25):
                    started.beam.put(distance)
                    await asyncio.sleep(0.3)
                started.throw("unplug")
                await asyncio.sleep(0.3)
                await failing(sensor.distance(), DeviceFault)

        play(bench, test)
        return recorded

    first = once()
    assert len(first) > 50
    assert first == once()
