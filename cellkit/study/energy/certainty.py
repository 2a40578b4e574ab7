"""The certainty of the energy figures: simulated, assumed, not validated, or left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from cellkit.models.arm import ArmModel
from cellkit.models.gripper import VacuumGripperModel
from cellkit.models.load import GripperModel
from cellkit.study.assumption import Assumption
from cellkit.study.energy.config import EnergyConfig
from cellkit.study.energy.electric import arm_electric
from cellkit.study.energy.profile import WH, PowerProfile, gripper_energy
from cellkit.study.frozen_model import FrozenModel

Level = Literal["low", "medium"]
Kind = Literal["simulated", "assumed", "not_validated", "left_out"]

TEXTS: dict[str, tuple[Kind, str]] = {
    "joint_work": ("simulated", "The joints' torques and speeds, from masses, motion and parts."),
    "timing": (
        "simulated",
        "The times at which the arms draw power, and so whether their peaks coincide within a run.",
    ),
    "electric_model": (
        "assumed",
        "Standby power, efficiency, friction and copper losses. Standby is most of the energy, so differences between "
        "arms depend on it.",
    ),
    "standby_unknown": (
        "assumed",
        "The standby power of this arm was not measured: it is assumed to be the same for all such arms.",
    ),
    "drives_known": ("simulated", "The work of rotors and friction of this arm, from figures of its drives."),
    "friction_unknown": (
        "assumed",
        "The friction of this arm's drives is not known: a share of their greatest torques stands for it.",
    ),
    "rotors_unknown": (
        "left_out",
        "The rotors' inertia of this arm is not known: the work that accelerates them is left out, so its energy looks "
        "lower than that of arms with known drives.",
    ),
    "masses_unknown": ("assumed", "The link masses of this arm are not known: cellkit estimates their distribution."),
    "masses_unverified": ("assumed", "The link masses of this arm have a source, but they are not verified."),
    "torques_unverified": ("assumed", "The maximum joint torques of this arm are not verified; losses depend on them."),
    "torques_unknown": (
        "left_out",
        "The maximum torques of this arm are not known: its friction and copper losses are left out, so its energy "
        "looks lower than that of other arms.",
    ),
    "ejector": (
        "assumed",
        "The source of this gripper's vacuum is not known: an ejector with compressed air is assumed.",
    ),
    "air_not_in_peak": ("left_out", "Compressed air is made elsewhere: the energy includes it, the peaks do not."),
    "machine_left_out": ("left_out", "Machine tools and other peripherals: the study states no power for them."),
    "inrush": ("left_out", "Switching on, brakes, warming up, cooling, reactive power and harmonics."),
    "quarter_hour": ("assumed", "The runs are shorter than 15 min: production is assumed to go on without a pause."),
    "cells_coincide": ("assumed", "Several cells: at most, all peaks coincide; at least, they level out."),
    "never_measured": ("not_validated", "The electric model was never compared with a measured arm."),
}
"""Code → kind and English text; the report has its own texts for every language."""


class Statement(FrozenModel):
    """One sentence on the basis of the figures; ``subject`` is the arm or gripper model concerned, or empty."""

    kind: Kind
    code: str
    text: str
    subject: str = ""


class Coefficient(FrozenModel):
    """One figure of the electric model as used; ``subject`` is the arm or gripper model, or empty."""

    subject: str
    name: str
    value: float
    unit: str
    source: str
    verified: bool
    default: bool


class Certainty(FrozenModel):
    """The certainty of a result. ``level`` is medium at best, because no arm was measured.

    It is low if a model lacks masses or torques, or if the study states no standby power for an arm. ``constant_share``
    of the energy is drawn at rest and in motion alike: it is assumed and not simulated.
    """

    level: Level
    constant_share: float | None
    statements: list[Statement]
    coefficients: list[Coefficient]


def certainty(
    arms: Mapping[str, ArmModel],
    grippers: Mapping[str, GripperModel],
    config: EnergyConfig,
    profiles: Sequence[PowerProfile],
) -> Certainty:
    """Return the certainty of the result of these runs."""
    statements = [_statement("joint_work"), _statement("timing"), _statement("electric_model")]
    for model in {model.id: model for model in arms.values()}.values():
        statements += [_statement(code, model.id) for code in _of_arm(model, config)]
    for gripper in {model.id: model for model in grippers.values()}.values():
        unknown = isinstance(gripper, VacuumGripperModel) and gripper.vacuum_source is None
        if unknown and gripper.id not in config.grippers:
            statements.append(_statement("ejector", gripper.id))
    if any(profile.air for profile in profiles):
        statements.append(_statement("air_not_in_peak"))
    if config.machine.value == config.peripherals.value == 0.0:
        statements.append(_statement("machine_left_out"))
    statements.append(_statement("inrush"))
    if any(not profile.quarter_hour_measured for profile in profiles):
        statements.append(_statement("quarter_hour"))
    if config.cells > 1:
        statements.append(_statement("cells_coincide"))
    statements.append(_statement("never_measured"))
    lacking = {"masses_unknown", "torques_unknown", "standby_unknown"}
    level: Level = "low" if any(one.code in lacking for one in statements) else "medium"
    return Certainty(
        level=level,
        constant_share=_constant_share(profiles),
        statements=statements,
        coefficients=_coefficients(arms, grippers, config),
    )


def _constant_share(profiles: Sequence[PowerProfile]) -> float | None:
    energy = sum(profile.electric.energy for profile in profiles)
    constant = sum(profile.idle * profile.duration / WH for profile in profiles)
    return constant / energy if energy > 0.0 else None


def _of_arm(model: ArmModel, config: EnergyConfig) -> list[str]:
    codes = []
    if model.id not in config.arms:
        codes.append("standby_unknown")
    if model.dynamics.links is None:
        codes.append("masses_unknown")
    elif not model.dynamics.provenance.verified:
        codes.append("masses_unverified")
    if not all(joint.max_effort for joint in model.kinematics.joints):
        codes.append("torques_unknown")
    elif not model.limits.effort.verified:
        codes.append("torques_unverified")
    friction = all(model.friction_known(joint) for joint in range(model.dof))
    if friction and model.rotors_known():
        codes.append("drives_known")
    if not friction:
        codes.append("friction_unknown")
    if not model.rotors_known():
        codes.append("rotors_unknown")
    return codes


def _coefficients(
    arms: Mapping[str, ArmModel], grippers: Mapping[str, GripperModel], config: EnergyConfig
) -> list[Coefficient]:
    used = []
    for model in {model.id: model for model in arms.values()}.values():
        used += [_coefficient(model.id, name, unit, one) for name, unit, one in arm_electric(model, config).named()]
    for gripper in {model.id: model for model in grippers.values()}.values():
        energy = gripper_energy(gripper, config)
        used.append(_coefficient(gripper.id, "power", "W", energy.power))
        used.append(_coefficient(gripper.id, "air_per_part", "Nl/part", energy.air_per_part))
    used.append(_coefficient("", "air", "kWh/Nm³", config.air))
    used.append(_coefficient("", "machine", "W", config.machine))
    used.append(_coefficient("", "peripherals", "W", config.peripherals))
    used.append(_coefficient("", "uncertainty", "share", config.uncertainty))
    return used


def _coefficient(subject: str, name: str, unit: str, figure: Assumption) -> Coefficient:
    return Coefficient(
        subject=subject,
        name=name,
        value=figure.value,
        unit=unit,
        source=figure.source,
        verified=figure.verified,
        default=figure.default,
    )


def _statement(code: str, subject: str = "") -> Statement:
    kind, text = TEXTS[code]
    return Statement(kind=kind, code=code, text=text, subject=subject)
