"""Visitors: an arm that goes on as if nobody were there is told of; one that slows and stands in time is not."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest
from process_rig import Staged, stage

from cellkit.devices import Arm
from cellkit.errors import ConfigError
from cellkit.timing import now

CELL = """
schema: cellkit/cell/1
name: visited
devices:
  robot: {kind: arm, model: ur5e}
  station: {kind: digital_io, inputs: [over], outputs: [lamp]}
places:
  entrance: {xyz: [4.0, 0.0, 0.0]}
  nearest: {xyz: [1.0, 0.0, 0.0]}
"""
VISITORS = """
kind: visitors
robot: robot
entrance: entrance
nearest: nearest
pace: 1.6
stay: [1.0, 2.0]
pause: [2.0, 3.0]
slow_within: 2.0
stop_within: 1.5
slow_share: 0.3
reaction: 0.6
io: station
over: over
"""


async def until_over(staged: Staged) -> None:
    over, image = asyncio.Event(), staged.built.images["station"]
    image.watch("over", over.set)
    await over.wait()


async def swinging(arm: Arm, share: float) -> None:
    """To and fro, for ever."""
    await arm.set_speed_override(share)
    side = 1.0
    while True:
        goal = arm.home.copy()
        goal[0] += side
        await arm.move_joint(goal)
        side = -side


def near(staged: Staged) -> float:
    """m from the base to the visitor's nearest side."""
    return float(np.linalg.norm(staged.built.world.body_pose("visitor").position[:2])) - 0.2


def test_they_come_stay_and_go(tmp_path: Path) -> None:
    async def test(staged: Staged) -> None:
        distances = [near(staged)]
        while not staged.built.images["station"]["over"]:
            await asyncio.sleep(0.05)
            distances.append(near(staged))
        steps = np.diff(distances)
        assert abs(steps).max() <= 1.6 * 0.06 + 1e-9, "nobody runs"
        assert distances[0] == pytest.approx(3.8)
        assert distances[-1] == pytest.approx(3.8, abs=0.01)
        closest = min(distances)
        assert 0.8 - 1e-6 <= closest <= 4.0 - 0.6 * 3.0 - 0.2 + 1e-6, "all the way, or a part of it"

    staged = stage(tmp_path, CELL, VISITORS, test, quantity=3)
    assert (staged.process.tally.good, staged.process.tally.judged) == (3, 3)
    assert [data["number"] for data in staged.told("visitor")] == [1, 2, 3]
    assert staged.times("visitor")[0] >= 2.0
    pauses = [later - end for end, later in zip(staged.times("judged"), staged.times("visitor")[1:], strict=False)]
    assert all(2.0 <= pause <= 3.0 for pause in pauses)


@pytest.mark.parametrize(("share", "good"), [(1.0, False), (0.0, True)])
def test_what_the_arm_does_meanwhile_counts(tmp_path: Path, share: float, good: bool) -> None:
    async def test(staged: Staged) -> None:
        motion = asyncio.ensure_future(swinging(staged.built.cell.arm("robot"), share)) if share else None
        await until_over(staged)
        if motion is not None:
            motion.cancel()
            await asyncio.wait({motion})

    tally = stage(tmp_path, CELL, VISITORS, test, quantity=4).process.tally
    assert tally.judged == 4
    if good:
        assert tally.good == 4
    else:
        assert tally.good < 4
        assert "m from the base the arm moved at" in tally.faults[0]
        assert "of its speed limits" in tally.faults[0]
        assert "(allowed there: " in tally.faults[0]


@pytest.mark.parametrize(("late", "good"), [(0.3, True), (1.5, False)])
def test_it_may_take_its_time_to_react_but_not_more(tmp_path: Path, late: float, good: bool) -> None:
    """The arm slows at once to a quarter; it is stopped ``late`` s after somebody is too near."""

    async def test(staged: Staged) -> None:
        arm = staged.built.cell.arm("robot")
        motion = asyncio.ensure_future(swinging(arm, 1.0))
        since: float | None = None
        while not staged.built.images["station"]["over"]:
            await asyncio.sleep(0.02)
            distance = near(staged)
            if distance > 1.5:
                since = None
            elif since is None:
                since = now()
            stopped = since is not None and now() - since >= late
            await arm.set_speed_override(0.0 if stopped else 0.15 if distance < 2.3 else 1.0)
        motion.cancel()
        await asyncio.wait({motion})

    staged = stage(tmp_path, CELL, VISITORS, test, quantity=4)
    nearest = [data["nearest"] for data in staged.told("visitor")]
    assert min(nearest) < 1.5, "somebody came as near as that"
    assert (staged.process.tally.good == 4) is good, staged.process.tally.faults


def test_chance_goes_by_the_seed(tmp_path: Path) -> None:
    def visits(seed: int) -> list[tuple[float, float]]:
        staged = stage(tmp_path, CELL, VISITORS, until_over, quantity=2, seed=seed)
        return [(time, data["nearest"]) for time, word, data in staged.reports if word == "visitor"]

    assert visits(1) == visits(1)
    assert visits(1) != visits(2)


def test_nobody_walks_on_after_the_end(tmp_path: Path) -> None:
    async def test(staged: Staged) -> None:
        while near(staged) > 3.0:  # noqa: ASYNC110 - the way is looked at, as from outside
            await asyncio.sleep(0.05)
        staged.process.finish()
        await asyncio.sleep(0.05)
        where = near(staged)
        await asyncio.sleep(5.0)
        assert near(staged) == where
        assert not staged.built.images["station"]["over"]

    assert stage(tmp_path, CELL, VISITORS, test).process.tally.judged == 0


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("robot: robot", "robot: robt", "process.robot: the cell has no arm 'robt'; did you mean robot?"),
        ("nearest: nearest", "nearest: near", "process.nearest: the cell has no place 'near'; did you mean nearest?"),
        ("io: station", "io: robot", "process.io: the cell has no digital signals 'robot'; valid: station"),
        ("over: over", "over: lamp", "process.over: 'station' has no input 'lamp'; valid: over"),
        ("slow_share: 0.3", "slow_share: 1.5", "process.slow_share: "),
        ("pace: 1.6", "pace: 0", "process.pace: "),
    ],
)
def test_mistakes_are_told_with_their_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    async def test(staged: Staged) -> None:
        pytest.fail("nothing may begin")

    with pytest.raises(ConfigError) as told:
        stage(tmp_path, CELL, VISITORS.replace(old, new), test)
    assert said in str(told.value)
    assert "scenario.yaml:" in str(told.value)
