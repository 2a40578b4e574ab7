"""The stages of a calibration that need the arm's dynamics: effective torque, rotor inertia and friction.

Each one adds figures to the findings, or says what the log does not show.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from cellkit.calibration.drives import Effort, fit_drive
from cellkit.calibration.effective_torque import fit_torque, inertias
from cellkit.calibration.figure import Figure, split
from cellkit.calibration.log import Log
from cellkit.calibration.moves import Move
from cellkit.calibration.result import Findings
from cellkit.calibration.shape import Shape
from cellkit.calibration.time_law import TimeLaw, leader, led_accelerations
from cellkit.motion.dynamics import ArmDynamics

DRIVE_FIGURES = (
    ("rotor inertia", "kg m²", "rotor_inertia"),
    ("viscous friction", "N m s/rad", "viscous"),
    ("Coulomb friction", "N m", "coulomb"),
)
TORQUE_ERROR = "% of peak"
"""Unit of the errors of drives: the root mean square error of the predicted torque, by the largest measured one."""


def learn_effective_torque(
    findings: Findings, dynamics: ArmDynamics, shapes: Sequence[Shape], shipped: TimeLaw, seed: int | None
) -> None:
    """Learn the torque and the added inertia of the joints whose acceleration varies with the pose."""
    unseen = []
    for joint in range(findings.log.dof):
        led = [shape for shape in shapes if leader(shape, shipped.acceleration) == joint]
        fitted, held = split(led, seed)
        rates, held_rates = (np.array(led_accelerations(some, joint, shipped.acceleration)) for some in (fitted, held))
        law = fit_torque(inertias(dynamics, fitted, joint), rates) if fitted else None
        if law is None:
            unseen.append(joint + 1)
            continue
        error, old = None, None
        if held:
            predicted = law.acceleration(inertias(dynamics, held, joint))
            error = float(np.median(np.abs(predicted - held_rates)))
            old = float(np.median(np.abs(shipped.acceleration[joint] - held_rates)))
        turned, seen = inertias(dynamics, [*fitted, *held], joint), np.concatenate([rates, held_rates])
        for name, unit, value, shown in (
            ("effective torque", "N m", law.torque, seen * (turned + law.inertia)),
            ("effective inertia", "kg m²", law.inertia, law.torque / seen - turned),
        ):
            low, high = float(shown.min()), float(shown.max())
            findings.add(
                Figure(name, unit, (joint + 1,), value, None, error, old, len(rates), len(held), low, high, "rad/s²")
            )
    if unseen:
        joints = ", ".join(map(str, unseen))
        findings.missing.append(f"effective torque of joint {joints}: no acceleration that follows from the pose")


def learn_drives(findings: Findings, dynamics: ArmDynamics, moves: Sequence[Move], seed: int | None) -> None:
    """Learn rotor inertia and friction of every joint from torque or current."""
    log = findings.log
    if log.torque is None and log.current is None:
        findings.missing.append("rotor inertia and friction: the log holds neither torque nor current")
        return
    if log.torque is not None and log.torque_at == "link":
        findings.missing.append("rotor inertia and friction: the torque is measured behind the gears")
        return
    fit_rows, held_rows = split(_parts(log, moves), seed)
    fitted, held = (Effort.of(log, dynamics, rows) for rows in (fit_rows, held_rows))
    if fitted is None:
        findings.missing.append("rotor inertia and friction: the moves are too short to show them")
        return
    for joint in filter(log.moved, range(log.dof)):
        drive = fit_drive(fitted, joint)
        if isinstance(drive, str):
            findings.missing.append(f"rotor inertia and friction of joint {joint + 1}: {drive}")
            continue
        shipped = replace(
            drive,
            rotor_inertia=float(dynamics.rotor_inertia[joint]),
            viscous=float(dynamics.viscous[joint]),
            coulomb=float(dynamics.coulomb[joint]),
        )
        error, old = (
            (None, None) if held is None else (100.0 * drive.error(held, joint), 100.0 * shipped.error(held, joint))
        )
        check = drive if held is None else fit_drive(held, joint)
        again = drive if isinstance(check, str) else check
        for name, unit, key in DRIVE_FIGURES:
            value, other, known = (float(getattr(one, key)) for one in (drive, again, shipped))
            low, high = min(value, other), max(value, other)
            count, checked = len(fit_rows), len(held_rows)
            findings.add(
                Figure(
                    name, unit, (joint + 1,), value, known or None, error, old, count, checked, low, high, TORQUE_ERROR
                )
            )


def _parts(log: Log, moves: Sequence[Move]) -> list[tuple[int, int]]:
    """Return the rows of all moves, or the two halves of one that is longer than all others together."""
    parts = [(move.first, move.last) for move in moves] or [(0, len(log.times) - 1)]
    lengths = [last - first for first, last in parts]
    first, last = parts[int(np.argmax(lengths))]
    if 2 * (last - first) > sum(lengths):
        middle = (first + last) // 2
        return [(first, middle), (middle, last)]
    return parts
