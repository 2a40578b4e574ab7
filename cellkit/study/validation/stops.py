"""Published stopping times and distances of UR arms, against the law of stops: t0, then a deceleration (category 0).

The law has been fitted to a part of the figures; each row predicts a figure that its own fit did not use. The last rows
check the shipped models, which were fitted to all figures of their predecessors: they prove that the law can give
them, not that it predicts.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from scipy.optimize import brentq

from cellkit.masses import Load
from cellkit.models.load import load_arm
from cellkit.motion.stop_trajectory import braking_times, braking_ways
from cellkit.motion.stopping import stop_law
from cellkit.study.validation.published import Row, compare, published

ROBOTS = {"ur5": "ur5e", "ur3": "ur3e"}
"""The published robots and the shipped models of their successors."""
JOINTS = ("base", "shoulder", "elbow")
STOPS = tuple(f"{robot}_{joint}" for robot in ROBOTS for joint in JOINTS)
STEEPEST = 1e3
"""The largest damping in the fit, as a multiple of deceleration over speed; 0 is a constant deceleration."""
SPEEDS = (2.0, 2.5, 3.0)
REMARK = "The published distance is rounded to 0.01 rad, 3 % of this one."


def stop_rows() -> list[Row]:
    """Compare distances from times, times at other speeds from two times, and the shipped models with their basis."""
    return [*_distances(), *_tcp_speeds(), *_models()]


def _distances() -> list[Row]:
    p = published()
    rows = []
    for stop in STOPS:
        robot, joint = stop.split("_")
        others = [other for other in STOPS if other != stop and ("base" in other) is (joint == "base")]
        distance = p["ur_stop_speed"] * p[f"{stop}_time"] * _part(_damping(others))
        rows.append(
            compare(
                "stop",
                f"{robot.upper()} {joint}, distance from its time",
                distance,
                f"{stop}_distance",
                "t0 = 0; c v / a fitted to the other distances of joints that move alike (horizontally or down)",
                REMARK if p[f"{stop}_distance"] < 0.2 else "",
            )
        )
    return rows


def _part(damping: float) -> float:
    """Return distance over speed times time, of a stop whose ``damping`` is c v / a."""
    one, c = np.ones(1), np.array([damping])
    times = braking_times(one, one, c)
    return float((braking_ways(one, one, c, times) / times)[0])


def _damping(stops: Iterable[str]) -> float:
    """Return the c v / a with the least squares of the relative errors of the stops' distances."""
    p = published()
    parts = np.array([p[f"{stop}_distance"] / (p["ur_stop_speed"] * p[f"{stop}_time"]) for stop in stops])
    best = float(np.sum(1.0 / parts) / np.sum(1.0 / parts**2))
    if best >= 0.5:  # a constant deceleration, and the arm cannot stop over more
        return 0.0
    found: float = brentq(lambda damping: _part(damping) - best, 1e-9, STEEPEST)
    return found


def _tcp_speeds() -> list[Row]:
    p = published()
    deceleration = 0.5 / (p["ur10_1.5"] - p["ur10_1.0"])
    reaction = p["ur10_1.0"] - 1.0 / deceleration
    rows = [
        compare(
            "stop",
            f"UR10 stop time from {speed:g} m/s",
            reaction + speed / deceleration,
            f"ur10_{speed}",
            "t0 + v / a, fitted to the stops from 1.0 and 1.5 m/s",
            "The time from a fault until the brakes are engaged: the detection is within t0." if speed == 2.0 else "",
        )
        for speed in SPEEDS
    ]
    slow = p["ur3_1.0"] - 1.0 / deceleration
    basis = "t0 fitted to the stop from 1.0 m/s, a to the UR10"
    return [*rows, compare("stop", "UR3 stop time from 1.5 m/s", slow + 1.5 / deceleration, "ur3_1.5", basis)]


def _models() -> list[Row]:
    p = published()
    rows = []
    for robot, name in ROBOTS.items():
        law = stop_law(load_arm(name), 0)
        for at, joint in enumerate(JOINTS):
            velocity = np.zeros(len(law.damping))
            velocity[at] = p["ur_stop_speed"]
            basis = f"model {name}, fitted to the figures of its predecessor {robot.upper()}: no prediction"
            where = f"{robot.upper()} {joint}, model {name}"
            time = law.duration(np.zeros(len(velocity)), velocity, Load())
            way = float(law.distances(np.zeros(len(velocity)), velocity, Load())[at])
            rows.append(compare("stop", f"{where}: time", time, f"{robot}_{joint}_time", basis, within=1e-3))
            rows.append(compare("stop", f"{where}: distance", way, f"{robot}_{joint}_distance", basis, within=5e-3))
    return rows
