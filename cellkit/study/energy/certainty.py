"""How far the energy figures can be trusted: what was simulated, what is assumed, what nobody has ever checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict

from cellkit.models.arm import ArmModel
from cellkit.models.gripper import VacuumGripperModel
from cellkit.models.load import GripperModel
from cellkit.study.assumption import Assumption
from cellkit.study.energy.config import EnergyConfig
from cellkit.study.energy.electric import arm_electric
from cellkit.study.energy.profile import WH, PowerProfile, gripper_energy

Level = Literal["low", "medium"]
Kind = Literal["simulated", "assumed", "not_validated", "left_out"]

TEXTS: dict[str, tuple[Kind, str]] = {
    "joint_work": ("simulated", "The joints' torques and speeds: from masses, motion and parts in the physics world."),
    "timing": ("simulated", "When the arms draw their power, and so whether their peaks coincide within a run."),
    "electric_model": (
        "assumed",
        "Standby power, efficiency, friction and copper losses. Standby is most of the energy, so that differences "
        "between arms rest on it.",
    ),
    "standby_unknown": ("assumed", "The typical power of this arm is not known: its standby power is a guess."),
    "masses_unknown": ("assumed", "The masses of this arm's links are not known: they are spread by cellkit."),
    "masses_unverified": ("assumed", "The masses of this arm's links have a source, but nobody has read them there."),
    "torques_unverified": ("assumed", "The joints' greatest torques of this arm are not verified; losses go by them."),
    "torques_unknown": (
        "left_out",
        "This arm's greatest torques are not known: its friction and copper losses are left out, so that it looks "
        "thriftier beside arms that have them.",
    ),
    "ejector": ("assumed", "The vacuum of this gripper is taken to come from an ejector."),
    "air_not_in_peak": ("left_out", "Compressed air is made elsewhere: it is in the energy, and in no peak."),
    "machine_left_out": ("left_out", "Machine tools and other peripherals: nothing was stated of them."),
    "inrush": ("left_out", "Switching on, brakes, warming up, cooling, reactive power and harmonics."),
    "quarter_hour": ("assumed", "The runs are shorter than 15 min: production is taken to go on without a pause."),
    "cells_coincide": ("assumed", "Several cells: at most, all their peaks coincide; at least, they level out."),
    "never_measured": ("not_validated", "The electric model was never compared with a measured arm."),
}
"""Code → kind and English text; the report has its own in other languages."""


class Statement(BaseModel):
    """One sentence on what a figure rests on; ``subject`` is the model that it is about, if it is about one."""

    model_config = ConfigDict(frozen=True)

    kind: Kind
    code: str
    text: str
    subject: str = ""


class Coefficient(BaseModel):
    """One figure of the electric model as it was used; ``subject``: the arm or gripper model, or empty."""

    model_config = ConfigDict(frozen=True)

    subject: str
    name: str
    value: float
    unit: str
    source: str
    verified: bool
    default: bool


class Certainty(BaseModel):
    """``level`` is medium at best: no arm was measured. It is low where a model lacks masses, torques or its power.

    ``constant_share`` of the energy is drawn whether or not anything moves: it is assumed and not simulated at all.
    """

    model_config = ConfigDict(frozen=True)

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
    """What the result of these runs rests on."""
    statements = [_said("joint_work"), _said("timing"), _said("electric_model")]
    for model in {model.id: model for model in arms.values()}.values():
        statements += [_said(code, model.id) for code in _of_arm(model, config)]
    for gripper in {model.id: model for model in grippers.values()}.values():
        if isinstance(gripper, VacuumGripperModel) and gripper.id not in config.grippers:
            statements.append(_said("ejector", gripper.id))
    if any(profile.air for profile in profiles):
        statements.append(_said("air_not_in_peak"))
    if config.machine.value == config.peripherals.value == 0.0:
        statements.append(_said("machine_left_out"))
    statements.append(_said("inrush"))
    if any(not profile.quarter_hour_measured for profile in profiles):
        statements.append(_said("quarter_hour"))
    if config.cells > 1:
        statements.append(_said("cells_coincide"))
    statements.append(_said("never_measured"))
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
    if model.power.value is None and model.id not in config.arms:
        codes.append("standby_unknown")
    if model.dynamics.links is None:
        codes.append("masses_unknown")
    elif not model.dynamics.provenance.verified:
        codes.append("masses_unverified")
    if not all(joint.max_effort for joint in model.kinematics.joints):
        codes.append("torques_unknown")
    elif not model.limits.effort.verified:
        codes.append("torques_unverified")
    return codes


def _coefficients(
    arms: Mapping[str, ArmModel], grippers: Mapping[str, GripperModel], config: EnergyConfig
) -> list[Coefficient]:
    found = []
    for model in {model.id: model for model in arms.values()}.values():
        found += [_used(model.id, name, unit, one) for name, unit, one in arm_electric(model, config).named()]
    for gripper in {model.id: model for model in grippers.values()}.values():
        energy = gripper_energy(gripper, config)
        found.append(_used(gripper.id, "power", "W", energy.power))
        found.append(_used(gripper.id, "air_per_part", "Nl/part", energy.air_per_part))
    found.append(_used("", "air", "kWh/Nm³", config.air))
    found.append(_used("", "machine", "W", config.machine))
    found.append(_used("", "peripherals", "W", config.peripherals))
    found.append(_used("", "uncertainty", "share", config.uncertainty))
    return found


def _used(subject: str, name: str, unit: str, figure: Assumption) -> Coefficient:
    return Coefficient(
        subject=subject,
        name=name,
        value=figure.value,
        unit=unit,
        source=figure.source,
        verified=figure.verified,
        default=figure.default,
    )


def _said(code: str, subject: str = "") -> Statement:
    kind, text = TEXTS[code]
    return Statement(kind=kind, code=code, text=text, subject=subject)
