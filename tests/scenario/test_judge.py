"""When a placed part is good."""

from __future__ import annotations

import math

import pytest

from cellkit.devices import Workpiece
from cellkit.geometry import Pose
from cellkit.scenario.processes.judging import judge
from cellkit.scenario.tolerances import Tolerances

NEST = Pose.from_rpy((0.4, -0.2, 0.125), (0.0, 0.0, 0.7), frame="world")
TOLERANCES = Tolerances(position=0.003, height=0.002, angle_deg=5.0)
OBLONG = Workpiece("part", "box", (0.04, 0.06, 0.05), 0.2, 0.6)
SQUARE = Workpiece("part", "box", (0.05, 0.05, 0.05), 0.2, 0.6)
ROUND = Workpiece("part", "cylinder", (0.05, 0.05, 0.05), 0.2, 0.6)


def tried(part: Workpiece, *, x: float = 0, y: float = 0, z: float = 0, roll: float = 0, yaw: float = 0):
    pose = NEST @ Pose.from_rpy((x, y, z), (math.radians(roll), 0.0, math.radians(yaw)))
    turns = None if part is ROUND else [turn.matrix for turn in part.turns()]
    return judge(pose, NEST, turns, TOLERANCES)


def test_exactly_there() -> None:
    assert tried(OBLONG) == (pytest.approx(0, abs=1e-12), None)


@pytest.mark.parametrize(
    ("moved", "error", "fault"),
    [
        ({"x": 0.0029}, 0.0029, None),
        ({"x": 0.0031}, 0.0031, "3.1 mm from its nest (allowed 3 mm)"),
        ({"x": 0.0025, "y": -0.0025}, 0.0035355, "3.5 mm from its nest (allowed 3 mm)"),
        ({"x": 0.00301}, 0.00301, "3.01 mm from its nest (allowed 3 mm)"),
        ({"z": 0.0019}, 0.0, None),
        ({"z": -0.00201}, 0.0, "-2.01 mm too high or low (allowed 2 mm)"),
        ({"z": 0.0021}, 0.0, "+2.1 mm too high or low (allowed 2 mm)"),
        ({"z": -0.0021}, 0.0, "-2.1 mm too high or low (allowed 2 mm)"),
        ({"yaw": 4.9}, 0.0, None),
        ({"yaw": -5.2}, 0.0, "turned or tilted by 5.2 deg (allowed 5 deg)"),
        ({"roll": 5.2}, 0.0, "turned or tilted by 5.2 deg (allowed 5 deg)"),
        ({"x": 0.5, "roll": 180}, 0.5, "500.0 mm from its nest (allowed 3 mm)"),
    ],
)
def test_tolerances(moved: dict[str, float], error: float, fault: str | None) -> None:
    assert tried(OBLONG, **moved) == (pytest.approx(error, abs=1e-6), fault)


def test_turns_that_look_the_same_are_no_fault() -> None:
    assert tried(OBLONG, yaw=180)[1] is None
    assert "90.0 deg" in str(tried(OBLONG, yaw=90)[1])
    for yaw in (90, -90, 180, 93):
        assert tried(SQUARE, yaw=yaw)[1] is None
    assert "45.0 deg" in str(tried(SQUARE, yaw=45)[1])
    assert "180.0 deg" in str(tried(SQUARE, roll=180)[1]), "upside down is not the same"


@pytest.mark.parametrize("yaw", [0, 5, 10, 15, 45, 77, 123])
def test_a_cylinder_may_stand_in_any_turn(yaw: float) -> None:
    assert tried(ROUND, yaw=yaw)[1] is None
    assert tried(ROUND, yaw=yaw, roll=6)[1] is not None, "but upright"
