"""The first stage of a calibration: the time law, and the motion times that it gives to the held-out moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cellkit.calibration.figure import Figure, judged, split
from cellkit.calibration.result import Findings, MotionTime
from cellkit.calibration.shape import Shape
from cellkit.calibration.time_law import (
    Synchronised,
    TimeLaw,
    law_by_angle,
    law_by_time,
    leader,
    led_accelerations,
    led_speeds,
    settings,
)

GOOD = 0.01
"""A law whose predicted motion times are off by less than this (median) explains the moves."""
MOST_SETTINGS = 6
"""A log with more settings than this is one of an arm whose acceleration follows from the pose."""
LED = 2
"""A joint's own limits need this many moves that it leads, besides the held-out ones."""


@dataclass(frozen=True)
class _Candidate:
    """One way to explain the moves: their settings, the moves fitted and held out of each, and the laws."""

    synchronised_by: Synchronised
    groups: list[list[Shape]]
    fitted: list[list[Shape]]
    held: list[list[Shape]]
    laws: list[TimeLaw | None]

    def score(self) -> tuple[bool, int, float]:
        """Return what is to be small: whether the fit is bad, the number of settings, the error of the fit."""
        errors = [
            abs(error)
            for law, some in zip(self.laws, self.fitted, strict=True)
            if law is not None
            for error in law.errors(some)
        ]
        error = float(np.median(errors)) if errors else 0.0
        return error > GOOD, len(self.groups), error if error > GOOD else 0.0  # of equal ones, the simpler law by angle


def learn_time_law(findings: Findings, shapes: Sequence[Shape], shipped: TimeLaw, seed: int | None) -> list[Shape]:
    """Learn speed, acceleration and jerk time, and predict the motion times of the held-out moves.

    The figures are those of the fastest setting with moves to check them on; return its moves.
    """
    by_angle = _candidate("angle", settings(shapes, None), shipped, seed)
    shares = settings(shapes, shipped)
    by_time = _candidate("time", shares if len(shares) <= MOST_SETTINGS else [list(shapes)], shipped, seed)
    best = min(by_angle, by_time, key=_Candidate.score)
    findings.synchronised_by = best.synchronised_by
    findings.settings = [_described(group) for group in best.groups]
    for number, (law, held) in enumerate(zip(best.laws, best.held, strict=True), 1):
        if law is not None:
            findings.motion_times += [_predicted(shape, number, law, shipped) for shape in held]
    known = [number for number, law in enumerate(best.laws) if law is not None]
    checked = [number for number in known if best.held[number]]
    last = (checked or known)[-1]
    findings.setting = last + 1
    law, fitted, held = best.laws[last], best.fitted[last], best.held[last]
    assert law is not None
    if best.synchronised_by == "angle":
        _common_figures(findings, fitted, held, shipped)
    else:
        _joint_figures(findings, fitted, held, law, shipped)
    findings.add(_jerk_figure(fitted, held, shipped))
    return best.groups[last]


def _candidate(
    synchronised_by: Synchronised, groups: list[list[Shape]], shipped: TimeLaw, seed: int | None
) -> _Candidate:
    parted = [_parted(group, seed) for group in groups]
    fit = law_by_angle if synchronised_by == "angle" else law_by_time
    laws = [fit(fitted, shipped) if fitted else None for fitted, _ in parted]
    return _Candidate(synchronised_by, groups, [fitted for fitted, _ in parted], [held for _, held in parted], laws)


def _parted(shapes: Sequence[Shape], seed: int | None) -> tuple[list[Shape], list[Shape]]:
    """Return the moves to fit on and the whole moves held out; moves that the log cuts have no time to check."""
    cut = [shape for shape in shapes if not shape.move.whole]
    whole = [shape for shape in shapes if shape.move.whole]
    fitted, held = split(whole, seed)
    if len(whole) == 1 and cut:
        fitted, held = [], whole
    return cut + fitted, held


def _described(group: Sequence[Shape]) -> tuple[float | None, float, int]:
    speeds = [shape.speed for shape in group if shape.speed is not None]
    return (float(np.median(speeds)) if speeds else None, float(np.median(rates(group))), len(group))


def _predicted(shape: Shape, setting: int, law: TimeLaw, shipped: TimeLaw) -> MotionTime:
    assert shape.duration is not None
    assert shape.begin is not None
    joint = shape.move.leader
    return MotionTime(
        shape.begin,
        joint + 1,
        float(shape.move.distance[joint]),
        setting,
        shape.duration,
        law.duration(shape),
        shipped.duration(shape),
    )


def _common_figures(findings: Findings, fitted: Sequence[Shape], held: Sequence[Shape], shipped: TimeLaw) -> None:
    """Add one speed and one acceleration for all joints that moved."""
    joints = [joint + 1 for joint in range(findings.log.dof) if findings.log.moved(joint)]
    leaders = [leader(shape, None) for shape in fitted]
    first = max(set(leaders), key=leaders.count)
    findings.add(judged("speed", "rad/s", joints, speeds(fitted), speeds(held), float(shipped.speed[first])))
    findings.add(
        judged("acceleration", "rad/s²", joints, rates(fitted), rates(held), float(shipped.acceleration[first]))
    )
    if not speeds(fitted):
        peak = max(shape.peak for shape in [*fitted, *held])
        findings.missing.append(f"speed: no move is long enough to run at constant speed (fastest: {peak:.3g} rad/s)")


def _joint_figures(
    findings: Findings, fitted: Sequence[Shape], held: Sequence[Shape], law: TimeLaw, shipped: TimeLaw
) -> None:
    """Add speed and acceleration of every joint that leads moves."""
    unseen: dict[str, list[int]] = {"speed": [], "acceleration": []}
    for joint in range(findings.log.dof):
        if not findings.log.moved(joint):
            continue
        for name, unit, seen, limit, old in (
            ("speed", "rad/s", led_speeds, law.speed, shipped.speed),
            ("acceleration", "rad/s²", led_accelerations, law.acceleration, shipped.acceleration),
        ):
            values = seen(fitted, joint, limit)
            if len(values) < LED:
                unseen[name].append(joint + 1)
                continue
            findings.add(judged(name, unit, [joint + 1], values, seen(held, joint, limit), float(old[joint])))
    for name, joints in unseen.items():
        if joints:
            numbers = ", ".join(map(str, joints))
            findings.missing.append(f"{name} of joint {numbers}: it limits fewer than {LED} of the moves to fit on")


def _jerk_figure(fitted: Sequence[Shape], held: Sequence[Shape], shipped: TimeLaw) -> Figure | None:
    times = [[shape.jerk_time or 0.0 for shape in shapes] for shapes in (fitted, held)]
    return judged("jerk time", "s", [], times[0], times[1], shipped.jerk_time)


def speeds(shapes: Sequence[Shape]) -> list[float]:
    """Return the constant speeds (rad/s) of the moves that have one."""
    return [shape.speed for shape in shapes if shape.speed is not None]


def rates(shapes: Sequence[Shape]) -> list[float]:
    """Return the accelerations (rad/s²) of moves."""
    return [shape.mean_acceleration for shape in shapes]
