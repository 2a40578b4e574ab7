"""Steps of one tick while something can touch, longer ones otherwise; a part that hangs free is tied to its gripper."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import pytest
from cellkit_sim.physics import STEP
from sim_rig import Cell, at

from cellkit.controller.world import Body, Shape


def watched(cell: Cell, look: Callable[[], Any]) -> list[tuple[float, Any]]:
    """Return a list that receives the length of each step and what ``look`` returned before it."""
    steps: list[tuple[float, Any]] = []
    p = cell.world._client.p  # type: ignore[attr-defined]

    class Watched:
        def __getattr__(self, name: str) -> Any:
            return getattr(p, name)

        def stepSimulation(self, **options: Any) -> None:
            seen, before = look(), p.getPhysicsEngineParameters(**options)["fixedTimeStep"]
            p.stepSimulation(**options)
            steps.append((before, seen))

    cell.world._client.p = Watched()  # type: ignore[attr-defined]
    return steps


async def grip(
    cell: Cell, force: float = 40.0, mass: float = 0.5, friction: float = 0.8, kind: Literal["box", "cylinder"] = "box"
) -> None:
    shape = Shape(kind, (0.05, 0.05, 0.06))
    cell.world.add_body(Body("box", "part", (shape,), at(0.45, 0.0, 0.03), mass, friction))
    await cell.move(0.45, 0.0, 0.2, 0.0, 1.0)
    await cell.move(0.45, 0.0, 0.035)
    await cell.jaws.drive(0.0, 0.1, force)


async def lift(cell: Cell) -> None:
    await cell.move(0.45, 0.0, 0.235)


def held(cell: Cell) -> str | None:
    return cell.world.held_part("robot")


def touches(cell: Cell, name: str) -> bool:
    world: Any = cell.world
    points = world._client.p.getContactPoints(bodyA=world._bodies[name].id, physicsClientId=world._client.id)
    return any(point[9] > 0.0 for point in points)


def test_steps_are_short_while_contacts_form_and_break() -> None:
    cell = Cell("physics")

    async def main(cell: Cell) -> None:
        await grip(cell)
        await lift(cell)
        await cell.move(0.45, 0.0, 0.035)
        await cell.jaws.drive(0.08, 0.1, 40.0)
        await lift(cell)

    def look() -> tuple[bool, bool, bool]:
        there = "box" in cell.world.loose_bodies()
        on_floor = there and cell.world.body_pose("box").position[2] < 0.033
        return cell.jaws.state().moving, held(cell) is not None, on_floor

    steps = watched(cell, look)
    cell.run(main)
    lengths = {round(length / STEP) for length, _ in steps}
    assert lengths == {1, 2}
    assert all(length == pytest.approx(STEP) for length, (moving, *_) in steps if moving)
    assert all(length == pytest.approx(STEP) for length, (_, part, on_floor) in steps if part and on_floor)
    carried = [length for length, (_, part, on_floor) in steps if part and not on_floor]
    assert np.mean([length > 1.5 * STEP for length in carried]) > 0.6


def test_a_round_part_is_held_by_contacts_alone() -> None:
    """The engine finds the contacts of a round part one by one: a peg tilted by 0.4 degrees when its tie was undone."""

    async def main(cell: Cell) -> bool:
        await grip(cell, kind="cylinder")
        before = cell.in_tool("box")
        await lift(cell)
        await asyncio.sleep(0.3)
        await cell.move(0.45, 0.0, 0.0365)
        turned = before[:3, :3].T @ cell.in_tool("box")[:3, :3]
        assert turned == pytest.approx(np.eye(3), abs=np.radians(0.3))
        return touches(cell, "box")

    cell = Cell("physics")
    steps = watched(cell, lambda: held(cell) is not None)
    assert cell.run(main)
    assert {length for length, part in steps if part} == {STEP}


def test_a_given_step_holds_for_all_steps() -> None:
    cell = Cell("physics", step=STEP)
    steps = watched(cell, lambda: None)

    async def main(cell: Cell) -> None:
        await cell.move(0.45, 0.0, 0.3)

    cell.run(main)
    assert {length for length, _ in steps} == {STEP}


def swing(force: float, mass: float, step: float | None) -> tuple[bool, list[str]]:
    """Grip, lift, and swing fast; return whether the part is held afterwards, and the events."""

    async def main(cell: Cell) -> tuple[bool, list[str]]:
        await grip(cell, force, mass)
        await lift(cell)
        q = cell.robot.arm.state().position.copy()
        q[0] += 1.0
        await cell.turn_to(q, 0.3)
        await asyncio.sleep(0.3)
        return held(cell) == "box", [event.what for event in cell.events]

    return Cell("physics", step=step).run(main)  # type: ignore[no-any-return]


SWUNG = [(40.0, 0.5), (10.0, 0.5), (6.0, 0.5), (4.0, 0.5), (14.0, 2.0)]
"""Force of the jaws in N and mass of the part in kg; two of them, one that holds and one that loses, on every push."""


@pytest.mark.parametrize(
    ("force", "mass"), [pytest.param(*one, marks=[] if one[0] in (10.0, 4.0) else [pytest.mark.long]) for one in SWUNG]
)
def test_a_swung_part_is_lost_where_contacts_alone_lose_it(force: float, mass: float) -> None:
    assert swing(force, mass, None) == swing(force, mass, STEP)


def test_a_part_swung_beyond_friction_is_lost() -> None:
    assert swing(6.0, 0.5, None) == (False, ["part_dropped"])


def test_a_grip_has_its_force_and_the_part_its_weight_with_and_without_a_tie() -> None:
    """The engine keeps forces of motors as force times step: a longer step must not double them afterwards."""

    async def main(cell: Cell) -> None:
        await cell.move(0.45, 0.0, 0.2, 0.0, 1.0)
        empty = cell.robot.wrench.wrench().force
        await grip(cell)
        for height in (0.235, 0.032, 0.235):
            await cell.move(0.45, 0.0, height)
            assert cell.jaws.state().force == pytest.approx(40.0, rel=0.02)
            if height > 0.2:
                await asyncio.sleep(0.3)
                weight = np.linalg.norm(cell.robot.wrench.wrench().force - empty)
                assert weight == pytest.approx(0.5 * 9.81, rel=0.02)

    Cell("physics").run(main)


def test_a_part_at_rest_in_the_gripper_follows_it_afterwards() -> None:
    """A sleeping part would stay behind."""

    async def main(cell: Cell) -> None:
        await grip(cell)
        await lift(cell)
        before = cell.in_tool("box")
        await asyncio.sleep(4.0)
        await cell.move(0.35, 0.1, 0.3)
        assert cell.in_tool("box") == pytest.approx(before, abs=2e-4)

    Cell("physics").run(main)


def test_pads_take_over_a_tied_part_without_moving_it() -> None:
    """A pad has no contacts in the first step and must not close into the part then."""

    async def main(cell: Cell) -> None:
        await grip(cell)
        await lift(cell)
        await asyncio.sleep(0.3)
        before, width = cell.in_tool("box"), cell.jaws.state().width
        lowering = asyncio.ensure_future(cell.move(0.45, 0.0, 0.0365))
        while not lowering.done():
            await asyncio.sleep(STEP)
            assert cell.jaws.state().width > width - 1e-4
        assert touches(cell, "box")
        assert cell.in_tool("box")[:3] == pytest.approx(before[:3], abs=5e-5)

    Cell("physics").run(main)


def test_a_tied_part_that_a_falling_one_hits_turns_between_the_pads() -> None:
    def turned(step: float | None) -> float:
        async def main(cell: Cell) -> float:
            bar = Shape("box", (0.05, 0.3, 0.06))
            cell.world.add_body(Body("box", "part", (bar,), at(0.45, 0.0, 0.03), 0.5, 0.8))
            await cell.move(0.45, 0.0, 0.2, 0.0, 1.0)
            await cell.move(0.45, 0.0, 0.035)
            await cell.jaws.drive(0.0, 0.1, 80.0)
            await cell.move(0.45, 0.0, 0.3)
            await asyncio.sleep(0.3)
            before = cell.in_tool("box")[:3, :3]
            cube = Shape("box", (0.04, 0.04, 0.04))
            cell.world.add_body(Body("cube", "part", (cube,), at(0.45, 0.125, 0.46), 1.0, 0.5))
            await asyncio.sleep(1.0)
            cosine = (np.trace(before.T @ cell.in_tool("box")[:3, :3]) - 1) / 2
            return float(np.degrees(np.arccos(cosine)))

        return float(Cell("physics", step=step).run(main))

    assert turned(None) == pytest.approx(turned(STEP), rel=0.3)
    assert turned(None) > 20.0


@pytest.mark.parametrize(
    "force", [40.0, pytest.param(20.0, marks=pytest.mark.long), pytest.param(80.0, marks=pytest.mark.long)]
)
def test_a_tied_part_stays_where_it_is_when_the_jaws_grip_again(force: float) -> None:
    async def main(cell: Cell) -> None:
        await grip(cell)
        await lift(cell)
        await asyncio.sleep(0.3)
        before = cell.in_tool("box")
        await cell.jaws.drive(0.0, 0.1, force)
        await asyncio.sleep(0.3)
        assert cell.in_tool("box")[:3, 3] == pytest.approx(before[:3, 3], abs=1e-4)
        assert cell.jaws.state().force == pytest.approx(force, rel=0.02)

    Cell("physics").run(main)


@pytest.mark.parametrize(("mass", "friction"), [(10.0, 0.8), (0.5, 0.05)])
def test_a_part_too_heavy_or_too_slippery_slips_out(mass: float, friction: float) -> None:
    async def main(cell: Cell) -> None:
        await grip(cell, 40.0, mass, friction)
        await lift(cell)
        await asyncio.sleep(0.5)
        assert held(cell) is None
        assert [event.what for event in cell.events] == ["part_dropped"]
        assert cell.world.body_pose("box").position[2] < 0.04

    Cell("physics").run(main)


@pytest.mark.parametrize("tied", [True, False])
def test_a_part_that_was_taken_out_of_the_jaws_lets_them_close(tied: bool) -> None:
    async def main(cell: Cell) -> tuple[float, list[str]]:
        await grip(cell)
        await lift(cell)
        await asyncio.sleep(0.3)
        cell.world.remove_body("box")
        await asyncio.sleep(0.5)
        return cell.jaws.state().width, [event.what for event in cell.events]

    width, events = Cell("physics", step=None if tied else STEP).run(main)
    assert width < 0.002
    assert events == []


def test_a_tied_part_can_be_lost_and_released_in_the_air() -> None:
    async def main(cell: Cell) -> None:
        await grip(cell)
        await lift(cell)
        assert cell.world.lose_part("robot")
        await asyncio.sleep(0.5)
        assert [event.what for event in cell.events] == ["part_dropped"]
        await lift(cell)
        assert cell.world.body_pose("box").position[2] < 0.04
        cell.world.remove_body("box")
        await cell.jaws.drive(0.085, 0.1, 40.0)
        await grip(cell)
        await lift(cell)
        await cell.jaws.drive(0.085, 0.1, 40.0)
        await asyncio.sleep(0.5)
        assert held(cell) is None
        assert cell.world.body_pose("box").position[2] < 0.04

    Cell("physics").run(main)


def test_a_carried_part_that_meets_a_wall_pushes_as_with_short_steps() -> None:
    def push(step: float | None) -> float:
        async def main(cell: Cell) -> float:
            await grip(cell)
            await lift(cell)
            wall = Shape("box", (0.3, 0.05, 0.1))  # its top is 15 mm above the bottom of the part, and below the pads
            cell.world.add_body(Body("wall", "part", (wall,), at(0.45, 0.1, 0.165), 0.0, stiffness=5000.0))
            await cell.move(0.45, 0.052, 0.235, 0.0, 0.5)  # 2 mm into the wall
            return cell.world.pressed("wall")

        return float(Cell("physics", step=step).run(main))

    assert push(None) == pytest.approx(push(STEP), rel=0.1)
    assert push(None) > 5.0
