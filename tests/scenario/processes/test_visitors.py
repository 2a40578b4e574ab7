"""Visitors: an arm that ignores people fails; an arm that slows and stops in time does not."""

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
  station: {kind: digital_io, inputs: [over], outputs: [watching]}
places:
  entrance: {xyz: [5.0, 0.0, 0.0]}
  nearest: {xyz: [1.2, 0.0, 0.0]}
"""
VISITORS = """
kind: visitors
robot: robot
entrance: entrance
nearest: nearest
sideways: [0.5, 0.2]
pace: 1.6
stay: [1.0, 2.0]
pause: [2.0, 3.0]
intrusion: 0.85
reaction: 0.1
io: station
watching: watching
over: over
"""


async def begin(staged: Staged) -> None:
    """Switch the monitoring on, as a program does; no person comes before."""
    await staged.built.cell.io("station").write("watching", True)


async def until_over(staged: Staged) -> None:
    await begin(staged)
    over, image = asyncio.Event(), staged.built.images["station"]
    image.watch("over", over.set)
    if not image["over"]:
        await over.wait()


async def swinging(arm: Arm) -> None:
    """Swing to and fro, for ever."""
    side = 1.0
    while True:
        goal = arm.home.copy()
        goal[0] += side
        await arm.move_joint(goal)
        side = -side


def near(staged: Staged) -> float:
    """Return the distance (m) from the base to the visitor's nearest side."""
    return float(np.linalg.norm(staged.built.world.body_pose("visitor").position[:2])) - 0.2


async def among_people(staged: Staged, slow: float, stop: float, late: float = 0.0) -> None:
    """Swing at a quarter of the speed nearer than ``slow`` m, not nearer than ``stop``, reacting ``late`` s later."""
    arm = staged.built.cell.arm("robot")
    motion = asyncio.ensure_future(swinging(arm))
    await begin(staged)
    since: dict[float, float] = {}
    while not staged.built.images["station"]["over"]:
        await asyncio.sleep(0.02)
        for within in (slow, stop):
            if near(staged) > within:
                since.pop(within, None)
            else:
                since.setdefault(within, now())
        share = {slow: 0.25, stop: 0.0}
        given = [share[within] for within, when in since.items() if now() - when >= late]
        await arm.set_speed_override(min(given, default=1.0))
    motion.cancel()
    await asyncio.wait({motion})


def test_they_come_stay_and_go(tmp_path: Path) -> None:
    async def test(staged: Staged) -> None:
        await asyncio.sleep(5.0)
        assert near(staged) == pytest.approx(4.8), "no person comes before the cell watches"
        await begin(staged)
        distances = [near(staged)]
        while not staged.built.images["station"]["over"]:
            await asyncio.sleep(0.05)
            distances.append(near(staged))
        steps = np.abs(np.diff(distances))
        assert np.sort(steps)[-5:].max() <= 1.6 * 0.06 + 0.15, "no person runs; each begins at a place of its own"
        closest = min(distances)
        assert 1.0 - 1e-6 <= closest <= 5.0 - 0.6 * 3.8, "all the way, or a part of it"

    staged = stage(tmp_path, CELL, VISITORS, test, quantity=3)
    assert (staged.process.tally.good, staged.process.tally.judged) == (3, 3)
    assert [data["number"] for data in staged.told("visitor")] == [1, 2, 3]
    assert staged.times("visitor")[0] >= 7.0
    pauses = [later - end for end, later in zip(staged.times("judged"), staged.times("visitor")[1:], strict=False)]
    assert all(2.0 <= pause <= 3.0 for pause in pauses)


@pytest.mark.parametrize(
    ("slow", "stop", "good"),
    [
        (4.0, 2.4, True),
        (0.0, 0.0, False),  # as if no person were present
        (4.0, 0.0, False),  # creeping on beside people
        (1.6, 1.5, False),  # stops, but has been too fast up to there
    ],
)
def test_what_the_arm_does_meanwhile_counts(tmp_path: Path, slow: float, stop: float, good: bool) -> None:
    async def test(staged: Staged) -> None:
        await among_people(staged, slow, stop)

    tally = stage(tmp_path, CELL, VISITORS, test, quantity=4).process.tally
    assert tally.judged == 4
    assert (tally.good == 4) is good, tally.faults
    margin = tally.figures["least margin to the protective distance (m)"]
    if good:
        assert margin > 0.0
    else:
        assert "m nearer than any stop could justify" in tally.faults[0] or "in time" in tally.faults[0]


def test_a_margin_by_an_assumed_stop_says_so(tmp_path: Path) -> None:
    async def test(staged: Staged) -> None:
        await among_people(staged, 4.0, 2.4)

    assert "ur5e" in CELL
    figures = stage(tmp_path, CELL.replace("ur5e", "gp7"), VISITORS, test, quantity=1).process.tally.figures
    assert [name for name in figures if "margin" in name] == [
        "least margin to the protective distance, assumed stop (m)"
    ]


@pytest.mark.parametrize(("late", "good"), [(0.1, True), (1.0, False)])
def test_it_may_take_its_time_to_react_but_not_more(tmp_path: Path, late: float, good: bool) -> None:
    async def test(staged: Staged) -> None:
        await among_people(staged, 4.0, 2.4, late)

    staged = stage(tmp_path, CELL, VISITORS, test, quantity=4)
    assert min(data["nearest"] for data in staged.told("visitor")) < 2.0, "a person came as near as that"
    assert (staged.process.tally.good == 4) is good, staged.process.tally.faults


def test_an_arm_that_stands_may_have_anybody_beside_it(tmp_path: Path) -> None:
    tally = stage(tmp_path, CELL, VISITORS, until_over, quantity=3).process.tally
    assert (tally.good, tally.judged) == (3, 3)


def test_what_people_cost_is_measured(tmp_path: Path) -> None:
    """Parts take one length each, and twice as long while a person is present."""

    async def test(staged: Staged) -> None:
        cell, image = staged.built.cell, staged.built.images["station"]
        arm = cell.arm("robot")
        await begin(staged)
        while not image["over"]:
            somebody = near(staged) < 4.0
            await arm.set_speed_override(0.5 if somebody else 1.0)
            await asyncio.sleep(1.0 if somebody else 0.5)
            cell.part_finished("part")

    figures = stage(tmp_path, CELL, VISITORS + "alone: 4\n", test, quantity=2).process.tally.figures
    assert figures["cycle with nobody there (s)"] == pytest.approx(0.5)
    assert 0.75 < figures["cycle with people there (s)"] <= 1.0
    cost = figures["cycle with people there (s)"] / figures["cycle with nobody there (s)"] - 1
    assert figures["cycle time that people cost (%)"] == pytest.approx(100 * cost)
    assert figures["slow-downs (times)"] == 2
    assert figures["stopped for people (s)"] == 0.0
    assert figures["slowed for people (s)"] > 2.0


def test_the_first_comes_after_parts_without_anybody(tmp_path: Path) -> None:
    async def test(staged: Staged) -> None:
        await begin(staged)
        for _ in range(3):
            await asyncio.sleep(4.0)
            assert not staged.told("visitor")
            staged.built.cell.part_finished("part")
        await until_over(staged)

    staged = stage(tmp_path, CELL, VISITORS + "alone: 3\n", test)
    assert staged.times("visitor")[0] >= 12.0


def test_somebody_stays(tmp_path: Path) -> None:
    async def test(staged: Staged) -> None:
        await begin(staged)
        staged.process.begin_fault("person_stays")
        await asyncio.sleep(60.0)
        assert near(staged) == pytest.approx(1.0, abs=0.05)
        assert not staged.built.images["station"]["over"]

    assert stage(tmp_path, CELL, VISITORS, test).process.tally.judged == 0


def test_chance_goes_by_the_seed(tmp_path: Path) -> None:
    def visits(seed: int) -> list[tuple[float, float]]:
        staged = stage(tmp_path, CELL, VISITORS, until_over, quantity=2, seed=seed)
        return [(time, data["nearest"]) for time, word, data in staged.reports if word == "visitor"]

    assert visits(1) == visits(1)
    assert visits(1) != visits(2)


def test_nobody_walks_on_after_the_end(tmp_path: Path) -> None:
    async def test(staged: Staged) -> None:
        await begin(staged)
        while near(staged) > 4.0:  # noqa: ASYNC110 - the way is looked at, as from outside
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
        ("watching: watching", "watching: over", "process.watching: 'station' has no output 'over'; valid: watching"),
        ("intrusion: 0.85", "intrusion: -1", "process.intrusion: "),
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
