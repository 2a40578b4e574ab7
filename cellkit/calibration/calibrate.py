"""A calibration: from the log of an arm to the figures of its model."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from cellkit.calibration.learn_following import learn_following, learn_stops
from cellkit.calibration.learn_time_law import learn_time_law
from cellkit.calibration.learn_torque import learn_drives, learn_effective_torque
from cellkit.calibration.log import Log
from cellkit.calibration.moves import cut
from cellkit.calibration.result import Findings
from cellkit.calibration.shape import Shape, measure
from cellkit.calibration.stops import part_stops
from cellkit.calibration.time_law import shipped_law
from cellkit.errors import ConfigError
from cellkit.masses import Load
from cellkit.models.arm import ArmModel
from cellkit.motion.dynamics import ArmDynamics


def calibrate(log: Log, model: ArmModel, file: Path, payload: float = 0.0, seed: int | None = None) -> Findings:
    """Learn what a log shows of an arm that carried ``payload`` kg; ``seed`` chooses the held-out moves at random.

    Raises ``ConfigError`` for a log in which nothing moves.
    """
    findings = Findings(log, model.id, payload, model.joint_limits())
    still = [joint for joint in range(log.dof) if not log.moved(joint)]
    if len(still) == log.dof:
        raise ConfigError("no joint moves in this log", file=file)
    if still:
        findings.missing.append(f"never moved: joint {', '.join(str(joint + 1) for joint in still)}")
    moves = cut(log)
    measured = [measure(log, move) for move in moves]
    findings.skipped = Counter(entry for entry in measured if isinstance(entry, str))
    shapes, stops = part_stops([entry for entry in measured if isinstance(entry, Shape)])
    findings.moves = len(shapes)
    shipped = shipped_law(findings.shipped)
    dynamics = ArmDynamics(model, Load(payload))
    if shapes:
        fastest = learn_time_law(findings, shapes, shipped, seed)
        learn_following(findings, shapes, fastest, seed)
        learn_effective_torque(findings, dynamics, shapes, shipped, seed)
    else:
        findings.missing.append("speed, acceleration, jerk, delay, settling: the log holds no point-to-point move")
    learn_stops(findings, stops, shipped, seed)
    learn_drives(findings, dynamics, moves, seed)
    return findings
