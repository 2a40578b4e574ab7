"""Stopping times and distances of UR arms, against cellkit's constant deceleration (category 0)."""

from __future__ import annotations

from cellkit.models.load import load_arm
from cellkit.motion.speed_and_separation import Stop
from cellkit.study.validation.published import Row, compare, published

JOINTS = ("base", "shoulder", "elbow")
UNSAFE = "The model stops sooner than the real arm: take a stop for separation distances from the manual, not from it."


def stop_rows() -> list[Row]:
    """Compare distances from times, times from the models' deceleration, and times at other speeds from one time."""
    return [*_distances(), *_models(), *_tcp_speeds()]


def _distances() -> list[Row]:
    p = published()
    return [
        compare(
            "stop",
            f"{robot.upper()} {joint}, distance from its time",
            p["ur_stop_speed"] * p[f"{robot}_{joint}_time"] / 2,
            f"{robot}_{joint}_distance",
            "constant deceleration, calibrated on the published time of the same stop",
            "Real brakes are strongest at first, so the arm stops shorter than this." if joint == "base" else "",
        )
        for robot in ("ur5", "ur3")
        for joint in JOINTS
    ]


def _models() -> list[Row]:
    p = published()
    rows = []
    for robot, name in (("ur5", "ur5e"), ("ur3", "ur3e")):
        braking = load_arm(name).joint_limits().acceleration
        for joint, deceleration in zip(JOINTS, braking[:3], strict=True):
            braked = p["ur_stop_speed"] / float(deceleration)
            remark = (
                f"{name} is the next generation of {robot.upper()} (CB3); its acceleration is cellkit's assumption, "
                "and its stop does not depend on load or gravity."
            )
            rows.append(
                compare(
                    "stop",
                    f"{robot.upper()} {joint}, time from model {name}",
                    braked,
                    f"{robot}_{joint}_time",
                    "constant deceleration of the model; nothing calibrated",
                    remark if joint == "base" else UNSAFE if p[f"{robot}_{joint}_time"] > braked else "",
                )
            )
    return rows


def _tcp_speeds() -> list[Row]:
    slow = Stop.braking(1.0, 1.0 / published()["ur10_1.0"])
    return [
        compare(
            "stop",
            f"UR10 stop time from {speed:g} m/s",
            slow.scaled(speed).time,
            f"ur10_{speed}",
            "constant deceleration, calibrated on the stop from 1.0 m/s",
            "Most of the real time does not depend on speed: it passes before the arm brakes." if speed == 3.0 else "",
        )
        for speed in (1.5, 2.0, 2.5, 3.0)
    ]
