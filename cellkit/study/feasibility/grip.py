"""Checks that a gripper takes and holds a part, at rest and at the planned acceleration.

Jaws hold by friction at two pads: 2 mu F >= S m (g + a). A cup on top of a part pulls the part's weight and, by
friction on its face, the force that moves it sideways: F >= S m (g + a / mu), as vendors of suction cups calculate flat
lifts (from memory, not verified). ``a`` counts in the worst direction; S is the safety factor of the study.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cellkit.controller.planner import MotionPlanner
from cellkit.devices import Workpiece
from cellkit.devices.gripper import GRAVITY, GRIP_SAFETY
from cellkit.devices.motion import JointMotion
from cellkit.devices.parallel_gripper import DYNAMIC_MARGIN, OPENING
from cellkit.geometry import Array
from cellkit.models.gripper import ParallelGripperModel, VacuumGripperModel
from cellkit.motion.kinematics import ArmKinematics
from cellkit.study.feasibility.result import Check, Verdict

SAMPLES = 200
"""Number of samples of each planned motion."""
Gripper = ParallelGripperModel | VacuumGripperModel


@dataclass(frozen=True)
class Acceleration:
    """The acceleration (m/s²) of the TCP, and the kind of motion."""

    value: float
    source: str


def planned_acceleration(
    kinematics: ArmKinematics, tcp: Array, ways: list[tuple[Array, Array]], carry: float, speed: float
) -> Acceleration:
    """Return the greatest acceleration of the TCP with a part.

    It is that of the joint motions ``ways`` (from, to), planned as the product plans them with the share ``carry`` of
    speed and acceleration, or of straight motions at the model's limit. Where the joints alone limit straight motions,
    it is what they reach along an axis of the base at the ends of the ways.

    ``tcp`` (4, 4) in the flange. ``speed``: the speed override; it stretches time, so it counts squared.
    """
    greatest = Acceleration(_straight(kinematics, tcp, ways) * speed**2, "straight motion")
    planner = MotionPlanner(kinematics)
    for start, goal in ways:
        motion = planner.plan(JointMotion(goal, carry, carry), start, tcp)
        if motion.duration <= 0.0:
            continue
        times = np.linspace(0.0, motion.duration, SAMPLES)
        joints = np.array([motion.position(float(t)) for t in times])
        points = (kinematics.forward(joints) @ tcp)[:, :3, 3]
        step = float(times[1])
        second = (points[2:] - 2.0 * points[1:-1] + points[:-2]) / step**2
        peak = float(np.linalg.norm(second, axis=1).max()) * speed**2
        if peak > greatest.value:
            greatest = Acceleration(peak, "joint motion")
    return greatest


def _straight(kinematics: ArmKinematics, tcp: Array, ways: list[tuple[Array, Array]]) -> float:
    """Return the greatest acceleration (m/s²) of straight motions."""
    limits = kinematics.model.cartesian
    if limits.capped or not ways:
        return limits.max_acceleration
    return max(
        float((kinematics.limits.acceleration / np.maximum(np.abs(rates), 1e-9)).min())
        for joints in np.concatenate(ways)
        for rates in np.linalg.pinv(kinematics.jacobian(joints, tcp))[:, :3].T
    )


def opening_check(gripper: Gripper, part: Workpiece) -> Check:
    """Check that the part fits between the jaws, or under the cup."""
    if isinstance(gripper, ParallelGripperModel):
        needed, given, refused = min(part.size[:2]) + OPENING, gripper.stroke.known(), "opening.fail"
        figure = gripper.stroke
    else:
        needed, given, refused = gripper.cup_diameter.known(), min(part.size[:2]), "opening.cup"
        figure = gripper.cup_diameter
    fits = needed <= given
    return Check(
        key="opening",
        verdict=Verdict.PASS if fits else Verdict.FAIL,
        message="opening.pass" if fits else refused,
        figures={"gripper": gripper.name, "part": part.kind, "needed": needed, "given": given},
        value=needed,
        limit=given,
        unit="m",
        unverified=[] if figure.verified else [f"opening or cup of {gripper.name}"],
    )


def gripper_payload_check(gripper: Gripper, part: Workpiece) -> Check:
    """Check the part's mass against the gripper's own payload."""
    allowed = gripper.payload.value
    figures: dict[str, float | str] = {"gripper": gripper.name, "part": part.kind, "mass": part.mass}
    if allowed is None:
        verdict = Verdict.UNKNOWN
    else:
        verdict = Verdict.PASS if part.mass <= allowed else Verdict.FAIL
        figures["allowed"] = allowed
    message = "gripper_payload.unknown" if allowed is None else f"gripper_payload.{verdict.value}"
    return Check(
        key="gripper_payload",
        verdict=verdict,
        message=message,
        figures=figures,
        value=part.mass,
        limit=allowed,
        unit="kg",
        unverified=[] if gripper.payload.verified or allowed is None else [f"payload of {gripper.name}"],
    )


def grip_check(
    gripper: Gripper, part: Workpiece, acceleration: float, wanted: float, unverified: Sequence[str] = ()
) -> Check:
    """Compare the grip with the pull of weight and motion, and the ratio with the safety factor ``wanted``.

    ``unverified``: figures behind ``acceleration`` (m/s²) that are not verified.
    """
    friction, mass = part.friction, part.mass
    if isinstance(gripper, ParallelGripperModel):
        most, least = gripper.force_max.known(), gripper.force_min.known()
        # The driver's default if the program states no force.
        force = min(most, max(least, DYNAMIC_MARGIN * GRIP_SAFETY * mass * GRAVITY / (2.0 * friction)))
        per_newton = 2.0 * friction
        pull = mass * (GRAVITY + acceleration)
        slower = per_newton * most / (mass * wanted) - GRAVITY
        source = gripper.force_max
    else:
        most = force = gripper.holding_force()
        per_newton = 1.0
        pull = mass * (GRAVITY + acceleration / friction)
        slower = friction * (most / (mass * wanted) - GRAVITY)
        source = gripper.cup_diameter if not gripper.cup_diameter.verified else gripper.vacuum_max
    factor, at_most = per_newton * force / pull, per_newton * most / pull
    rest = per_newton * most / (mass * GRAVITY)
    if rest < wanted:
        verdict, message = Verdict.FAIL, "grip_force.fail"
    elif factor >= wanted:
        verdict, message = Verdict.PASS, "grip_force.pass"
    elif at_most >= wanted:
        verdict, message = Verdict.MARGINAL, "grip_force.more"
    else:
        verdict, message, factor = Verdict.MARGINAL, "grip_force.slower", at_most
    return Check(
        key="grip_force",
        verdict=verdict,
        message=message,
        figures={
            "gripper": gripper.name,
            "part": part.kind,
            "mass": mass,
            "friction": friction,
            "factor": factor,
            "rest": rest,
            "wanted": wanted,
            "acceleration": acceleration,
            "slower": slower,
            "force": force,
            "most": most,
            "needed": wanted * pull / per_newton,
        },
        value=rest if verdict is Verdict.FAIL else factor,
        limit=wanted,
        unit="ratio",
        unverified=[*unverified, *([] if source.verified else [f"holding force of {gripper.name}"])],
    )
