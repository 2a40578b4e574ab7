"""The loads of the arm: payload, moments of inertia about the wrist, and flanges."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np

from cellkit.devices import Workpiece
from cellkit.geometry import Array
from cellkit.masses import Load
from cellkit.models.arm import ArmModel
from cellkit.motion.kinematics import ArmKinematics
from cellkit.study.feasibility.config import FeasibilityConfig
from cellkit.study.feasibility.result import Check, Verdict
from cellkit.study.feasibility.static_cell import Mounting, StaticCell
from cellkit.study.feasibility.surroundings import held_solid

TURNS = 24
"""Number of angles of each joint behind the checked one, to find the worst moment of inertia."""


def carried(cell: StaticCell, arm: str, part: Workpiece | None) -> Load:
    """Return the load of an arm's flange, with a part in each of its grippers, in the frame of the flange."""
    hands = cell.plan.grippers_on(arm)
    load = cell.tools[hands[0]].load if hands else Load()
    for role in hands if part is not None else ():
        assert part is not None
        pose = held_solid(part, cell.grippers[role].grasp(part), cell.tools[role].tcp.matrix).pose
        load += Load.box(part.mass, part.size, (0.0, 0.0, 0.0)).turned(pose[:3, :3]).moved(pose[:3, 3].tolist())
    return load


def moment_about(kinematics: ArmKinematics, joint: int, load: Load) -> float:
    """Return the greatest moment of inertia (kg m²) of a load on the flange about ``joint`` (from 0).

    The joints behind it are turned to the worst angles.
    """
    behind = range(joint + 1, kinematics.dof)
    angles = [np.linspace(*_range(kinematics, number), TURNS) for number in behind]
    worst = 0.0
    for turned in product(*angles):
        q = np.array(kinematics.model.home)
        q[joint + 1 :] = turned
        frames = kinematics.joint_frames(q)
        axis = frames[joint][:3, :3] @ _unit(kinematics.model.kinematics.joints[joint].axis)
        flange = frames[-1]
        arm = flange[:3, :3] @ load.centre_of_gravity + flange[:3, 3] - frames[joint][:3, 3]
        inertia = flange[:3, :3] @ load.inertia @ flange[:3, :3].T
        about = float(axis @ inertia @ axis) + load.mass * float(arm @ arm - (axis @ arm) ** 2)
        worst = max(worst, about)
    return worst


def payload_check(arm: ArmModel, tool: Load, heaviest: float, config: FeasibilityConfig) -> Check:
    """Check the mass of tools and parts together. ``heaviest``: kg of the heaviest parts that are held at once."""
    total, allowed = tool.mass + heaviest, arm.payload.value
    figures: dict[str, float | str] = {"arm": arm.name, "total": total, "tool": tool.mass, "parts": heaviest}
    if allowed is None:
        return Check(
            key="payload", verdict=Verdict.UNKNOWN, message="payload.unknown", figures=figures, value=total, unit="kg"
        )
    verdict = _verdict(total, allowed, config)
    return Check(
        key="payload",
        verdict=verdict,
        message=f"payload.{verdict.value}",
        figures={**figures, "allowed": allowed},
        value=total,
        limit=allowed,
        unit="kg",
        unverified=[] if arm.payload.verified else [f"payload of {arm.name}"],
    )


def wrist_check(kinematics: ArmKinematics, load: Load, config: FeasibilityConfig) -> Check:
    """Check the moments of inertia about the joints for which the vendor states limits; without limits: not known.

    Limits that the study states replace those of the arm's model.
    """
    arm = kinematics.model
    stated, shipped = config.wrist_inertia.get(arm.id, ()), arm.wrist.inertia
    limits = [(limit.joint, limit.moment.value) for limit in stated if limit.joint <= arm.dof]
    verified = all(limit.moment.verified for limit in stated)
    if not stated and shipped is not None:
        limits = list(enumerate(shipped.values, arm.dof - len(shipped.values) + 1))
        verified = shipped.verified
    unverified = [] if verified else [f"allowed inertia of {arm.name}"]
    if not limits:
        last = moment_about(kinematics, arm.dof - 1, load)
        before = moment_about(kinematics, arm.dof - 2, load)
        return Check(
            key="wrist_inertia",
            verdict=Verdict.UNKNOWN,
            message="wrist_inertia.unknown",
            figures={"arm": arm.name, "joint": float(arm.dof), "moment": last, "before": before},
            value=last,
            unit="kg m²",
        )
    moments = [(joint, moment_about(kinematics, joint - 1, load), allowed) for joint, allowed in limits]
    joint, moment, allowed = max(moments, key=lambda entry: entry[1] / entry[2])
    verdict = _verdict(moment, allowed, config)
    return Check(
        key="wrist_inertia",
        verdict=verdict,
        message=f"wrist_inertia.{verdict.value}",
        figures={"arm": arm.name, "joint": float(joint), "moment": moment, "allowed": allowed},
        value=moment,
        limit=allowed,
        unit="kg m²",
        unverified=unverified,
    )


def flange_check(mounting: Mounting) -> Check:
    """Check that a gripper can be bolted on."""
    figures: dict[str, float | str] = {
        "arm": mounting.holder,
        "gripper": mounting.tool,
        "arm_code": mounting.face.value or "?",
        "code": mounting.code.value or "?",
    }
    if mounting.adapter is not None:
        figures |= {"thickness": mounting.adapter.thickness, "mass": mounting.adapter.mass}
    if mounting.bracket:
        verdict, message = Verdict.PASS, "flange.bracket"
    elif mounting.assumed:
        verdict, message = Verdict.FAIL, "flange.fail"
    elif mounting.fits is None:
        verdict, message = Verdict.UNKNOWN, "flange.unknown"
    else:
        verdict, message = Verdict.PASS, "flange.pass" if mounting.fits else "flange.adapter"
    both = ((mounting.face, mounting.holder), (mounting.code, mounting.tool))
    unverified = [f"flange of {name}" for figure, name in both if not figure.verified]
    return Check(
        key="flange",
        verdict=verdict,
        message=message,
        figures=figures,
        unverified=[] if mounting.bracket else unverified,
    )


def _verdict(value: float, allowed: float, config: FeasibilityConfig) -> Verdict:
    if value > allowed:
        return Verdict.FAIL
    return Verdict.MARGINAL if value > config.payload_share.value * allowed else Verdict.PASS


def _range(kinematics: ArmKinematics, joint: int) -> tuple[float, float]:
    low, high = float(kinematics.limits.lower[joint]), float(kinematics.limits.upper[joint])
    return max(low, -np.pi), min(high, np.pi)


def _unit(axis: Sequence[float]) -> Array:
    vector: Array = np.array(axis) / np.linalg.norm(axis)
    return vector
