"""The cycle 25/305/25 (or 25/300/25): up, across, down, and the same way back.

It is a convention of the industry, in no standard, and every vendor has a definition of its own: times are compared
within one definition only. Arms with a model file are planned as programs are (:mod:`.product_cycle`). The others are
calculated here: legs are time-optimal in joint space with constant accelerations, all axes arriving together. In a
cycle with rounded corners the next leg begins while the previous one brakes. The place is the best one on a grid.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np

from cellkit.geometry import Array
from cellkit.models.load import load_arm
from cellkit.study.validation.five_axis import FiveAxis
from cellkit.study.validation.product_cycle import product_cycle
from cellkit.study.validation.published import Row, compare, published

LIFT = 0.025  # m
DIRECTIONS = np.radians((0, 30, 60, 90, 120, 150))
RADII = 60
"""Number of places along the reach that are tried."""


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
    arm: FiveAxis,
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
    reach = p["irb_910sc_l1"] + p["irb_910sc_l2"]
    acceleration = _calibrated(p["ts2_40"], 0.300) * (p["ts2_40_reach"] / reach) ** _ts2_exponent()
    return [
        compare(
            "cycle",
            "IRB 910SC-3/0.65, accelerated as a TS2 of its reach",
            _straight(acceleration, 0.305),
            "irb_910sc_cycle",
            "TCP acceleration by reach, calibrated on the TS2-40 and the TS2-100: SCARAs of another vendor",
        )
    ]


def _abb_six_axis() -> list[Row]:
    small = load_arm("irb-120")
    # At full reach a turn of axis 1 alone reaches a given TCP speed most easily.
    to_speed = 1.0 / (small.reach.known() * float(small.joint_limits().acceleration[0]))
    basis = "model irb-120, whose acceleration is cellkit's assumption; no jerk limit; nothing calibrated"
    rows = [compare("cycle", "IRB 120, 0 to 1 m/s, axis 1 at full reach", to_speed, "irb_120_to_1mps", basis)]
    for name, figure in (("irb-120", "irb_120_cycle"), ("irb-1200", "irb_1200_cycle")):
        model = load_arm(name)
        basis = "a path motion of the product, blended corners, 1 kg, no settling; nothing calibrated"
        rows.append(compare("cycle", f"{model.name}, 25/300/25", product_cycle(model), figure, basis))
    return rows


def _straight(acceleration: float, across: float) -> float:
    """Return the cycle of a point with equal acceleration in all directions, corners rounded, without a top speed."""
    up, over = (Leg(2 * math.sqrt(way / acceleration), math.sqrt(way / acceleration)) for way in (LIFT, across))
    return cycle((up, over, up), rounded=True)


def _calibrated(cycle_time: float, across: float) -> float:
    """Return the acceleration (m/s²) that gives a cycle: the time is proportional to one over its root."""
    return (_straight(1.0, across) / cycle_time) ** 2


def _delta() -> list[Row]:
    """Return the cycles of deltas: a = F / (m0 + m), with the moved mass m0 from two cycles of one robot.

    F of every other robot is from its own cycle with 1 kg.
    """
    p = published()
    air = p["irb_360_air"]
    light, heavy = (_calibrated(p[f"irb_360_8_1130_{load}kg"] - air, 0.305) for load in (1, 4))
    moved = (4.0 * heavy - light) / (light - heavy)
    rows = []
    for robot, loads in (("8_1130", (8,)), ("6_1600", (3, 6)), ("3_1130", (3,))):
        force = _calibrated(p[f"irb_360_{robot}_1kg"] - air, 0.305) * (moved + 1.0)
        for load in loads:
            basis = (
                f"force {force:.0f} N, calibrated on its cycle with 1 kg, on {moved:.2f} kg of its own (from the "
                "8/1130 with 1 and 4 kg) and the load; air included"
            )
            time = _straight(force / (moved + load), 0.305) + air
            what = f"IRB 360-{robot.replace('_', '/')}, {load} kg"
            rows.append(compare("cycle", what, time, f"irb_360_{robot}_{load}kg", basis))
    return rows


def _ts2_exponent() -> float:
    """Return by which power of the reach the acceleration of a TS2 falls, from the TS2-40 and the TS2-100."""
    p = published()
    fall = _calibrated(p["ts2_40"], 0.300) / _calibrated(p["ts2_100"], 0.300)
    return math.log(fall) / math.log(p["ts2_100_reach"] / p["ts2_40_reach"])


def _ts2() -> list[Row]:
    p = published()
    shortest = _calibrated(p["ts2_40"], 0.300)
    exponent = _ts2_exponent()
    basis = f"TCP acceleration falls by reach to the power of {exponent:.2f}, calibrated on the TS2-40 and the TS2-100"
    return [
        compare(
            "cycle",
            f"TS2-{size}, 25/300/25",
            _straight(shortest * (p["ts2_40_reach"] / p[f"ts2_{size}_reach"]) ** exponent, 0.300),
            f"ts2_{size}",
            basis,
        )
        for size in (60, 80)
    ]
