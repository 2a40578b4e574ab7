"""Loose bodies at rest sleep, and everything that changes their state wakes them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from cellkit_sim.sleeping import RESTING
from sim_rig import CUP, JAWS, Cell, at, box

from cellkit.controller.world import Body, Shape

REST = 5.0
"""Time (s) after which a part surely sleeps: it comes to rest, and the engine waits 2 s."""


def table(name: str, height: float) -> Body:
    return Body(name, "table", (Shape("box", (0.2, 0.2, height)),), at(0.0, 1.2, height / 2), 0.0)


def height(cell: Cell, name: str = "box") -> float:
    return float(cell.world.body_pose(name).position[2])


async def asleep(cell: Cell, name: str = "box") -> bool:
    """Return whether a body keeps its pose to the last bit; an awake body at rest trembles."""
    before = cell.world.body_pose(name).matrix.tobytes()
    await asyncio.sleep(0.1)
    return cell.world.body_pose(name).matrix.tobytes() == before


async def at_rest(cell: Cell, *names: str) -> None:
    await asyncio.sleep(REST)
    for name in names or ("box",):
        assert await asleep(cell, name)


def test_a_part_that_stands_still_sleeps_and_a_cup_wakes_it() -> None:
    async def main(cell: Cell) -> None:
        cell.world.add_body(box("box", at(0.45, 0.05, 0.03), 0.5, (0.08, 0.08, 0.06)))
        await at_rest(cell)
        await cell.move(0.45, 0.05, 0.061)
        await cell.suction.switch(True)
        await cell.move(0.45, 0.05, 0.161)
        assert height(cell) == pytest.approx(0.13, abs=2e-3)

    Cell("physics", CUP).run(main)


def test_a_pushed_row_wakes_as_a_whole() -> None:
    async def main(cell: Cell) -> None:
        for i in range(3):
            cell.world.add_body(box(f"box{i}", at(0.45 + 0.0401 * i, 0.0, 0.02), 0.2, (0.04, 0.04, 0.04)))
        await at_rest(cell, "box0", "box1", "box2")
        before = cell.world.body_pose("box2").position[0]
        await cell.move(0.36, 0.0, 0.02)
        await cell.move(0.46, 0.0, 0.02)
        assert cell.world.body_pose("box2").position[0] > before + 0.02

    Cell("physics", JAWS).run(main)


@pytest.mark.parametrize("speed", [0.1, 0.6 * RESTING**0.5], ids=["fast", "below the limit of rest"])
def test_a_belt_that_starts_takes_a_sleeping_part_along_and_lets_none_fall_asleep(speed: float) -> None:
    async def main(cell: Cell) -> None:
        belt = cell.world.add_conveyor("belt", at(-0.3, 0.5, 0.2), (1.2, 0.2, 0.1))
        cell.world.add_body(box("box", at(-0.6, 0.5, 0.23), 0.5, (0.06, 0.06, 0.06)))
        await at_rest(cell)
        before = cell.world.body_pose("box").position[0]
        belt.set_speed(speed)
        seconds = min(0.5 / speed, 8.0)
        await asyncio.sleep(seconds)
        assert cell.world.body_pose("box").position[0] - before == pytest.approx(speed * seconds, rel=0.03)

    Cell("physics", None).run(main)


def _remove(world: Any) -> None:
    world.remove_body("table")


def _move(world: Any) -> None:
    world.move_body("table", at(0.8, 1.2, 0.1))


@pytest.mark.parametrize("change", [_remove, _move])
def test_a_stack_falls_when_its_support_goes(change: Any) -> None:
    async def main(cell: Cell) -> None:
        cell.world.add_body(table("table", 0.2))
        cell.world.add_body(box("box", at(0.0, 1.2, 0.23), 0.5, (0.08, 0.08, 0.06)))
        cell.world.add_body(box("upper", at(0.0, 1.2, 0.29), 0.5, (0.08, 0.08, 0.06)))
        await at_rest(cell, "box", "upper")
        change(cell.world)
        await asyncio.sleep(1.0)
        assert height(cell) == pytest.approx(0.03, abs=2e-3)
        assert height(cell, "upper") == pytest.approx(0.09, abs=2e-3)

    Cell("physics", None).run(main)


def test_a_part_falls_when_a_sleeping_part_below_is_taken_out_of_the_world() -> None:
    async def main(cell: Cell) -> None:
        cell.world.add_body(box("lower", at(0.4, 0.0, 0.03), 0.5, (0.08, 0.08, 0.06)))
        cell.world.add_body(box("box", at(0.4, 0.0, 0.09), 0.5, (0.08, 0.08, 0.06)))
        await at_rest(cell, "lower", "box")
        cell.world.remove_body("lower")
        await asyncio.sleep(1.0)
        assert height(cell) == pytest.approx(0.03, abs=2e-3)

    Cell("physics", None).run(main)


def test_a_sleeping_part_that_is_moved_into_the_air_falls() -> None:
    async def main(cell: Cell) -> None:
        cell.world.add_body(box("box", at(0.4, 0.0, 0.03), 0.5, (0.08, 0.08, 0.06)))
        await at_rest(cell)
        cell.world.move_body("box", at(0.4, 0.2, 0.3))
        await asyncio.sleep(1.0)
        assert height(cell) == pytest.approx(0.03, abs=2e-3)

    Cell("physics", None).run(main)


def test_a_fixed_body_that_comes_in_pushes_a_sleeping_part_away() -> None:
    async def main(cell: Cell) -> None:
        cell.world.add_body(box("box", at(0.4, 0.0, 0.03), 0.5, (0.08, 0.08, 0.06)))
        await at_rest(cell)
        cell.world.add_body(Body("wall", "table", (Shape("box", (0.02, 0.2, 0.2)),), at(0.445, 0.0, 0.1), 0.0))
        await asyncio.sleep(1.0)
        assert cell.world.body_pose("box").position[0] < 0.399

    Cell("physics", None).run(main)


def test_a_part_that_a_cup_held_still_falls_when_it_is_released() -> None:
    async def main(cell: Cell) -> None:
        cell.world.add_body(box("box", at(0.45, 0.05, 0.03), 0.5, (0.08, 0.08, 0.06)))
        await cell.move(0.45, 0.05, 0.061)
        await cell.suction.switch(True)
        await cell.move(0.45, 0.05, 0.261)
        await asyncio.sleep(REST)
        await cell.suction.switch(False)
        await asyncio.sleep(1.0)
        assert height(cell) == pytest.approx(0.03, abs=2e-3)
        await at_rest(cell)

    Cell("physics", CUP).run(main)


@pytest.mark.parametrize("lose", [False, True], ids=["opened", "slipped"])
def test_a_part_that_jaws_held_still_falls_when_it_is_released(lose: bool) -> None:
    async def main(cell: Cell) -> None:
        cell.world.add_body(box("box", at(0.45, 0.05, 0.03), 0.2, (0.04, 0.04, 0.06)))
        await cell.jaws.drive(0.08, 0.1, 40.0)
        await cell.move(0.45, 0.05, 0.03)
        await cell.jaws.drive(0.0, 0.1, 40.0)
        await cell.move(0.45, 0.05, 0.23)
        await asyncio.sleep(REST)
        assert height(cell) == pytest.approx(0.23, abs=5e-3)
        if lose:
            assert cell.world.lose_part("robot")
        else:
            await cell.jaws.drive(0.08, 0.1, 40.0)
        await asyncio.sleep(1.0)
        assert height(cell) < 0.06

    Cell("physics", JAWS).run(main)


def test_the_pose_of_a_body_at_rest_is_computed_once() -> None:
    async def main(cell: Cell) -> None:
        cell.world.add_body(box("box", at(0.5, 0.3, 0.03)))
        await at_rest(cell)
        before = cell.world.places().bodies["box"]
        await asyncio.sleep(1.0)
        assert cell.world.places().bodies["box"] is before
        assert not before.flags.writeable
        cell.world.move_body("box", at(0.6, 0.3, 0.03))
        after = cell.world.places().bodies["box"]
        assert after[0, 3] == pytest.approx(0.6, abs=1e-4)
        assert before[0, 3] == pytest.approx(0.5, abs=1e-4), "a recorded pose does not change afterwards"

    Cell("physics").run(main)
