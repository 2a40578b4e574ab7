"""Power samples are mechanics: lifting a heavier tool costs its weight times the height, lowering returns it.

Both worlds have them: from the solver's torques, or from the dynamics of the sampled motion.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from sim_rig import CUP, JAWS, Cell, at

from cellkit.controller.world import Body, PowerSample, Shape
from cellkit.timing import now

MORE, HEIGHT = 2.0, 0.3  # kg, m


def lifted(extra: float, world: str = "physics") -> tuple[list[PowerSample], float | None]:
    """Raise and lower a cup that weighs ``extra`` kg more; the arm stops at both ends."""
    mass = CUP.mass.known()
    cup = CUP.model_copy(
        update={
            "mass": CUP.mass.model_copy(update={"value": mass + extra}),
            "inertia": [0.01, 0.0, 0.0, 0.01, 0.0, 0.01],
        }
    )
    cell = Cell(world, cup)
    samples: list[PowerSample] = []
    work: list[float | None] = []

    async def main(cell: Cell) -> None:
        await cell.move(0.4, -0.1, 0.1, seconds=0.5)
        cell.world.on_power(samples.append)
        before = cell.world.work()
        await cell.move(0.4, -0.1, 0.1 + HEIGHT, seconds=1.5)
        await cell.move(0.4, -0.1, 0.1, seconds=1.5)
        after = cell.world.work()
        work.append(None if before is None or after is None else after - before)

    cell.run(main)
    return samples, work[0]


def net(samples: list[PowerSample]) -> float:
    """Return the net energy (J) from the motors to the joints."""
    return sum(one.duration * v * t for one in samples for v, t in zip(one.velocity, one.torque, strict=True))


@pytest.mark.parametrize("world", ["physics", "kinematic"])
def test_a_heavier_tool_costs_its_weight_times_the_height(world: str) -> None:
    (light, _), (heavy, _) = lifted(0.0, world), lifted(MORE, world)
    half = len(light) // 2
    expected = MORE * 9.81 * HEIGHT
    assert net(heavy[:half]) - net(light[:half]) == pytest.approx(expected, rel=0.01)
    assert net(heavy[half:]) - net(light[half:]) == pytest.approx(-expected, rel=0.01)


def test_samples_have_no_gap_and_are_those_that_the_work_is_counted_from() -> None:
    samples, work = lifted(0.0)
    ends = [one.time for one in samples]
    assert all(later - one == pytest.approx(samples[0].duration) for one, later in pairwise(ends))
    assert {one.arm for one in samples} == {"robot"}
    driving = sum(
        one.duration * sum(max(0.0, v * t) for v, t in zip(one.velocity, one.torque, strict=True)) for one in samples
    )
    assert driving == pytest.approx(work)
    assert work is not None
    assert work > 1.0


def test_both_worlds_have_the_same_torques_in_free_motion() -> None:
    physics, kinematic = (
        np.array([one.torque for one in lifted(MORE, world)[0]]) for world in ("physics", "kinematic")
    )
    count = min(len(physics), len(kinematic))
    assert abs(len(physics) - len(kinematic)) <= 2
    off = np.sqrt(((physics[:count] - kinematic[:count]) ** 2).mean(axis=0))
    assert (off < 0.02 * np.abs(physics).max()).all()


def test_a_part_in_the_gripper_is_lifted_too() -> None:
    """A part that the jaws hold and raise costs its weight times the height, also where grips are rules."""

    def raised(mass: float) -> list[PowerSample]:
        cell = Cell("kinematic", JAWS)
        cell.world.add_body(Body("block", "part", (Shape("box", (0.04, 0.04, 0.04)),), at(0.4, -0.1, 0.02), mass))
        samples: list[PowerSample] = []

        async def main(cell: Cell) -> None:
            await cell.move(0.4, -0.1, 0.02, seconds=0.5)
            await cell.jaws.drive(0.0, 0.1, 40.0)
            assert cell.jaws.held == "block"
            cell.world.on_power(samples.append)
            await cell.move(0.4, -0.1, 0.02 + HEIGHT, seconds=1.5)

        cell.run(main)
        return samples

    assert net(raised(1.0)) - net(raised(0.25)) == pytest.approx(0.75 * 9.81 * HEIGHT, rel=0.01)


def test_sampling_in_the_kinematic_world_begins_with_the_meter_and_ends_with_the_world() -> None:
    cell = Cell("kinematic")
    samples: list[PowerSample] = []
    ends: list[float] = []

    async def main(cell: Cell) -> None:
        await cell.move(0.4, -0.1, 0.3)
        cell.world.on_power(samples.append)
        ends.append(now())
        await cell.move(0.4, -0.1, 0.1, seconds=1.0)
        ends.append(now())
        assert samples == []

    cell.run(main)
    interval = samples[0].duration
    assert samples[0].time == pytest.approx(ends[0] + interval, abs=1e-5)
    assert ends[1] - interval <= samples[-1].time <= ends[1]
