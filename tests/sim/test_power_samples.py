"""Power samples are mechanics: lifting a heavier tool costs its weight times the height, lowering returns it."""

from __future__ import annotations

from itertools import pairwise

import pytest
from sim_rig import CUP, Cell

from cellkit.controller.world import PowerSample

MORE, HEIGHT = 2.0, 0.3  # kg, m


def lifted(extra: float) -> tuple[list[PowerSample], float | None]:
    """Raise and lower a cup that weighs ``extra`` kg more; the arm stops at both ends."""
    mass = CUP.mass.known()
    cup = CUP.model_copy(
        update={
            "mass": CUP.mass.model_copy(update={"value": mass + extra}),
            "inertia": [0.01, 0.0, 0.0, 0.01, 0.0, 0.01],
        }
    )
    cell = Cell("physics", cup)
    samples: list[PowerSample] = []
    work: list[float | None] = []

    async def main(cell: Cell) -> None:
        await cell.move(0.4, -0.1, 0.1, seconds=0.5)
        cell.world.on_power(samples.append)
        before = cell.world.work() or 0.0
        await cell.move(0.4, -0.1, 0.1 + HEIGHT, seconds=1.5)
        await cell.move(0.4, -0.1, 0.1, seconds=1.5)
        work.append((cell.world.work() or 0.0) - before)

    cell.run(main)
    return samples, work[0]


def net(samples: list[PowerSample]) -> float:
    """Return the net energy (J) from the motors to the joints."""
    return sum(one.duration * v * t for one in samples for v, t in zip(one.velocity, one.torque, strict=True))


def test_a_heavier_tool_costs_its_weight_times_the_height() -> None:
    (light, _), (heavy, _) = lifted(0.0), lifted(MORE)
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


def test_a_world_without_masses_reports_no_samples() -> None:
    cell = Cell("kinematic")
    samples: list[PowerSample] = []
    cell.world.on_power(samples.append)

    async def main(cell: Cell) -> None:
        await cell.move(0.4, -0.1, 0.3)

    cell.run(main)
    assert samples == []
