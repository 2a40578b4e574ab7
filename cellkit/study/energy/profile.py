"""The power of one run over time: energy, averages, and the peaks at the grid connection."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cellkit.geometry import Array
from cellkit.models.arm import ArmModel
from cellkit.models.gripper import VacuumGripperModel
from cellkit.models.load import GripperModel
from cellkit.study.energy.config import EnergyConfig, GripperEnergy
from cellkit.study.energy.electric import arm_electric, shifted
from cellkit.study.energy.meter import PowerLog
from cellkit.study.frozen_model import FrozenModel

POINTS = 400
QUARTER_HOUR = 900.0  # s; the metering interval of grid operators
WH = 3600.0  # J


class PowerFigures(FrozenModel):
    """The electricity of one run. ``energy`` in Wh, powers in W.

    ``peak`` is the highest sample (about 8 ms), ``peak_second`` and ``peak_quarter_hour`` the highest mean over any
    1 s and 15 min. A run shorter than a window counts as repeated without a pause: the mean of the whole run.
    """

    energy: float
    average: float
    peak: float
    peak_second: float
    peak_quarter_hour: float


class Curve(FrozenModel):
    """The power over time in at most 400 intervals of equal length (the last may be shorter).

    ``time`` in s is the start of each interval, ``mean`` and ``peak`` in W are over it; ``arms`` are means, by role.
    """

    time: list[float]
    mean: list[float]
    peak: list[float]
    arms: dict[str, list[float]]


class ArmPower(FrozenModel):
    """The share of one arm in a run: ``work`` and ``braked`` in J are mechanical, powers in W electric."""

    model: str
    work: float
    braked: float
    average: float
    peak: float
    standby: float
    torques_known: bool


class PowerProfile(FrozenModel):
    """The power of one run. ``duration`` in s, ``parts`` good parts, ``idle`` in W while nothing moves.

    ``quarter_hour_measured`` is false for a run shorter than 15 min. ``causes`` in Wh add up to ``electric.energy``.
    ``low`` and ``high``: all unverified figures together at their favourable and at their unfavourable end. ``air`` in
    Wh is the energy of the compressor, which is not part of a peak.
    """

    duration: float
    parts: int
    idle: float
    quarter_hour_measured: bool
    electric: PowerFigures
    low: PowerFigures
    high: PowerFigures
    causes: dict[str, float]
    air: float
    air_low: float
    air_high: float
    arms: dict[str, ArmPower]
    curve: Curve


def power_profile(
    log: PowerLog,
    arms: Mapping[str, ArmModel],
    grippers: Mapping[str, GripperModel],
    config: EnergyConfig,
    parts: int,
) -> PowerProfile:
    """Return the profile of a run from its log; ``arms`` and ``grippers`` as in ``Run.plan``, ``parts`` good parts."""
    electric = {role: arm_electric(arms[role], config) for role in log.arms}
    off = config.uncertainty.value
    causes: dict[str, Array] = {}
    by_arm: dict[str, Array] = {}
    for role, arm in log.arms.items():
        split = electric[role].parts(arm)
        by_arm[role] = np.sum(list(split.values()), axis=0)
        for cause, power in split.items():
            causes[cause] = causes[cause] + power if cause in causes else power
    count = max(len(power) for power in by_arm.values())
    constants = _constants(grippers, config, 0.0)
    causes |= {cause: np.full(count, value) for cause, value in constants.items()}
    total = np.sum(list(causes.values()), axis=0)

    def shifted_figures(by: float) -> PowerFigures:
        parts_by_arm = [electric[role].shifted(by).parts(arm) for role, arm in log.arms.items()]
        power = np.sum([one for split in parts_by_arm for one in split.values()], axis=0)
        return figures(power + sum(_constants(grippers, config, by).values()), log.interval)

    duration = count * log.interval
    return PowerProfile(
        duration=duration,
        parts=parts,
        idle=sum(one.standby.value for one in electric.values()) + sum(constants.values()),
        quarter_hour_measured=duration >= QUARTER_HOUR,
        electric=figures(total, log.interval),
        low=shifted_figures(-off),
        high=shifted_figures(off),
        causes={cause: _energy(power, log.interval) for cause, power in causes.items()},
        air=parts * _air_per_part(grippers, config, 0.0),
        air_low=parts * _air_per_part(grippers, config, -off),
        air_high=parts * _air_per_part(grippers, config, off),
        arms={
            role: ArmPower(
                model=arm.model,
                work=arm.work,
                braked=float(np.sum(arm.braking)) * log.interval,
                average=float(by_arm[role].mean()),
                peak=float(by_arm[role].max()),
                standby=electric[role].standby.value,
                torques_known=arm.torques_known,
            )
            for role, arm in log.arms.items()
        },
        curve=_curve(total, by_arm, log),
    )


def figures(power: Array, interval: float) -> PowerFigures:
    """Return energy, mean and peaks of a power (W) that is sampled every ``interval`` s."""
    return PowerFigures(
        energy=_energy(power, interval),
        average=float(power.mean()),
        peak=float(power.max()),
        peak_second=highest_mean(power, round(1.0 / interval)),
        peak_quarter_hour=highest_mean(power, round(QUARTER_HOUR / interval)),
    )


def highest_mean(power: Array, window: int) -> float:
    """Return the highest mean over ``window`` consecutive samples, or over all samples if there are fewer."""
    if window >= len(power):
        return float(power.mean())
    window = max(1, window)
    sums = np.cumsum(np.concatenate(([0.0], power)))
    return float((sums[window:] - sums[:-window]).max() / window)


def gripper_energy(model: GripperModel, config: EnergyConfig) -> GripperEnergy:
    """Return the consumption that the study states for a gripper, else the suggestion: air for one with an ejector.

    A vacuum gripper whose model does not state the source of its vacuum counts as one with an ejector.
    """
    stated = config.grippers.get(model.id)
    if stated is not None:
        return stated
    if isinstance(model, VacuumGripperModel) and model.uses_air:
        return GripperEnergy(power=config.gripper, air_per_part=config.suction_air)
    return GripperEnergy(power=config.gripper)


def _constants(grippers: Mapping[str, GripperModel], config: EnergyConfig, by: float) -> dict[str, float]:
    """Return the constant power in W by cause."""
    return {
        "grippers": sum(shifted(gripper_energy(one, config).power, by).value for one in grippers.values()),
        "machine": shifted(config.machine, by).value,
        "peripherals": shifted(config.peripherals, by).value,
    }


def _air_per_part(grippers: Mapping[str, GripperModel], config: EnergyConfig, by: float) -> float:
    """Return the Wh of compressed air for one part; Nl times kWh/Nm³ is Wh."""
    litres = sum(shifted(gripper_energy(one, config).air_per_part, by).value for one in grippers.values())
    return litres * shifted(config.air, by).value


def _energy(power: Array, interval: float) -> float:
    return float(power.sum()) * interval / WH


def _curve(total: Array, by_arm: Mapping[str, Array], log: PowerLog) -> Curve:
    each = -(-len(total) // POINTS)
    starts = np.arange(0, len(total), each)
    counts = np.diff(np.append(starts, len(total)))

    def means(power: Array) -> list[float]:
        return [float(value) for value in np.add.reduceat(power, starts) / counts]

    return Curve(
        time=[log.start + float(start) * log.interval for start in starts],
        mean=means(total),
        peak=[float(value) for value in np.maximum.reduceat(total, starts)],
        arms={role: means(power) for role, power in by_arm.items()},
    )
