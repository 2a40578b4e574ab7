"""The stages of a calibration that look beyond the time law: how the arm follows its commands, and how it stops.

Each one adds figures to the findings, or says what the log does not show.
"""

from __future__ import annotations

from collections.abc import Sequence

from cellkit.calibration.figure import judged, split
from cellkit.calibration.following import delay, settling
from cellkit.calibration.result import Findings
from cellkit.calibration.shape import Shape
from cellkit.calibration.time_law import TimeLaw


def learn_following(findings: Findings, shapes: Sequence[Shape], fastest: Sequence[Shape], seed: int | None) -> None:
    """Learn the delay of the motion, and the time to settle after the moves of the ``fastest`` setting."""
    log = findings.log
    if log.target_position is None:
        findings.missing.append("delay and settling: the log holds no commanded positions")
        return
    delays = [value for shape in shapes if (value := delay(log, shape)) is not None]
    findings.add(judged("delay", "s", [], *split(delays, seed), 0.0))
    waits = [settling(log, shape) for shape in fastest]
    known = [value for value in waits if value is not None]
    if known:
        findings.add(judged("settling", "s", [], *split(known, seed), 0.0))
    else:
        findings.missing.append("settling: no move of the fastest setting is followed by rest within 1 mrad of its end")


def learn_stops(findings: Findings, stops: Sequence[Shape], shipped: TimeLaw, seed: int | None) -> None:
    """Learn the deceleration of stops, each joint on its own."""
    if not stops:
        findings.missing.append("stops: no move brakes harder than the others")
        return
    for joint in range(findings.log.dof):
        rates = [stop.deceleration for stop in stops if stop.move.leader == joint and stop.deceleration is not None]
        fitted, held = split(rates, seed)
        shipped_rate = float(shipped.acceleration[joint])
        findings.add(judged("stop deceleration", "rad/s²", [joint + 1], fitted, held, shipped_rate))
