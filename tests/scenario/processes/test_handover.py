"""Parts that go from gripper to gripper: judged by who held them, not only by where they end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from process_rig import Staged, stage

from cellkit.controller.world import Body, WorldEvent
from cellkit.errors import ConfigError
from cellkit.geometry import Pose
from cellkit.scenario.processes.handover import SHIFTED

CELL = """
schema: cellkit/cell/1
name: handing
devices:
  left: {kind: arm, model: ur5e}
  right: {kind: arm, model: xarm6, mount: {xyz: [1.4, 0, 0], rpy_deg: [0, 0, 180]}}
workpieces:
  bar: {size: [0.3, 0.03, 0.04], mass: 0.1}
places:
  tray: {xyz: [0.3, 0.5, 0.1], columns: 1, rows: 3}
  fixture: {xyz: [1.1, -0.5, 0.1], columns: 1, rows: 3}
"""
HANDOVER = """
kind: handover
workpiece: bar
tray: tray
fixture: fixture
giver: left
taker: right
jitter: {xy: 0.002, yaw_deg: 3}
"""


class Stage:
    """A world of poses and grippers that a test sets."""

    name = "pretended"
    stepper = object()  # parts can slip here: they are checked often

    def __init__(self) -> None:
        self.bodies: dict[str, Pose] = {}
        self.held: dict[str, str | None] = {"left": None, "right": None}
        self._listeners: list[Callable[[WorldEvent], None]] = []

    def add_body(self, body: Body) -> None:
        self.bodies[body.name] = body.pose

    def move_body(self, name: str, pose: Pose) -> None:
        self.bodies[name] = pose

    def body_pose(self, name: str) -> Pose:
        return self.bodies[name]

    def held_part(self, arm: str, hand: int = 0) -> str | None:
        return self.held[arm]

    def on_event(self, callback: Callable[[WorldEvent], None]) -> None:
        self._listeners.append(callback)

    def drop(self, arm: str, part: str) -> None:
        for listener in self._listeners:
            listener(WorldEvent(1.0, "part_dropped", arm, part))


async def hold(world: Stage, left: str | None, right: str | None, seconds: float = 0.1) -> None:
    world.held = {"left": left, "right": right}
    await asyncio.sleep(seconds)


def finished(staged: Staged, number: int = 1) -> Pose:
    """Return where a part belongs."""
    return staged.built.plan.layout.places("fixture")[number - 1].offset(z=0.02)


def handing(tmp_path: Path, test: Callable[[Staged, Stage], Any], quantity: int = 1) -> Staged:
    world = Stage()

    async def main(staged: Staged) -> None:
        await test(staged, world)

    return stage(tmp_path, CELL, HANDOVER, main, quantity=quantity, world=world)


def test_from_hand_to_hand_into_the_fixture(tmp_path: Path) -> None:
    async def test(staged: Staged, world: Stage) -> None:
        await hold(world, "bar_1", None)
        await hold(world, "bar_1", "bar_1")
        await hold(world, None, "bar_1")
        world.move_body("bar_1", finished(staged))
        await hold(world, None, None)

    tally = handing(tmp_path, test).process.tally
    assert (tally.good, tally.judged) == (1, 1), tally.faults


def test_the_giver_may_let_go_as_soon_as_the_taker_holds(tmp_path: Path) -> None:
    async def test(staged: Staged, world: Stage) -> None:
        await hold(world, "bar_1", None)
        await hold(world, None, "bar_1")
        world.move_body("bar_1", finished(staged))

    assert handing(tmp_path, test).process.tally.good == 1


def test_put_down_in_between(tmp_path: Path) -> None:
    async def test(staged: Staged, world: Stage) -> None:
        await hold(world, "bar_1", None)
        await hold(world, None, None)
        await hold(world, None, "bar_1")
        world.move_body("bar_1", finished(staged))

    assert handing(tmp_path, test).process.tally.faults == ["bar_1: did not go from hand to hand"]


def test_the_taker_helps_itself(tmp_path: Path) -> None:
    async def test(staged: Staged, world: Stage) -> None:
        await hold(world, None, "bar_1")
        world.move_body("bar_1", finished(staged))

    assert handing(tmp_path, test).process.tally.faults == ["bar_1: did not go from hand to hand"]


def test_dropped_and_picked_up_again(tmp_path: Path) -> None:
    async def test(staged: Staged, world: Stage) -> None:
        await hold(world, "bar_1", None)
        await hold(world, None, "bar_1")
        world.drop("right", "bar_1")
        world.move_body("bar_1", finished(staged))

    assert handing(tmp_path, test).process.tally.faults == ["bar_1: was dropped by right"]


def test_one_stays_where_it_was(tmp_path: Path) -> None:
    async def test(staged: Staged, world: Stage) -> None:
        for number in (1, 2):
            await hold(world, f"bar_{number}", None)
            await hold(world, None, f"bar_{number}")
        world.move_body("bar_1", finished(staged))

    tally = handing(tmp_path, test, 2).process.tally
    assert (tally.good, tally.judged) == (1, 2)
    assert "mm from its nest" in tally.faults[0]


def test_how_far_the_second_hand_pulls_is_measured(tmp_path: Path) -> None:
    async def test(staged: Staged, world: Stage) -> None:
        await hold(world, "bar_1", None)
        world.move_body("bar_1", world.body_pose("bar_1").shifted(x=0.004))
        await hold(world, None, "bar_1")
        world.move_body("bar_1", finished(staged))

    assert handing(tmp_path, test).process.tally.figures[SHIFTED] == pytest.approx(0.004)


def test_parts_lie_in_the_tray_by_the_seed(tmp_path: Path) -> None:
    async def test(staged: Staged, world: Stage) -> None:
        places = staged.built.plan.layout.places("tray")
        for number, place in enumerate(places, 1):
            distance, angle = place.offset(z=0.0205).distance(world.body_pose(f"bar_{number}"))
            assert 0.0 < distance < 0.003
            assert angle < 0.06

    assert handing(tmp_path, test, 3).process.tally.judged == 3


def test_what_can_go_wrong(tmp_path: Path) -> None:
    async def test(staged: Staged, world: Stage) -> None:
        there = [world.body_pose(f"bar_{number}") for number in (1, 2)]
        staged.process.begin_fault("part_missing")
        assert world.body_pose("bar_2") is not there[1]
        staged.process.begin_fault("part_snatched")
        await hold(world, "bar_1", None)
        assert world.body_pose("bar_1") is there[0], "not yet: it is still over the tray"
        held_out = there[0].shifted(x=0.5)
        world.move_body("bar_1", held_out)
        await hold(world, "bar_1", None)
        assert world.body_pose("bar_1") is not held_out

    assert handing(tmp_path, test, 2).process.tally.good == 0


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("giver: left", "giver: lift", "process.giver: the cell has no arm 'lift'; did you mean left?"),
        ("tray: tray", "tray: try", "process.tray: the cell has no place 'try'; did you mean tray?"),
        ("workpiece: bar", "workpiece: rod", "process.workpiece: the cell has no workpiece 'rod'; valid: bar"),
    ],
)
def test_mistakes_are_told_with_their_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    async def test(staged: Staged) -> None:
        pytest.fail("nothing may begin")

    with pytest.raises(ConfigError) as told:
        stage(tmp_path, CELL, HANDOVER.replace(old, new), test)
    assert said in str(told.value)


def test_more_parts_than_room(tmp_path: Path) -> None:
    async def test(staged: Staged) -> None:
        pytest.fail("nothing may begin")

    with pytest.raises(ConfigError, match="4 parts do not fit 'tray' and 'fixture': the room is for 3"):
        stage(tmp_path, CELL, HANDOVER, test, quantity=4)
