"""The driver: how it starts, what it makes of scans, counters and states, and what it refuses."""

from __future__ import annotations

import asyncio
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cellkit_sick.clock import ScannerClock
from cellkit_sick.config import ColaAConfig
from cellkit_sick.driver import ColaAScanner
from cellkit_sick.protocol.scandata import Channel, ScanData, decode_scan, encode_scan
from cellkit_sick.protocol.telegrams import COLA_A, COLA_B, Telegram, decode
from cellkit_sick.scans import channel_grid, model_grid, range_grid, to_counts, to_ranges, to_scan
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from sick_raw import HOST, Table, bench

from cellkit.cell.kinds.scanner import BENCH_FIELDS as FIELD
from cellkit.devices import Lifecycle
from cellkit.errors import CommandRejected, ConnectionFailed, ConnectionLost, DeviceFault
from cellkit.models.load import load_model
from cellkit.models.sensor import ScannerModel
from cellkit.testing.contract import events, refused
from cellkit.transport.recording import Passed, RecordingNetwork

GOLDEN = (Path(__file__).parent / "golden" / "tim571_osgar.txt").read_bytes().rstrip(b"\n")


def scanner(name: str = "tim571") -> ScannerModel:
    model = load_model(name)
    assert isinstance(model, ScannerModel)
    return model


def driver(table: Table, model: ScannerModel | None = None, **settings: Any) -> ColaAScanner:
    """Another driver at the table, with its own settings."""
    config = ColaAConfig(host=HOST, cola_port=table.virtual.ports["cola"], **settings)
    return ColaAScanner("scanner", model or table.virtual.model, FIELD, config, table.rig.network)


# --- units, angles, codes -------------------------------------------------------------------------------------------


def test_the_recorded_scan_of_a_tim571_in_cellkits_units() -> None:
    data = decode_scan(COLA_A, decode(GOLDEN).body)
    model = scanner()
    assert channel_grid(data.wide[0]).fits(model_grid(model))
    scan = to_scan(data, model, 1.5, 7)
    assert (scan.stamp, scan.number, len(scan.ranges)) == (1.5, 7, 811)
    assert math.degrees(scan.angles[0]) == pytest.approx(-135.0)
    assert math.degrees(scan.angles[405]) == pytest.approx(0.0, abs=1e-6), "the middle one looks forwards"
    assert math.degrees(scan.angles[-1]) == pytest.approx(135.0, abs=1e-6), "not 134.97, as the rounded step would say"
    assert scan.ranges[0] == pytest.approx(2.171)
    assert scan.ranges[-1] == pytest.approx(1.252)
    assert int(np.isinf(scan.ranges).sum()) == 54, "no target: 0"
    assert int(np.isnan(scan.ranges).sum()) == 68, "code 2"
    assert not scan.ranges.flags.writeable
    ignoring = to_scan(data, model, 1.5, 7, [2])
    assert int(np.isinf(ignoring.ranges).sum()) == 54 + 68


def test_codes_below_16_are_no_distances() -> None:
    ranges = to_ranges(Channel("DIST1", np.arange(18.0), 0, 1))
    assert np.isinf(ranges[0])
    assert np.isnan(ranges[1:16]).all()
    assert ranges[16:].tolist() == [0.016, 0.017]
    double = Channel("DIST1", np.array([0.0, 1.0, 500.0]), 0, 1, scale=2.0, offset=10.0)
    ranges = to_ranges(double)
    assert np.isinf(ranges[0])
    assert np.isnan(ranges[1])
    assert ranges[2] == pytest.approx(1.010), "scale and offset are the telegram's"


def test_what_the_plant_sees_as_counts() -> None:
    model = scanner("lms111")
    seen = np.array([math.inf, math.nan, 0.4999, 0.5, 1.2345, 20.0, 20.001, -1.0])
    assert to_counts(seen, model).tolist() == [0, 1, 0, 500, 1234, 20000, 0, 0]


@given(st.lists(st.floats(0.05, 25.0) | st.just(math.inf) | st.just(math.nan), min_size=1, max_size=20))
def test_distances_come_back_to_the_millimetre(distances: list[float]) -> None:
    counts = to_counts(np.array(distances), scanner())
    back = to_ranges(Channel("DIST1", counts, 0, 3333))
    for true, found in zip(distances, back.tolist(), strict=True):
        assert (math.isnan(true) and math.isnan(found)) or true == found or abs(true - found) <= 0.5001e-3


@pytest.mark.parametrize(
    ("model", "start", "stop", "step", "fits"),
    [
        ("lms111", -450_000, 2_250_000, 5000, True),
        ("lms111", -449_997, 2_249_997, 5000, True),  # recorded (sick_scan_xd, issue 35)
        ("lms111", -250_000, 2_050_000, 5000, False),
        ("lms111", -450_000, 2_250_000, 2500, False),
        ("lms111", -450_000, 2_245_000, 5000, False),
        ("tim571", -450_000, 2_250_000, 3333, True),
        ("tim571", -450_000, 2_250_000, 10_000, False),
        ("tim571", -447_000, 2_250_000, 3333, False),
        ("tim571", 0, 0, 0, False),
    ],
)
def test_grids(model: str, start: int, stop: int, step: int, fits: bool) -> None:
    assert range_grid(step, start, stop).fits(model_grid(scanner(model))) is fits


# --- the scanner's clock ------------------------------------------------------------------------------------------


def scan_at(sent: int, scans: int, turn: int = 66_667) -> ScanData:
    return ScanData(1, 1, scans % 65536, (sent - turn) % 2**32, sent % 2**32, 1500, 162, ())


def test_counters_and_clock_go_on_where_the_scanners_wrap() -> None:
    clock = ScannerClock()
    begun = 2**32 - 200_000
    found = []
    for turn in range(6):
        clock.note(scan_at(begun + turn * 66_667, 65533 + turn), 100.0 + turn * 0.066667)
        found.append((clock.scans, clock.stamp))
    assert [number for number, _ in found] == [65533 + turn for turn in range(6)]
    for turn, (_, stamp) in enumerate(found):
        assert stamp == pytest.approx(100.0 + (turn - 1) * 0.066667, abs=1e-5), "when the turn began"


def test_a_telegram_that_was_slow_on_its_way_keeps_its_time() -> None:
    clock = ScannerClock()
    for turn in range(5):
        late = 0.3 if turn == 3 else 0.0
        clock.note(scan_at(turn * 100_000 + 100_000, turn), 5.0 + turn * 0.1 + late)
        assert clock.stamp == pytest.approx(5.0 + turn * 0.1 - 0.066667, abs=1e-3)


@pytest.mark.parametrize("drift", [-1e-4, 1e-4])
def test_a_quartz_that_is_off_does_not_run_away(drift: float) -> None:
    clock = ScannerClock()
    for turn in range(15 * 3600):
        true = turn / 15
        clock.note(scan_at(round(true * (1 + drift) * 1e6), turn), 50.0 + true)
    assert clock.stamp == pytest.approx(50.0 + true - 0.066667, abs=0.01)


# --- the start ----------------------------------------------------------------------------------------------------


def test_the_start_is_the_vendors() -> None:
    async def test(table: Table) -> None:
        records: list[Passed] = []
        network = RecordingNetwork(table.rig.network, records.append)
        config = ColaAConfig(host=HOST)
        device = ColaAScanner("scanner", table.virtual.model, FIELD, config, network)
        await device.connect()
        sent = b"".join(one.data for one in records if one.direction == "sent")
        assert sent.strip(b"\x02\x03").split(b"\x03\x02") == [
            b"sRN SCdevicestate", b"sEN LMDscandata 0", b"sMN SetAccessMode 3 F4724744", b"sWN EIHstCola 0",
            b"sRN DeviceIdent", b"sRN FirmwareVersion", b"sRN SerialNumber", b"sRN LMPscancfg", b"sRN LMPoutputRange",
            b"sWN LMDscandatacfg 1 0 0 1 0 0 0 0 0 0 0 1", b"sMN LMCstartmeas", b"sMN Run", b"sEN LMDscandata 1",
        ]  # fmt: skip
        assert device.identity is not None
        assert device.identity.name == "TiM571"
        assert device.identity.firmware == "V2.51"
        scan = await device.scan()
        assert len(scan.ranges) == 811
        await device.close()
        assert table.virtual.status_line().startswith("measuring, 0 clients")

    bench(test)


def test_a_scanner_that_is_not_the_models_is_refused_with_both_figures() -> None:
    async def test(table: Table) -> None:
        wrong = driver(table, scanner("lms111"))
        error = await refused(wrong.connect(), ConnectionFailed, "15 Hz", "50 Hz", because="a TiM571 for an LMS111")
        assert "541 beams" in str(error)
        assert wrong.lifecycle is Lifecycle.CLOSED
        half = scanner().model_copy(update={"frequency": scanner("lms111").frequency})
        table.virtual.head.frequency = 5000
        error = await refused(
            driver(table, half.model_copy(update={"resolution": scanner("lms111").resolution})).connect(),
            ConnectionFailed,
            "811 beams, one every 0.3333 deg from -45.00 deg",
            "541 beams, one every 0.5000 deg from -45.00 deg",
            because="another resolution",
        )

    bench(test)


def test_a_scanner_that_gives_out_less_is_refused_or_told_to_give_out_all() -> None:
    async def test(table: Table) -> None:
        client = await table.client()
        await client.login()
        await client.ask("sWN LMPoutputRange 1 1388 0 1B7740")
        await client.ask("sMN Run")
        await refused(
            driver(table).connect(), ConnectionFailed, "361 beams", "541 beams", "set_output_range",
            because="a narrower output range",
        )  # fmt: skip
        assert await client.say("sRN LMPoutputRange") == "sRA LMPoutputRange 1 1388 0 1B7740", "left as it is"
        device = driver(table, set_output_range=True)
        await device.connect()
        assert len((await device.scan()).ranges) == 541
        assert await client.say("sRN LMPoutputRange") == "sRA LMPoutputRange 1 1388 FFF92230 225510"
        await device.close()

    bench(test, "lms111")


def test_somebody_who_changes_the_settings_meanwhile_is_a_fault() -> None:
    async def test(table: Table) -> None:
        device = driver(table)
        await device.connect()
        client = await table.client()
        await client.login()
        await client.ask("sWN LMPoutputRange 1 1388 0 1B7740")
        await device.scan()
        await client.ask("sMN Run")
        await asyncio.sleep(0.1)
        error = await refused(device.scan(), DeviceFault, "361 beams", because="a scan that is not the model's")
        assert error.code == "settings"
        await device.close()

    bench(test, "lms111")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"password": "00000000"}, "SetAccessMode 0"),
        ({"cola_port": 2112}, "no answer to sRN SCdevicestate"),  # CoLa B
        ({"cola_port": 2113}, "no TiM571 (CoLa A)"),
    ],
)
def test_a_start_that_cannot_be(settings: dict[str, Any], words: str) -> None:
    async def test(table: Table) -> None:
        config = ColaAConfig(host=HOST, **settings)
        device = ColaAScanner("scanner", table.virtual.model, FIELD, config, table.rig.network)
        await refused(device.connect(), ConnectionFailed, words, because=words)
        assert device.lifecycle is Lifecycle.CLOSED

    bench(test)


def test_a_scanner_in_error_is_no_connection() -> None:
    async def test(table: Table) -> None:
        table.throw("fault")
        await refused(driver(table).connect(), ConnectionFailed, "SCdevicestate 2", because="a broken scanner")

    bench(test)


def test_refusals_carry_the_vendors_number_and_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """An LMS1xx with old firmware takes no output range (sFA A; sick_scan_xd, issues 35 and 227)."""

    async def test(table: Table) -> None:
        client = await table.client()
        await client.login()
        await client.ask("sWN LMPoutputRange 1 1388 0 1B7740")
        await client.ask("sMN Run")
        from cellkit_sick.protocol import commands

        old = dict(commands.VARIABLES)
        old["LMPoutputRange"] = replace(old["LMPoutputRange"], level=None)
        monkeypatch.setattr("cellkit_sick.virtual_session.VARIABLES", old)
        await refused(
            driver(table, set_output_range=True).connect(), ConnectionFailed,
            "sWN LMPoutputRange", "sFA A", "must not be written", because="a variable that is read-only",
        )  # fmt: skip

    bench(test, "lms111")


def test_a_scanner_that_has_just_been_switched_on_is_waited_for() -> None:
    async def test(table: Table) -> None:
        table.virtual.restart()
        device = driver(table)
        await refused(device.connect(), ConnectionFailed, because="a scanner that does not answer yet")
        await asyncio.sleep(2.5)
        await device.connect()
        assert table.virtual.head.ready
        await device.scan()
        await device.close()
        table.virtual.restart()
        await asyncio.sleep(2.5)
        hasty = driver(table, start_timeout=1.0)
        await refused(hasty.connect(), ConnectionFailed, "sFA 4", because="a scanner that takes too long to start")

    bench(test)


def test_a_scanner_that_never_sends_is_no_connection() -> None:
    async def test(table: Table) -> None:
        table.virtual.head.turn = lambda: False  # type: ignore[method-assign]
        device = driver(table, start_timeout=5.0)
        await refused(device.connect(), ConnectionFailed, "no scan for 5 s", because="a scanner whose motor stands")

    bench(test)


def test_older_scanners_are_asked_by_number_and_need_not_tell_their_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(table: Table) -> None:
        from cellkit_sick.protocol import commands

        old = {name: one for name, one in commands.VARIABLES.items() if name not in ("DeviceIdent", "LMPscancfg")}
        monkeypatch.setattr("cellkit_sick.virtual_session.VARIABLES", old)
        device = driver(table)
        await device.connect()
        assert device.identity is not None
        assert (device.identity.name, device.identity.version) == ("TiM571", "V2.51-21.08.15")
        await device.close()
        slow = scanner().model_copy(update={"frequency": scanner("lms111").frequency})
        await refused(driver(table, slow).connect(), ConnectionFailed, "15 Hz", "50 Hz", because="found by its scan")

    bench(test)


# --- scans --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["tim571", "lms111"])
def test_a_scanner_is_a_distance_sensor_in_any_direction(model: str) -> None:
    async def test(table: Table) -> None:
        device = driver(table)
        await device.connect()
        for distance, direction in ((0.7, 0.0), (1.5, math.pi / 2), (4.0, -math.pi / 2), (7.9, 2.3)):
            table.rig.put_post(distance, direction)
            await asyncio.sleep(0.2)
            found = await device.distance(direction)
            assert found is not None
            assert found == pytest.approx(distance, abs=0.05)
            assert await device.distance(-direction if direction else 1.0) is None
            assert await device.distance(direction, width=0.001) is not None, "a single beam"
        table.throw("post", "none")
        await asyncio.sleep(0.2)
        assert await device.distance() is None
        for outside in (2.4, -2.4, math.pi):
            await refused(device.distance(outside), CommandRejected, "-135.0 to 135.0", because="behind the scanner")
        table.throw("post", "30")
        await asyncio.sleep(0.2)
        assert await device.distance() is None, "beyond its range"
        await device.close()

    bench(test, model)


def test_every_scan_wakes_whoever_watches_and_numbers_go_on() -> None:
    async def test(table: Table) -> None:
        device = driver(table)
        await device.connect()
        heard: list[int] = []
        forget = device._watch(lambda: heard.append(1))
        first = await device.scan()
        assert await device.scan() is first, "one turn is one scan"
        await asyncio.sleep(1.0)
        turns = len(heard)
        assert 49 <= turns <= 51
        last = await device.scan()
        assert last.number - first.number == turns
        assert last.stamp - first.stamp == pytest.approx(turns / 50, abs=1e-4)
        forget()
        await asyncio.sleep(0.5)
        assert len(heard) == turns
        await device.close()

    bench(test, "lms111")


def test_the_stamp_is_when_the_turn_began_also_where_the_scanners_clock_wraps() -> None:
    async def test(table: Table) -> None:
        from cellkit.timing import now

        table.virtual.head.powered = now() - (2**32 - 1_000_000) * 1e-6
        device = driver(table)
        await device.connect()
        before = await device.scan()
        assert now() - 2 / 15 - 0.01 <= before.stamp <= now() - 1 / 15 + 0.01
        await asyncio.sleep(3.0)
        later = await device.scan()
        turns = later.number - before.number
        assert 44 <= turns <= 46
        assert later.stamp - before.stamp == pytest.approx(turns / 15, abs=1e-3)
        await device.close()

    bench(test)


def test_contamination_is_an_event_and_then_a_fault() -> None:
    async def test(table: Table) -> None:
        device = driver(table)
        await device.connect()
        with events(device) as heard:
            table.throw("contaminated", "warning")
            await asyncio.sleep(1.0)
            assert [event.what for event in heard] == ["contaminated"], "told once"
            await device.scan()
            waiting = asyncio.ensure_future(device.wait_for("near", True, timeout=30.0))
            await asyncio.sleep(0.1)
            table.throw("contaminated", "error")
            error = await refused(waiting, DeviceFault, "contaminated", because="a dirty window")  # type: ignore[arg-type]
            assert error.code == "5"
            table.throw("fault")
            await asyncio.sleep(0.2)
            assert (await refused(device.scan(), DeviceFault, because="an error")).code == "1"
            table.throw("contaminated", "none")
            await asyncio.sleep(0.2)
            await device.scan()
        assert device.lifecycle is Lifecycle.OPEN
        await device.close()

    bench(test)


def test_glare_is_a_fault_unless_the_cell_says_that_the_code_means_nothing() -> None:
    async def test(table: Table) -> None:
        device, other = driver(table), driver(table, ignored_codes=[1])
        await device.connect()
        await other.connect()
        table.throw("dazzle")
        await asyncio.sleep(0.2)
        assert (await refused(device.scan(), DeviceFault, because="glare")).code == "dazzled"
        assert await other.distance() is None
        await device.close()
        await other.close()

    bench(test)


def test_a_scanner_that_hangs_is_noticed_after_half_a_second() -> None:
    async def test(table: Table) -> None:
        device = driver(table)
        await device.connect()
        waiting = asyncio.ensure_future(device.wait_for("near", True, timeout=30.0))
        table.throw("mute")
        await asyncio.sleep(0.45)
        assert not waiting.done()
        await asyncio.sleep(0.1)
        assert device.lifecycle is Lifecycle.LOST
        await refused(waiting, ConnectionLost, "no scan for 0.5 s", because="silence")  # type: ignore[arg-type]
        table.throw("speak")
        await device.connect()
        await device.scan()
        await device.close()

    bench(test, "lms111")


def test_scans_that_come_later_and_later_are_a_lost_link_and_a_way_back() -> None:
    async def test(table: Table) -> None:
        device = table.rig.device
        await device.connect()
        for late in range(1, 10):
            table.rig.faults.delay = 0.05 * late
            await asyncio.sleep(0.2)
            await device.scan()
        waiting = asyncio.ensure_future(device.wait_for("near", True, timeout=30.0))
        await asyncio.sleep(0.1)
        table.rig.faults.delay = 0.6
        await refused(waiting, ConnectionLost, "s late", because="scans of half a second ago")  # type: ignore[arg-type]
        assert device.lifecycle is Lifecycle.LOST
        table.rig.faults.restore()
        await device.connect()
        await device.scan()

    bench(test, "lms111")


@pytest.mark.parametrize("place", [8, 40, -1], ids=["name", "values", "checksum"])
def test_a_scan_with_a_wrong_checksum_is_a_lost_link_and_a_way_back(place: int) -> None:
    async def test(table: Table) -> None:
        device = table.rig.device
        await device.connect()
        waiting = asyncio.ensure_future(device.wait_for("near", True, timeout=30.0))
        await asyncio.sleep(0.1)
        session = table.virtual._sessions[-1]
        telegram = bytearray(
            COLA_B.encode(Telegram("sSN", "LMDscandata", encode_scan(COLA_B, table.virtual.head.scan())))
        )
        telegram[place] ^= 0x10
        session._stream.write(bytes(telegram))
        await refused(waiting, ConnectionLost, "checksum", because="a damaged scan")  # type: ignore[arg-type]
        await device.connect()
        await device.scan()

    bench(test, "lms111", "cola-b")


def test_a_restart_of_the_scanner_is_a_lost_link_and_a_way_back() -> None:
    async def test(table: Table) -> None:
        device = driver(table)
        await device.connect()
        table.throw("restart")
        await asyncio.sleep(0.1)
        await refused(device.scan(), ConnectionLost, "closed", because="a scanner that restarts")
        await asyncio.sleep(2.5)
        await device.connect()
        await device.scan()
        await device.close()

    bench(test)


def test_answers_that_nobody_has_asked_for_are_no_protocol() -> None:
    async def test(table: Table) -> None:
        device = driver(table)
        await device.connect()
        await device.scan()
        session = table.virtual._sessions[-1]
        session._stream.write(b"\x02sRA ODoprh 1\x03")
        await asyncio.sleep(0.1)
        await refused(device.scan(), ConnectionLost, "without a request", because="an answer out of the blue")
        await device.close()

    bench(test)


def test_events_of_others_are_not_for_the_driver() -> None:
    async def test(table: Table) -> None:
        device = driver(table)
        await device.connect()
        table.virtual._sessions[-1]._stream.write(b"\x02sSN LIDoutputstate 0 1 2 3\x03")
        await asyncio.sleep(0.2)
        await device.scan()
        await device.close()

    bench(test)


def test_settings_that_are_none_are_refused() -> None:
    for settings in ({"password": "secret"}, {"ignored_codes": [0]}, {"ignored_codes": [16]}, {"scan_timeout": 0}):
        with pytest.raises(ValidationError):
            ColaAConfig(**settings)  # type: ignore[arg-type]


def test_the_same_run_gives_the_same_bytes() -> None:
    def once() -> list[bytes]:
        found: list[bytes] = []

        async def test(table: Table) -> None:
            network = RecordingNetwork(table.rig.network, lambda passed: found.append(passed.data))
            device = ColaAScanner("scanner", table.virtual.model, FIELD, ColaAConfig(host=HOST), network)
            table.throw("post", "1.2")
            await device.connect()
            await asyncio.sleep(2.0)
            await device.close()

        bench(test)
        return found

    assert once() == once()
