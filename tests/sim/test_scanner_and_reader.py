"""2D scanners and code readers, in both worlds."""

from __future__ import annotations

import asyncio
import math

import numpy as np
import pytest
from sim_rig import WORLDS, Cell, at, box, down

from cellkit.controller.world import Body, Shape, WorldSettings
from cellkit.geometry import Array, Pose
from cellkit.models.load import load_sensor
from cellkit.models.sensor import ScannerModel
from cellkit.timing import now

both = pytest.mark.parametrize("world", WORLDS)
TIM = load_sensor("tim571", ScannerModel)  # 270 deg, 811 beams, 0.05 to 25 m, 10 mm noise
EXACT = TIM.model_copy(update={"noise": TIM.noise.model_copy(update={"value": None})})
ANGLES = np.linspace(-math.radians(135), math.radians(135), 811)


def wall(name: str, pose: Pose, size: tuple[float, float, float] = (0.1, 0.6, 1.0)) -> Body:
    return Body(name, "wall", (Shape("box", size),), pose)


def nearest(ranges: Array, degrees: float) -> float:
    return float(ranges[np.abs(ANGLES - math.radians(degrees)).argmin()])


@both
def test_bodies_are_measured_at_their_places(world: str) -> None:
    async def main(cell: Cell) -> None:
        cell.world.add_body(wall("left", at(-2.0, 1.0, 0.5, math.pi / 2)))
        cell.world.add_body(Body("post", "post", (Shape("cylinder", (0.2, 0.2, 1.0)),), at(-4.0, 0.0, 0.5)))
        # At (-2, 0), looking along -x: left of it is -y.
        scanner = cell.world.add_scanner("around", at(-2.0, 0.0, 0.3, math.pi), EXACT)
        await asyncio.sleep(0.1)
        ranges = scanner.ranges()
        assert ranges.shape == (811,)
        assert nearest(ranges, 0) == pytest.approx(1.9, abs=1e-3)
        assert nearest(ranges, -90) == pytest.approx(0.95, abs=1e-3), "angles count to the left"
        assert nearest(ranges, 90) == math.inf
        # Along the wall, at a slant: its near face is 0.95 m away.
        for degrees in (-100.0, -80.0, -75.0):
            across = math.sin(math.radians(-degrees))
            assert nearest(ranges, degrees) == pytest.approx(0.95 / across, abs=2e-3)
        seen = np.degrees(ANGLES[np.isfinite(ranges)])
        # The post is 0.1 m thick to either side at 2 m, the wall 0.3 m long to either side.
        assert seen.max() == pytest.approx(math.degrees(math.asin(0.1 / 2.0)), abs=0.4)
        assert ((seen > 4) | (seen < -4)).sum() == pytest.approx(3 * 2 * math.degrees(math.atan2(0.3, 0.95)), abs=3)

    Cell(world).run(main)


@both
def test_between_the_ends_of_its_range(world: str) -> None:
    short = EXACT.model_copy(update={"range_max": EXACT.range_max.model_copy(update={"value": 1.0})})

    async def main(cell: Cell) -> None:
        cell.world.add_body(wall("far", at(-3.2, 0.0, 0.5)))
        cell.world.add_body(wall("near", at(-2.0, -0.8, 0.5, math.pi / 2)))
        scanner = cell.world.add_scanner("around", at(-2.0, 0.0, 0.3, math.pi), short)
        await asyncio.sleep(0.1)
        ranges = scanner.ranges()
        assert nearest(ranges, 0) == math.inf
        assert nearest(ranges, 90) == pytest.approx(0.75, abs=1e-3)

    Cell(world).run(main)


def test_a_body_nearer_than_the_range_is_measured_at_its_start() -> None:
    async def main(cell: Cell) -> None:
        cell.world.add_body(wall("near", at(-2.0, -0.07, 0.5, math.pi / 2)))  # the near face is 0.02 m away
        ranges = cell.world.add_scanner("around", at(-2.0, 0.0, 0.3, math.pi), EXACT).ranges()
        assert nearest(ranges, 90) == pytest.approx(0.05)

    Cell("kinematic").run(main)


@both
def test_a_moving_body_is_measured_at_each_place(world: str) -> None:
    async def main(cell: Cell) -> None:
        cell.world.add_body(wall("door", at(-3.0, 0.0, 0.5)))
        scanner = cell.world.add_scanner("around", at(-2.0, 0.0, 0.3, math.pi), EXACT)
        await asyncio.sleep(0.1)
        assert nearest(scanner.ranges(), 0) == pytest.approx(0.95, abs=1e-3)
        cell.world.move_body("door", at(-4.0, 0.0, 0.5))
        await asyncio.sleep(0.1)
        assert nearest(scanner.ranges(), 0) == pytest.approx(1.95, abs=1e-3)
        cell.world.remove_body("door")
        await asyncio.sleep(0.1)
        assert nearest(scanner.ranges(), 0) == math.inf

    Cell(world).run(main)


@both
def test_a_tilted_scanner_sees_the_floor(world: str) -> None:
    async def main(cell: Cell) -> None:
        tilted = Pose.from_rpy([-2.0, 0.0, 1.0], [0.0, math.radians(30), 0.0], frame="world")
        ranges = cell.world.add_scanner("around", tilted, EXACT).ranges()
        assert nearest(ranges, 0) == pytest.approx(2.0, abs=2e-3)
        assert nearest(ranges, 60) == pytest.approx(4.0, abs=4e-3)
        assert nearest(ranges, 120) == math.inf

    Cell(world, None).run(main)


@both
def test_noise_is_that_of_the_model_and_depends_on_the_seed(world: str) -> None:
    def turns(seed: int, name: str = "around", count: int = 30) -> Array:
        made = WORLDS[world](WorldSettings(seed=seed))
        try:
            made.add_body(wall("wall", at(2.0, 0.0, 0.5), (0.1, 3.0, 1.0)))
            scanner = made.add_scanner(name, at(0.0, 0.0, 0.3), TIM)
            return np.array([scanner.ranges() for _ in range(count)])
        finally:
            made.close()

    first = turns(1)
    seen = first[:, np.isfinite(first[0])]
    assert seen.shape[1] > 100
    deviation = seen - seen.mean(axis=0)
    assert float(deviation.std()) == pytest.approx(TIM.noise.known(), rel=0.05)
    assert np.array_equal(first, turns(1))
    assert not np.array_equal(first, turns(2))
    assert not np.array_equal(first, turns(1, "other")), "two scanners of one cell have different noise"


@pytest.mark.parametrize(("world", "seen"), [("physics", True), ("kinematic", False)])
def test_arms_are_seen_where_they_have_a_shape(world: str, seen: bool) -> None:
    async def main(cell: Cell) -> None:
        scanner = cell.world.add_scanner("around", at(-2.0, 0.0, 0.1), EXACT)
        await asyncio.sleep(0.1)
        assert math.isfinite(nearest(scanner.ranges(), 0)) is seen

    Cell(world).run(main)


@both
def test_a_reader_reads_the_part_in_front_of_it(world: str) -> None:
    async def main(cell: Cell) -> None:
        cell.world.add_body(box("part_7", at(-0.5, 0.5, 0.03)))
        reader = cell.world.add_code_reader("label", down(-0.5, 0.5, 0.3), 0.28)
        await asyncio.sleep(0.1)
        assert reader.code() == "part_7"
        cell.world.move_body("part_7", at(-0.3, 0.5, 0.03))
        await asyncio.sleep(0.1)
        assert reader.code() is None, "the floor carries no code"
        cell.world.move_body("part_7", at(-0.5, 0.5, 0.03))
        cell.world.add_body(wall("lid", at(-0.5, 0.5, 0.2), (0.1, 0.1, 0.01)))
        await asyncio.sleep(0.1)
        assert reader.code() is None, "fixed bodies carry no code, and hide bodies behind them"

    Cell(world).run(main)


@both
def test_a_reader_reads_within_its_range(world: str) -> None:
    async def main(cell: Cell) -> None:
        cell.world.add_body(box("part_1", at(-0.5, 0.5, 0.03)))
        near = cell.world.add_code_reader("near", down(-0.5, 0.5, 0.3), 0.235)
        far = cell.world.add_code_reader("far", down(-0.5, 0.5, 0.301), 0.245)
        await asyncio.sleep(0.1)
        assert near.code() is None
        assert far.code() == "part_1"

    Cell(world).run(main)


@both
def test_a_part_on_a_belt_passes_the_reader(world: str) -> None:
    async def main(cell: Cell) -> None:
        belt = cell.world.add_conveyor("belt", at(-0.3, 0.5, 0.2), (1.0, 0.2, 0.1))
        cell.world.add_body(box("part_1", at(-0.6, 0.5, 0.231)))
        reader = cell.world.add_code_reader("label", down(-0.3, 0.5, 0.5), 0.4)
        belt.set_speed(0.1)
        seen: list[tuple[float, str | None]] = []
        for _ in range(100):
            await asyncio.sleep(0.05)
            if not seen or seen[-1][1] != reader.code():
                seen.append((now(), reader.code()))
        assert [code for _, code in seen] == [None, "part_1", None]
        # The part is 0.05 m long: it enters the beam after 0.275 m and leaves it after 0.325 m.
        assert seen[1][0] == pytest.approx(2.75, abs=0.1)
        assert seen[2][0] == pytest.approx(3.25, abs=0.1)

    Cell(world).run(main)


@both
def test_names_are_taken_once(world: str) -> None:
    async def main(cell: Cell) -> None:
        cell.world.add_scanner("eye", at(0, 0, 1), TIM)
        with pytest.raises(ValueError, match="the name 'eye' is already in use"):
            cell.world.add_code_reader("eye", down(0, 0, 1), 0.3)
        with pytest.raises(ValueError, match="the name 'robot' is already in use"):
            cell.world.add_scanner("robot", at(0, 0, 1), TIM)

    Cell(world).run(main)
