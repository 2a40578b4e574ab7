"""Small arm models for the motion tests: published dimensions, limits that suit the tests."""

from __future__ import annotations

import math
from typing import Any

from cellkit.models.arm import ArmModel

PI = math.pi


def arm_model(
    name: str,
    joints: list[dict[str, Any]],
    flange: dict[str, Any],
    home: list[float],
    velocity: float | list[float] = PI,
    acceleration: float = 10.0,
    jerk: float = 100.0,
) -> ArmModel:
    speeds = velocity if isinstance(velocity, list) else [velocity] * len(joints)
    proof = {"source": "test", "verified": False}
    figure = {"value": 1.0, **proof}
    text = {"value": "test", **proof}
    return ArmModel.model_validate(
        {
            "schema": "cellkit/arm/1",
            "id": name,
            "name": name,
            "vendor": {"name": "test", "headquarters": text, "owner": text},
            "sources": {"test": {"title": "test"}},
            "kinematics": {
                "provenance": proof,
                "joints": [
                    {
                        "name": f"j{i + 1}",
                        "lower": -2 * PI,
                        "upper": 2 * PI,
                        "axis": [0.0, 0.0, 1.0],
                        "max_velocity": speeds[i],
                        "max_acceleration": acceleration,
                        "max_jerk": jerk,
                        **joint,
                    }
                    for i, joint in enumerate(joints)
                ],
                "flange": flange,
            },
            "limits": {"position": proof, "velocity": proof, "acceleration": proof, "effort": proof},
            "cartesian": {
                "provenance": proof,
                "max_speed": 1.0,
                "max_acceleration": 4.0,
                "max_jerk": 40.0,
                "max_rotation_speed": 2.0,
                "max_rotation_acceleration": 10.0,
                "max_rotation_jerk": 100.0,
            },
            "dynamics": {"provenance": proof},
            "geometry": {"provenance": proof, "base_radius": 0.08, "link_radii": [0.06] * len(joints)},
            "home": home,
            "payload": figure,
            "reach": figure,
            "mass": figure,
            "repeatability": figure,
            "flange_code": text,
            "power": figure,
        }
    )


def from_dh(name: str, rows: list[tuple[float, float, float]], home: list[float], **options: Any) -> ArmModel:
    """Return an arm of standard DH rows (d, a, alpha): T = Rz(q) Trans(a, 0, d) Rx(alpha)."""
    joints: list[dict[str, Any]] = []
    frame = {"xyz": [0.0, 0.0, 0.0], "rpy": [0.0, 0.0, 0.0]}
    limits = options.pop("limits", [None] * len(rows))
    for (d, a, alpha), limit in zip(rows, limits, strict=True):
        joints.append({**frame, **({} if limit is None else {"lower": limit[0], "upper": limit[1]})})
        frame = {"xyz": [a, 0.0, d], "rpy": [alpha, 0.0, 0.0]}
    return arm_model(name, joints, frame, home, **options)


def ur5e(**changed: tuple[float, float]) -> ArmModel:
    """Return an arm with Universal Robots' published dimensions; ``j2=(low, high)`` changes the limits of a joint."""
    rows = [
        (0.1625, 0, PI / 2),
        (0, -0.425, 0),
        (0, -0.3922, 0),
        (0.1333, 0, PI / 2),
        (0.0997, 0, -PI / 2),
        (0.0996, 0, 0),
    ]
    limits = [changed.get(f"j{i + 1}", (-PI, PI) if i == 2 else None) for i in range(6)]
    return from_dh("ur5e", rows, [0.0, -PI / 2, PI / 2, -PI / 2, -PI / 2, 0.0], limits=limits)


def panda() -> ArmModel:
    """Return an arm with seven joints and tight limits (franka_ros, panda_arm.xacro)."""
    frames = [
        ((0, 0, 0.333), 0.0),
        ((0, 0, 0), -PI / 2),
        ((0, -0.316, 0), PI / 2),
        ((0.0825, 0, 0), PI / 2),
        ((-0.0825, 0.384, 0), -PI / 2),
        ((0, 0, 0), PI / 2),
        ((0.088, 0, 0), PI / 2),
    ]
    limits = [
        (-2.8973, 2.8973),
        (-1.7628, 1.7628),
        (-2.8973, 2.8973),
        (-3.0718, -0.0698),
        (-2.8973, 2.8973),
        (-0.0175, 3.7525),
        (-2.8973, 2.8973),
    ]
    joints = [
        {"xyz": list(map(float, xyz)), "rpy": [roll, 0.0, 0.0], "lower": low, "upper": high}
        for (xyz, roll), (low, high) in zip(frames, limits, strict=True)
    ]
    return arm_model(
        "panda",
        joints,
        {"xyz": [0.0, 0.0, 0.107]},
        [0.0, -PI / 4, 0.0, -3 * PI / 4, 0.0, PI / 2, PI / 4],
        velocity=2.2,
        acceleration=12.0,
    )


def spherical() -> ArmModel:
    """Return a six-axis arm with a spherical wrist and axes along y and x, as in industrial descriptions."""
    joints = [
        {"xyz": [0.0, 0.0, 0.4], "axis": [0.0, 0.0, 1.0], "lower": -2.96, "upper": 2.96},
        {"xyz": [0.025, 0.0, 0.0], "axis": [0.0, 1.0, 0.0], "lower": -3.3, "upper": 0.78},
        {"xyz": [0.455, 0.0, 0.0], "axis": [0.0, 1.0, 0.0], "lower": -2.1, "upper": 2.7},
        {"xyz": [0.42, 0.0, 0.035], "axis": [-1.0, 0.0, 0.0], "lower": -3.2, "upper": 3.2},
        {"xyz": [0.0, 0.0, 0.0], "axis": [0.0, 1.0, 0.0], "lower": -2.1, "upper": 2.1},
        {"xyz": [0.08, 0.0, 0.0], "axis": [-1.0, 0.0, 0.0], "lower": -6.1, "upper": 6.1},
    ]
    return arm_model(
        "spherical",
        joints,
        {"xyz": [0.0, 0.0, 0.0], "rpy": [0.0, PI / 2, 0.0]},
        [0.0, -PI / 2, PI / 2, 0.0, PI / 2, 0.0],
    )
