"""The energy of a concept over its runs: kWh per part, average and peak kW, and the energy of a year."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from statistics import fmean, stdev

from cellkit.models.arm import ArmModel
from cellkit.models.load import GripperModel
from cellkit.study.energy.certainty import Certainty, certainty
from cellkit.study.energy.config import EnergyConfig
from cellkit.study.energy.profile import PowerFigures, PowerProfile
from cellkit.study.frozen_model import FrozenModel

KILO = 1000.0


class Spread(FrozenModel):
    """A figure over several runs; ``deviation`` is the sample's standard deviation, null for one run."""

    mean: float
    least: float
    most: float
    deviation: float | None


class Band(FrozenModel):
    """A figure with its range: all unverified coefficients together at their favourable and unfavourable ends."""

    value: float
    low: float
    high: float


class CellsPower(FrozenModel):
    """The power of ``cells`` such cells at one grid connection, kW.

    The timing of their peaks is not known: ``at_least`` is the sum of the averages, ``at_most`` the sum of the peaks.
    ``peak_quarter_hour`` is the sum over the cells.
    """

    cells: int
    at_least: float
    at_most: float
    peak_quarter_hour: float


class EnergyResult(FrozenModel):
    """The energy of the good runs; ``per_part`` and the figures derived from it are null if no run was good.

    ``per_part`` in kWh per good part includes compressed air; ``per_part_spread`` is over the runs, ``causes`` are its
    parts. ``work_per_part`` in J is mechanical. ``average`` in kW is the mean of all runs; ``peak`` (one sample),
    ``peak_second`` and ``peak_quarter_hour`` in kW are the highest of all runs. ``idle`` in kW is the power while
    nothing moves. ``typical`` in W is the sum of the vendors' typical powers of all arms; null if one is not known.
    ``shown`` is the run with the highest peak, for a plot.
    """

    runs: int
    runs_used: int
    per_part: Band | None = None
    per_part_spread: Spread | None = None
    causes: dict[str, float] = {}
    work_per_part: Spread | None = None
    seconds_per_part: float | None = None
    average: Band | None = None
    peak: Band | None = None
    peak_second: Band | None = None
    peak_quarter_hour: Band | None = None
    quarter_hour_measured: bool = False
    idle: float | None = None
    typical: float | None = None
    cells: CellsPower | None = None
    shown: PowerProfile | None = None
    certainty: Certainty


class EnergyYear(FrozenModel):
    """The energy of a year in kWh: ``energy`` is the sum of ``making`` parts and ``waiting``.

    ``cost`` and ``co2`` (kg) are null if not known. ``hours_needed`` is the time for the parts; ``hours_on``, the time
    with the cell switched on, is never less.
    """

    parts: float
    hours_needed: float
    hours_on: float
    making: float
    waiting: float
    energy: float
    cost: float | None
    co2: float | None


def energy_result(
    profiles: Sequence[PowerProfile | None],
    arms: Mapping[str, ArmModel],
    grippers: Mapping[str, GripperModel],
    config: EnergyConfig,
) -> EnergyResult:
    """Summarise the runs of a concept; ``arms`` and ``grippers`` as in ``Run.plan``.

    A failed run is null or has no parts: it counts as a run, and adds nothing to the figures.
    """
    used = [profile for profile in profiles if profile is not None and profile.parts > 0]
    typical = [model.power.value for model in arms.values()]
    known = [one for one in typical if one is not None]
    sure = certainty(arms, grippers, config, used)
    if not used:
        return EnergyResult(runs=len(profiles), runs_used=0, certainty=sure)
    average, peak = _band(used, "average", fmean), _band(used, "peak", max)
    quarter = _band(used, "peak_quarter_hour", max)
    return EnergyResult(
        runs=len(profiles),
        runs_used=len(used),
        per_part=Band(
            value=fmean((one.electric.energy + one.air) / one.parts / KILO for one in used),
            low=fmean((one.low.energy + one.air_low) / one.parts / KILO for one in used),
            high=fmean((one.high.energy + one.air_high) / one.parts / KILO for one in used),
        ),
        per_part_spread=_spread([(one.electric.energy + one.air) / one.parts / KILO for one in used]),
        causes={
            cause: fmean(one.causes[cause] / one.parts / KILO for one in used) for cause in used[0].causes
        } | {"air": fmean(one.air / one.parts / KILO for one in used)},
        work_per_part=_spread([sum(arm.work for arm in one.arms.values()) / one.parts for one in used]),
        seconds_per_part=fmean(one.duration / one.parts for one in used),
        average=average,
        peak=peak,
        peak_second=_band(used, "peak_second", max),
        peak_quarter_hour=quarter,
        quarter_hour_measured=all(one.quarter_hour_measured for one in used),
        idle=used[0].idle / KILO,
        typical=sum(known) if len(known) == len(typical) else None,
        cells=CellsPower(
            cells=config.cells,
            at_least=config.cells * average.value,
            at_most=config.cells * peak.value,
            peak_quarter_hour=config.cells * quarter.value,
        ),
        shown=max(used, key=lambda one: one.electric.peak),
        certainty=sure,
    )  # fmt: skip


def energy_year(
    result: EnergyResult, config: EnergyConfig, parts: float, hours_on: float = 0.0, price: float | None = None
) -> EnergyYear | None:
    """Return the energy of a year with ``parts`` good parts and the cell switched on for ``hours_on`` hours.

    ``price`` is per kWh. A waiting cell draws its idle power. Returns None if no run was good.
    """
    if result.per_part is None or result.seconds_per_part is None or result.idle is None:
        return None
    needed = parts * result.seconds_per_part / 3600.0
    on = max(hours_on, needed)
    making, waiting = parts * result.per_part.value, (on - needed) * result.idle
    energy = making + waiting
    return EnergyYear(
        parts=parts,
        hours_needed=needed,
        hours_on=on,
        making=making,
        waiting=waiting,
        energy=energy,
        cost=None if price is None else energy * price,
        co2=None if config.co2 is None else energy * config.co2.value,
    )


def _band(profiles: Sequence[PowerProfile], name: str, over: Callable[[list[float]], float]) -> Band:
    """Return a figure of all runs in kW, reduced by ``over``."""

    def of(end: str) -> float:
        figures: list[PowerFigures] = [getattr(one, end) for one in profiles]
        return over([getattr(one, name) for one in figures]) / KILO

    return Band(value=of("electric"), low=of("low"), high=of("high"))


def _spread(values: Sequence[float]) -> Spread:
    deviation = stdev(values) if len(values) > 1 else None
    return Spread(mean=fmean(values), least=min(values), most=max(values), deviation=deviation)
