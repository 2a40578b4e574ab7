"""The cycle 25/305/25 (or 25/300/25): up, across, down, and the same way back.

It is a convention of the industry, in no standard, and every vendor has a definition of its own: times are compared
within one definition only. Legs are time-optimal in joint space with constant accelerations, all axes arriving
together. In a cycle with rounded corners the next leg begins while the previous one brakes. The place is the best one
on a grid, as in catalogues.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
from typing_extensions import override

from cellkit.errors import PlanningError
from cellkit.geometry import Array
from cellkit.models.arm import ArmModel
from cellkit.models.load import load_arm
from cellkit.motion.kinematics import ArmKinematics
from cellkit.study.validation.published import Row, compare, published
from cellkit.study.validation.small_arms import FiveAxis, PickArm, Scara

LIFT = 0.025  # m
TO_FULL_SPEED = 0.25
"""s from rest to full speed of a joint: the assumption of cellkit's arm models if the vendor states none."""
DIRECTIONS = np.radians((0, 30, 60, 90, 120, 150))
RADII = 60
"""Number of places along the reach that are tried; a sixth of them for numeric inverse kinematics."""


@dataclass(frozen=True, slots=True)
class Leg:
    """One motion: its time, and its braking (or acceleration) time in s."""

    time: float
    braking: float


def leg(start: Array, end: Array, speeds: Array, accelerations: Array) -> Leg:
    """Return the motion from rest to rest, limited by the slowest axis: constant v and a, no jerk limit."""
    slowest = Leg(0.0, 0.0)
    for way, speed, acceleration in zip(np.abs(end - start), speeds, accelerations, strict=True):
        braking = min(speed / acceleration, math.sqrt(way / acceleration)) if math.isfinite(acceleration) else 0.0
        time = way / speed + braking if braking == speed / acceleration else 2 * braking
        if time > slowest.time:
            slowest = Leg(float(time), float(braking))
    return slowest


def cycle(legs: tuple[Leg, Leg, Leg], rounded: bool) -> float:
    """Return the time (s) of up, across, down and back. ``rounded``: the arm does not stop at the upper corners."""
    one_way = sum(leg.time for leg in legs)
    if rounded:
        one_way -= sum(min(a.braking, b.braking) for a, b in itertools.pairwise(legs))
    return 2 * one_way


def best_cycle(
    arm: PickArm,
    reach: float,
    across: float,
    rounded: bool,
    heights: tuple[float, ...] = (0.0,),
    radii: int = RADII,
) -> float:
    """Return the shortest cycle over all tried places; inf if none is within reach."""
    best = math.inf
    for radius, height, direction in itertools.product(np.linspace(0.1, 1.0, radii) * reach, heights, DIRECTIONS):
        half = across / 2 * np.array([math.sin(direction), math.cos(direction), 0.0])
        low = [np.array([radius, 0.0, height]) - half, np.array([radius, 0.0, height]) + half]
        high = [point + np.array([0.0, 0.0, LIFT]) for point in low]
        corners = [arm.joints(point) for point in (low[0], high[0], high[1], low[1])]
        if any(joints is None for joints in corners):
            continue
        a, b, c, d = (joints for joints in corners if joints is not None)
        v, acc = arm.speeds, arm.accelerations
        best = min(best, cycle((leg(a, b, v, acc), leg(b, c, v, acc), leg(c, d, v, acc)), rounded))
    return best


def cycle_rows() -> list[Row]:
    """Return all comparisons of cycle times."""
    return [*_crs(), *_irb_910(), *_abb_six_axis(), *_delta(), *_ts2()]


def _crs() -> list[Row]:
    p = published()
    three = [p["crs_a255_speed"]] * 3, [p["crs_a255_acceleration"]] * 3
    arm = FiveAxis(
        (p["crs_a255_link"], p["crs_a255_link"]),
        np.array([*three[0], p["crs_a255_wrist_speed"], p["crs_a255_roll_speed"]]),
        np.array([*three[1], p["crs_a255_wrist_acceleration"], p["crs_a255_roll_acceleration"]]),
    )
    reach = 2 * p["crs_a255_link"]
    heights = (-0.1, 0.0, 0.1)
    basis = "published speeds and accelerations; link lengths recalled; 25/305/25 assumed; nothing calibrated"
    return [
        compare(
            "cycle",
            f"CRS A255, {words}",
            best_cycle(arm, reach, 0.305, rounded, heights),
            "crs_a255_cycle",
            basis,
            "Left out: settling and gripper time, which a 'standard pick and place' may contain.",
        )
        for words, rounded in (("stop at each corner", False), ("corners rounded", True))
    ]


def _irb_910() -> list[Row]:
    p = published()
    speeds = np.array([p[f"irb_910sc_{axis}_speed"] for axis in ("j1", "j2", "z", "j4")])
    links = p["irb_910sc_l1"], p["irb_910sc_l2"]
    rows = []
    for words, accelerations, remark in (
        ("no limit on acceleration: a bound from below", np.full(4, math.inf), ""),
        (
            f"cellkit's assumption, full speed in {TO_FULL_SPEED:g} s",
            speeds / TO_FULL_SPEED,
            "A SCARA accelerates several times as hard as cellkit assumes for arms whose vendor publishes nothing.",
        ),
    ):
        predicted = best_cycle(Scara(links, speeds, accelerations), sum(links), 0.305, rounded=True)
        basis = "published speeds, corners rounded; nothing calibrated"
        rows.append(compare("cycle", f"IRB 910SC-3/0.65, {words}", predicted, "irb_910sc_cycle", basis, remark))
    return rows


class _ModelArm(PickArm):
    """A shipped model as a ``PickArm``, optionally with another acceleration time."""

    def __init__(self, model: ArmModel, to_full_speed: float | None = None) -> None:
        limits = model.joint_limits()
        self._kinematics = ArmKinematics(model)
        self._home = np.array(model.home)
        self._down = self._kinematics.forward(model.home)
        self.speeds = limits.velocity
        self.accelerations = limits.acceleration if to_full_speed is None else limits.velocity / to_full_speed

    @override
    def joints(self, point: Array) -> Array | None:
        """Return the axis values; heights count from that of the home position."""
        target = self._down.copy()
        target[:2, 3], target[2, 3] = point[:2], self._down[2, 3] + point[2]
        try:
            return self._kinematics.inverse(target, self._home)
        except PlanningError:
            return None


def _abb_six_axis() -> list[Row]:
    p = published()
    rows = []
    small = load_arm("irb-120")
    reach = small.reach.known()
    # At full reach a turn of axis 1 alone reaches a given TCP speed most easily.
    to_speed = 1.0 / (reach * float(small.joint_limits().acceleration[0]))
    rows.append(
        compare(
            "cycle",
            "IRB 120, 0 to 1 m/s, axis 1 at full reach",
            to_speed,
            "irb_120_to_1mps",
            f"model irb-120, cellkit's assumption (full speed in {TO_FULL_SPEED:g} s), no jerk limit",
        )
    )
    assumptions = "the model's speeds, from the vendor's description, corners rounded, no settling"
    for name, figure in (("irb-120", "irb_120_cycle"), ("irb-1200", "irb_1200_cycle")):
        model = load_arm(name)
        time = best_cycle(_ModelArm(model), model.reach.known(), 0.300, rounded=True, radii=RADII // 6)
        basis = f"{assumptions}; cellkit's assumption (full speed in {TO_FULL_SPEED:g} s)"
        rows.append(compare("cycle", f"{model.name}, 25/300/25, assumed accelerations", time, figure, basis))
    calibrated = float(small.joint_limits().velocity[0]) * reach * p["irb_120_to_1mps"]
    time = best_cycle(_ModelArm(small, calibrated), reach, 0.300, rounded=True, radii=RADII // 6)
    basis = f"{assumptions}; full speed in {calibrated:.3f} s, calibrated on '0 to 1 m/s in 0.07 s', not on this cycle"
    rows.append(compare("cycle", f"{small.name}, 25/300/25, one acceleration calibrated", time, "irb_120_cycle", basis))
    return rows


def _straight(acceleration: float, across: float) -> float:
    """Return the cycle of a point with equal acceleration in all directions, corners rounded, without a top speed."""
    up, over = (Leg(2 * math.sqrt(way / acceleration), math.sqrt(way / acceleration)) for way in (LIFT, across))
    return cycle((up, over, up), rounded=True)


def _calibrated(cycle_time: float, across: float) -> float:
    """Return the acceleration (m/s²) that gives a cycle: the time is proportional to one over its root."""
    return (_straight(1.0, across) / cycle_time) ** 2


def _delta() -> list[Row]:
    p = published()
    air = p["irb_360_air"]
    rows = []
    for robot, loads in (("8_1130", (4, 8)), ("6_1600", (3, 6)), ("3_1130", (3,))):
        acceleration = _calibrated(p[f"irb_360_{robot}_1kg"] - air, 0.305)
        for load in loads:
            basis = f"TCP acceleration {acceleration:.0f} m/s², calibrated on its cycle with 1 kg; air included"
            name = f"irb_360_{robot}_{load}kg"
            what = f"IRB 360-{robot.replace('_', '/')}, {load} kg"
            remark = "The model does not slow down with payload: force, and the arms' own mass, are not published."
            rows.append(compare("cycle", what, _straight(acceleration, 0.305) + air, name, basis, remark))
    return rows


def _ts2() -> list[Row]:
    acceleration = _calibrated(published()["ts2_40"], 0.300)
    basis = f"TCP acceleration {acceleration:.0f} m/s², calibrated on the TS2-40"
    remark = "The model gives every size the same acceleration: the longer arms' inertia is not published."
    return [
        compare("cycle", f"TS2-{size}, 25/300/25", _straight(acceleration, 0.300), f"ts2_{size}", basis, remark)
        for size in (60, 80, 100)
    ]
