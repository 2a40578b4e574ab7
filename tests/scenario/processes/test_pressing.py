"""Presses, judged by the peak of the force on the pad: each has an allowed excess, and must reach the force."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from process_rig import Staged, stage

from cellkit.errors import ConfigError

CELL = """
schema: cellkit/cell/1
name: pressing
devices:
  robot: {kind: arm, model: ur5e}
structures:
  pad: {xyz: [0.4, 0.3, 0.19], shapes: [{box: [0.2, 0.2, 0.02]}], stiffness: 10000}
"""
PRESSING = """
kind: pressing
pad: pad
force: 20
undershoot: 1.0
overshoot: [2.0, 4.0]
"""


class LoadCell:
    """A world in which only the force on the pad is read."""

    name = "load cell"

    def __init__(self) -> None:
        self.force: float | None = 0.0

    def pressed(self, name: str) -> float | None:
        assert name == "pad"
        return self.force

    async def press(self, *forces: float) -> None:
        """Apply forces one after the other, a tenth of a second each, then none."""
        for force in (*forces, 0.0):
            self.force = force
            await asyncio.sleep(0.1)


def judged(tmp_path: Path, *presses: tuple[float, ...]) -> Staged:
    cell = LoadCell()

    async def test(staged: Staged) -> None:
        for press in presses:
            await cell.press(*press)

    return stage(tmp_path, CELL, PRESSING, test, quantity=2, world=cell)


@pytest.mark.parametrize(
    ("peak", "fault"),
    [
        (19.0, None),
        (20.0, None),
        (22.0, None),
        (22.1, "press 1: 22.1 N, 2.1 N more than 20 N (allowed 2 N)"),
        (18.9, "press 1: 18.9 N, 20 N were to be reached"),
        (1.0, "press 1: 1.0 N, 20 N were to be reached"),
    ],
)
def test_the_peak_counts(tmp_path: Path, peak: float, fault: str | None) -> None:
    staged = judged(tmp_path, (peak / 2, peak, peak / 2))
    assert staged.process.tally.judged == 1
    assert staged.process.tally.faults == ([] if fault is None else [fault])
    assert staged.told("judged")[0]["peak"] == peak


def test_every_press_has_its_own_allowance_again_and_again(tmp_path: Path) -> None:
    staged = judged(tmp_path, (21.0,), (23.0,), (23.0,), (23.0,), (24.5,))
    assert staged.process.tally.good == 3
    assert [fault.partition(":")[0] for fault in staged.process.tally.faults] == ["press 3", "press 5"]


def test_a_force_that_swings_is_one_press(tmp_path: Path) -> None:
    staged = judged(tmp_path, (5.0, 20.0, 0.5, 0.3, 21.0, 5.0))
    assert staged.process.tally.judged == 1
    assert staged.told("judged")[0]["peak"] == 21.0


def test_a_touch_is_no_press(tmp_path: Path) -> None:
    assert judged(tmp_path, (0.9,), (0.5, 0.9)).process.tally.judged == 0


def test_a_press_that_is_not_over_is_judged_at_the_end(tmp_path: Path) -> None:
    cell = LoadCell()

    async def test(staged: Staged) -> None:
        cell.force = 30.0
        await asyncio.sleep(0.1)
        assert staged.process.tally.judged == 0

    staged = stage(tmp_path, CELL, PRESSING, test, world=cell)
    assert staged.process.tally.faults == ["press 1: 30.0 N, 10.0 N more than 20 N (allowed 2 N)"]


def test_a_peak_of_a_few_milliseconds_is_seen(tmp_path: Path) -> None:
    cell = LoadCell()

    async def test(staged: Staged) -> None:
        await cell.press(20.0)
        cell.force = 20.0
        await asyncio.sleep(0.05)
        cell.force = 90.0
        await asyncio.sleep(0.003)
        cell.force = 20.0
        await asyncio.sleep(0.05)
        cell.force = 0.0
        await asyncio.sleep(0.05)

    staged = stage(tmp_path, CELL, PRESSING, test, world=cell)
    assert [data["peak"] for data in staged.told("judged")] == [20.0, 90.0]


def test_a_world_without_forces_is_refused(tmp_path: Path) -> None:
    async def test(staged: Staged) -> None:
        pytest.fail("nothing may begin")

    with pytest.raises(ConfigError, match=r"scenario.yaml:7: the kinematic world has no contact forces; use --world"):
        stage(tmp_path, CELL, PRESSING, test)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("pad: pad", "pad: pat", "process.pad: the cell has no structure 'pat'; did you mean pad?"),
        ("force: 20", "force: 0", "process.force: input should be greater than 0"),
        ("overshoot: [2.0, 4.0]", "overshoot: []", "process.overshoot: "),
        ("overshoot: [2.0, 4.0]", "overshoot: [2.0, -1]", "process.overshoot.1: "),
    ],
)
def test_mistakes_are_told_with_their_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    async def test(staged: Staged) -> None:
        pytest.fail("nothing may begin")

    with pytest.raises(ConfigError, match=rf"scenario.yaml:\d+: {said.replace('?', '.')}"):
        stage(tmp_path, CELL, PRESSING.replace(old, new), test, world=LoadCell())
