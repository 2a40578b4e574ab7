"""Scanners: the geometry of fields, what counts as something in them, and scans that are no measurements."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Coroutine
from typing import Any

import numpy as np
import pytest
from cellkit_virtual.link import Link
from cellkit_virtual.sensors import VirtualRangeScanner
from hypothesis import given
from hypothesis import strategies as st

from cellkit.controller.plants.scanner import BenchScan, FaultyScan
from cellkit.controller.sensor_faults import SensorFault, SensorFaults
from cellkit.devices.scanner import DAZZLED_SHARE, FROZEN_SCANS, Field, RangeScanner, Scan, field_of
from cellkit.errors import CommandRejected, ConnectionLost, DeviceFault, MotionTimeout
from cellkit.geometry import Array
from cellkit.models.load import load_sensor
from cellkit.models.sensor import ScannerModel
from cellkit.timing import now, run

TIM = load_sensor("tim571", ScannerModel)  # 811 beams over 270 deg, 15 Hz
SQUARE = Field(((1.0, -0.5), (2.0, -0.5), (2.0, 0.5), (1.0, 0.5)))
ARROW = Field(((0.0, 0.0), (2.0, 1.0), (1.0, 0.0), (2.0, -1.0)))
ROUND = Field(((-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)))
BEHIND = Field(((-1.0, -0.2), (-1.0, 0.2), (-2.0, 0.2), (-2.0, -0.2)))


# --- fields -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "inside", "outside"),
    [
        (SQUARE, [(1.5, 0.0), (1.01, 0.49), (1.99, -0.49)], [(0.99, 0.0), (2.01, 0.0), (1.5, 0.51), (-1.5, 0.0)]),
        (ARROW, [(0.5, 0.1), (1.5, 0.6), (1.5, -0.6)], [(1.5, 0.0), (1.2, 0.1), (-0.1, 0.0), (2.0, 0.5)]),
        (ROUND, [(0.0, 0.0), (0.9, -0.9)], [(1.1, 0.0), (0.0, -1.1)]),
    ],
)
def test_inside_and_outside(field: Field, inside: list[Any], outside: list[Any]) -> None:
    assert field.holds(np.array(inside)).all()
    assert not field.holds(np.array(outside)).any()


@given(st.floats(0.05, 3.0), st.floats(-math.pi, math.pi), st.integers(3, 12), st.floats(0.2, 2.0))
def test_a_regular_polygon_is_nearly_a_circle(distance: float, bearing: float, corners: int, radius: float) -> None:
    middle = np.array([0.3, -0.2])
    field = field_of([middle + radius * np.array((math.cos(a), math.sin(a)))
                      for a in np.linspace(0, 2 * math.pi, corners, endpoint=False)])  # fmt: skip
    point = middle + distance * np.array((math.cos(bearing), math.sin(bearing)))
    held = bool(field.holds(point[None])[0])
    if distance < radius * math.cos(math.pi / corners) - 1e-9:
        assert held
    if distance > radius + 1e-9:
        assert not held


@pytest.mark.parametrize(
    ("field", "crossed", "missed"),
    [
        (SQUARE, [0.0, 26.0, -26.0], [27.5, -27.5, 90.0, 180.0]),
        (BEHIND, [180.0, -180.0, 170.0, -170.0], [0.0, 90.0, -90.0, 160.0]),
        (ROUND, [0.0, 90.0, -135.0], []),
    ],
)
def test_which_beams_pass_through(field: Field, crossed: list[float], missed: list[float]) -> None:
    assert field.crossed_by(np.radians(crossed)).all()
    assert not missed or not field.crossed_by(np.radians(missed)).any()


@pytest.mark.parametrize(
    ("corners", "words"),
    [
        ([], "at least three corners"),
        ([(0, 0), (1, 0)], "at least three corners"),
        ([(0, 0), (1, 0), (2, 0)], "the field has no area"),
        ([(1, 1), (1, 1), (1, 1)], "the field has no area"),
    ],
)
def test_fields_that_are_none(corners: list[Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        field_of(corners)


def test_either_way_round_is_the_same_field() -> None:
    corners = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0)]
    points = np.array([(0.8, 0.5), (0.2, 0.5)])
    assert field_of(corners).holds(points).tolist() == field_of(corners[::-1]).holds(points).tolist() == [True, False]


# --- scans ------------------------------------------------------------------------------------------------------------


def test_where_the_beams_end() -> None:
    scan = Scan(0.0, 0, -math.pi / 2, math.pi / 2, np.array([2.0, 3.0, np.inf]))
    assert scan.angles == pytest.approx([-math.pi / 2, 0.0, math.pi / 2])
    points = scan.points()
    assert points[0] == pytest.approx([0.0, -2.0])
    assert points[1] == pytest.approx([3.0, 0.0])
    assert np.isnan(points[2]).all()


class Played(RangeScanner):
    """A scanner that shows one scan after the other, 10 a second, and the last one for ever."""

    def __init__(self, scans: list[Array], fields: dict[str, Field]) -> None:
        super().__init__("around", TIM, fields)
        self.scans = scans
        self.silent = False

    async def _connect(self) -> None: ...

    async def _close(self) -> None: ...

    async def _read(self) -> Scan:
        if self.silent:
            raise ConnectionLost(self.name, "no scan for 0.5 s")
        number = min(int(now() * 10 + 1e-6), len(self.scans) - 1)
        ranges = self.scans[number]
        step = math.radians(1.0)
        return Scan(number / 10, number, -step * (len(ranges) // 2), step, ranges)

    def _watch(self, on_change: Callable[[], None]) -> Callable[[], None]:
        async def beat() -> None:
            while True:
                await asyncio.sleep(0.1)
                on_change()

        task = asyncio.get_running_loop().create_task(beat())
        return lambda: bool(task.cancel()) or None


def room(**beams: float) -> Array:
    """181 beams, a degree apart, nothing in range; ``b90=1.0``: 1 m straight ahead."""
    ranges = np.full(181, np.inf)
    for beam, distance in beams.items():
        ranges[int(beam[1:])] = distance
    return ranges


def played(test: Callable[[Played], Coroutine[Any, Any, None]], *scans: Array) -> None:
    async def main() -> None:
        async with Played(
            list(scans), {"front": SQUARE, "side": Field(((-0.5, 1.0), (0.5, 1.0), (0.0, 2.0)))}
        ) as scanner:
            await test(scanner)

    run(main())


@pytest.mark.parametrize(
    ("scan", "violated"),
    [
        (room(), False),
        (room(b90=1.5), False),  # one beam may be a fly
        (room(b90=1.5, b91=1.5), True),
        (room(b90=1.5, b92=1.5), False),  # two flies
        (room(b90=0.9, b91=0.9), False),
        (room(b90=math.nan, b91=math.nan), True),  # glare in the field's direction: who knows
        (room(b90=1.5, b91=math.nan), True),
        (room(b10=math.nan, b11=math.nan), False),  # glare elsewhere
    ],
)
def test_what_counts_as_something_in_a_field(scan: Array, violated: bool) -> None:
    async def test(scanner: Played) -> None:
        assert await scanner.violated("front") is violated
        assert not await scanner.violated("side")
        await scanner.wait_for("front", violated, timeout=0.0)

    played(test, scan)


def test_where_intruders_are() -> None:
    async def test(scanner: Played) -> None:
        ends = await scanner.intruders("front")
        assert ends == pytest.approx(
            np.array([(1.5, 0.0), (1.4 * math.cos(0.017453), 1.4 * math.sin(0.017453))]), abs=1e-5
        )
        assert len(await scanner.intruders("side")) == 0

    played(test, room(b90=1.5, b91=1.4, b95=1.5, b100=0.5, b101=0.5))


def test_an_intruder_whose_distance_nobody_knows() -> None:
    async def test(scanner: Played) -> None:
        assert np.isnan(await scanner.intruders("front")).all(axis=1).tolist() == [False, True]

    played(test, room(b90=1.5, b91=math.nan))


def test_waiting_for_a_field() -> None:
    async def test(scanner: Played) -> None:
        waiting = asyncio.ensure_future(scanner.wait_for("front", True))
        await waiting
        assert now() == pytest.approx(0.3, abs=0.11)
        await scanner.wait_for("front", False)
        assert now() == pytest.approx(0.5, abs=0.11)
        with pytest.raises(MotionTimeout, match=r"around: the field 'front' did not become violated within 0\.2 s"):
            await scanner.wait_for("front", True, timeout=0.2)

    played(test, *[room()] * 3, *[room(b90=1.5, b91=1.4)] * 2, *[room()] * 10)


@pytest.mark.parametrize(
    ("direction", "width", "distance"),
    [(0.0, 0.02, 1.5), (45.0, 0.02, 3.0), (45.0, 1.7, 1.5), (-30.0, 0.02, None), (0.5, 0.0, 1.5)],
)
def test_the_nearest_in_a_direction(direction: float, width: float, distance: float | None) -> None:
    async def test(scanner: Played) -> None:
        assert await scanner.distance(math.radians(direction), width) == distance

    played(test, room(b90=1.5, b91=1.5, b135=3.0))


def test_directions_and_fields_that_there_are_not() -> None:
    async def test(scanner: Played) -> None:
        with pytest.raises(CommandRejected, match=r"135\.0 deg is outside the scanner's -90\.0 to 90\.0 deg"):
            await scanner.distance(math.radians(135))
        for call in (scanner.violated("frnt"), scanner.intruders("frnt"), scanner.wait_for("frnt", True)):
            with pytest.raises(CommandRejected, match="has no field 'frnt'; did you mean front"):
                await call

    played(test, room())


def test_a_new_scan_is_another_one() -> None:
    async def test(scanner: Played) -> None:
        first = await scanner.scan()
        second = await scanner.next_scan()
        assert (first.number, second.number) == (0, 1)
        await scanner.next_scan()
        with pytest.raises(MotionTimeout, match="there was no new scan"):
            await scanner.next_scan(timeout=0.5)

    played(test, room(), room(b5=1.0), room(b6=1.0))


# --- scans that are no measurements -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("share", "dazzled"), [(DAZZLED_SHARE - 0.01, False), (DAZZLED_SHARE + 0.01, True)])
def test_glare(share: float, dazzled: bool) -> None:
    ranges = room()
    ranges[: round(share * len(ranges))] = np.nan

    async def test(scanner: Played) -> None:
        if not dazzled:
            await scanner.scan()
            return
        for call in (scanner.scan(), scanner.violated("front"), scanner.wait_for("front", False)):
            with pytest.raises(DeviceFault, match=r"1\d% of the beams measure nothing") as told:
                await call
            assert told.value.code == "dazzled"

    played(test, ranges)


def test_scans_that_repeat_themselves() -> None:
    """One more or less is chance; ten in a row are none."""

    async def test(scanner: Played) -> None:
        for _ in range(FROZEN_SCANS):
            await scanner.scan()
            await scanner.scan()  # looked at twice, it is still one scan
            await asyncio.sleep(0.1)
        with pytest.raises(DeviceFault, match="10 scans in a row are the same to the millimetre") as told:
            await scanner.scan()
        assert told.value.code == "frozen"
        await asyncio.sleep(1.0)
        await scanner.scan()  # it measures again

    same = room(b90=1.5, b91=1.5)
    played(test, *[same] * 15, room(b90=1.51, b91=1.5))


def test_an_empty_room_looks_the_same_all_the_time() -> None:
    async def test(scanner: Played) -> None:
        for _ in range(3 * FROZEN_SCANS):
            await scanner.scan()
            await asyncio.sleep(0.1)

    played(test, *[room()] * 40)


def test_noise_within_a_millimetre_is_none() -> None:
    async def test(scanner: Played) -> None:
        for _ in range(FROZEN_SCANS):
            await scanner.scan()
            await asyncio.sleep(0.1)
        with pytest.raises(DeviceFault, match="the same to the millimetre"):
            await scanner.scan()

    played(test, *[room(b90=1.5 + 1e-5 * (i % 2), b91=1.5) for i in range(20)])


def test_a_scanner_that_is_silent_is_not_an_empty_room() -> None:
    async def test(scanner: Played) -> None:
        waiting = asyncio.ensure_future(scanner.wait_for("front", True))
        await asyncio.sleep(0.25)
        scanner.silent = True
        with pytest.raises(ConnectionLost, match="no scan for"):
            await waiting
        assert now() < 0.5

    played(test, *[room()] * 100)


@pytest.mark.parametrize(("fault", "code"), [(SensorFault.SATURATED, "dazzled"), (SensorFault.LIES, "frozen")])
def test_planned_faults_end_a_wait(fault: SensorFault, code: str) -> None:
    async def main() -> None:
        faults, bench = SensorFaults(), BenchScan(TIM)
        bench.put(3.0)
        scanner = VirtualRangeScanner("around", TIM, {"front": SQUARE}, FaultyScan(bench, faults), Link())
        async with scanner:
            waiting = asyncio.ensure_future(scanner.wait_for("front", True))
            await asyncio.sleep(1.0)
            faults.begin(fault)
            with pytest.raises(DeviceFault) as told:
                await waiting
            assert told.value.code == code
            assert now() < 1.0 + (FROZEN_SCANS + 2) / TIM.frequency.known()

    run(main())


def test_a_drift_moves_things_out_of_a_field() -> None:
    async def main() -> None:
        faults, bench = SensorFaults(), BenchScan(TIM)
        bench.put(1.8, width=0.3)
        async with VirtualRangeScanner("around", TIM, {"front": SQUARE}, FaultyScan(bench, faults), Link()) as scanner:
            assert await scanner.violated("front")
            faults.begin(SensorFault.DRIFT, 0.5)
            await scanner.wait_for("front", False, timeout=2.0)
            assert now() == pytest.approx(0.4, abs=0.15)

    run(main())
