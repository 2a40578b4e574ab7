"""Logs that the tests make: moves of a known trapezoid, sampled with noise."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from cellkit.calibration.log import Log
from cellkit.geometry import Array

HOME = np.array([0.0, -1.2, 1.5, -1.9, -1.57, 0.0])


def ramp(times: Array, distance: float, speed: float, up: float, down: float, jerk_time: float = 0.0) -> Array:
    """Return the position (m,) of a move that begins at 0, integrated numerically: not the law that is fitted."""
    fine = np.linspace(0.0, float(times[-1]) + 1e-9, 20 * len(times))
    step = fine[1] - fine[0]
    top = min(speed, np.sqrt(2.0 * distance / (1.0 / up + 1.0 / down)))
    length = distance / top + top / (2.0 * up) + top / (2.0 * down)
    v = np.clip(np.minimum(np.minimum(up * fine, top), down * (length - fine)), 0.0, None)
    if jerk_time:
        width = max(1, round(jerk_time / step))
        v = np.convolve(v, np.full(width, 1.0 / width))[: len(fine)]
    position = np.concatenate([[0.0], np.cumsum((v[1:] + v[:-1]) / 2.0 * step)])
    return np.interp(times, fine, position)


def moves_log(
    goals: Sequence[Sequence[float] | Array],
    *,
    speed: float | Sequence[float] = 1.0,
    acceleration: float | Sequence[float] = 4.0,
    deceleration: float | None = None,
    jerk_time: float = 0.0,
    by_angle: bool = True,
    step: float = 0.008,
    pause: float = 0.4,
    noise: float = 0.0,
    delay: float | None = None,
    start: Array = HOME,
    seed: int = 1,
) -> Log:
    """Return the log of moves from ``start`` through ``goals`` (k, 6); with a ``delay`` it holds commands too."""
    limits = np.broadcast_to(speed, 6), np.broadcast_to(acceleration, 6)
    place = start.copy()
    parts = [np.repeat(place[None], round(0.5 / step), axis=0)]
    for goal in goals:
        away = np.array(goal) - place
        leader = int(np.argmax(np.abs(away) if by_angle else np.abs(away) / limits[1]))
        distance = float(abs(away[leader]))
        length = distance / limits[0][leader] + 2.0 * limits[0][leader] / limits[1][leader] + pause + 2.0 * jerk_time
        times = np.arange(round((length + 1.0) / step)) * step
        up = float(limits[1][leader])
        path = ramp(times, distance, float(limits[0][leader]), up, deceleration or up, jerk_time)
        parts.append(place + np.outer(path / distance, away))
        place = np.array(goal)
    position = np.concatenate(parts)
    times = np.arange(len(position)) * step
    random = np.random.default_rng(seed)
    measured = position
    if delay is not None:
        measured = np.stack([np.interp(times - delay, times, column) for column in position.T], axis=1)
    measured = measured + noise * random.standard_normal(position.shape)
    velocity = np.gradient(position, step, axis=0) + 10.0 * noise * random.standard_normal(position.shape)
    return Log(
        "synthetic",
        "test",
        "0" * 64,
        1,
        times,
        measured,
        velocity,
        target_position=None if delay is None else position,
    )


def goals(count: int, joints: Sequence[int] = (0, 1, 2, 3, 4), seed: int = 1) -> list[list[float]]:
    """Return goals around ``HOME`` in which only some joints move, each far enough for a constant speed."""
    random = np.random.default_rng(seed)
    result = []
    for number in range(count):
        goal = HOME.copy()
        side = 1.0 if number % 2 else -1.0
        for joint in joints:
            goal[joint] += side * random.uniform(0.1, 0.4)
        goal[joints[number % len(joints)]] += side * 0.6
        result.append(goal.tolist())
    return result


def write_rtde(file: Path, log: Log, times: Array | None = None) -> Path:
    """Write a log as CSV with the names of RTDE outputs."""
    names = ["timestamp", *(f"{name}_{joint}" for name in ("actual_q", "actual_qd") for joint in range(6))]
    columns = [log.times if times is None else times, *log.position.T, *log.velocity.T]
    rows = np.stack(columns, axis=1)
    np.savetxt(file, rows, delimiter=",", header=",".join(names), comments="", fmt="%.9g")
    return file
