"""The step table of a cell's cycle: one line for each use of time, with mean, 95th percentile and worst a part."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
from pydantic import Field

from cellkit.study.cycle.activity import WAITS, Activity
from cellkit.study.cycle.config import CycleConfig
from cellkit.study.cycle.critical import CriticalPath, Line, Step, cut
from cellkit.study.frozen_model import FrozenModel

LINES: tuple[Line, ...] = (
    "free", "carrying", "slow_down", "settling", "gripper", "vision", "machine", "handshake", "dwell", "other"
)  # fmt: skip
ESTIMATOR = "linear interpolation between order statistics (type 7 of Hyndman and Fan)"
"""The estimator of the 95th percentiles."""
WORK_AHEAD = 1.5
"""Ratio of the first cycles to the mean of the later ones from which the first ones contain work on later parts."""


class CycleLine(FrozenModel):
    """One line. Simulated lines are measured on the critical path; the others are assumed and have no spread."""

    line: str = Field(description="a line of `LINES`, or the field of the `cycle` section that assumes it")
    simulated: bool
    mean: float = Field(description="s a part")
    p95: float = Field(description="s a part")
    worst: float = Field(description="s a part")
    share: float = Field(description="of the expected cycle")


class DeviceUse(FrozenModel):
    """The use of one device. ``critical`` is its time on the critical path, ``busy`` all its work."""

    device: str
    critical: float = Field(description="s a part")
    busy: float = Field(description="s a part")
    utilisation: float = Field(description="busy share of the time")


class Bottleneck(FrozenModel):
    """The largest line, and the device with most of the critical path.

    ``gain`` is an upper bound of the time saved if the line took no time: another line may become critical first.
    """

    line: str
    device: str | None = Field(description="null: no device is on the critical path")
    share: float = Field(description="of the expected cycle, of the line")
    gain: float = Field(description="s a part, at most")


class Takt(FrozenModel):
    """The comparison with the required takt. ``reserve`` below 0: the cell is too slow."""

    required: float = Field(description="s a part")
    reserve: float = Field(description="s a part: required takt minus expected cycle")
    met: bool


class CycleTable(FrozenModel):
    """The table over all cycles of some runs except the first of each, which is the ramp-in and is listed separately.

    The ramp-in counts like the other cycles if no run has a second part, or if it takes ``WORK_AHEAD`` times as long:
    then several parts are in the cell at once, and the work done ahead for later parts would be missing.
    The simulated lines sum to ``simulated``, all lines to ``expected``.
    """

    runs: int
    cycles: int = Field(description="cycles behind the lines")
    ramp_in_counted: bool
    ramp_in: float = Field(description="s, mean of the first cycle of each run")
    overall: float = Field(description="s a part with the ramp-in: time of all runs by all parts")
    simulated: float = Field(description="s a part, mean")
    p95: float = Field(description="s, simulated")
    worst: float = Field(description="s, simulated")
    expected: float = Field(description="s a part: simulated plus assumed")
    lines: list[CycleLine]
    devices: list[DeviceUse]
    bottleneck: Bottleneck
    takt: Takt | None
    estimator: str = ESTIMATOR

    def line(self, name: str) -> float:
        """Return the mean of a simulated line (s a part); 0 if the line does not exist."""
        return next((one.mean for one in self.lines if one.line == name and one.simulated), 0.0)


def cycle_table(
    runs: Sequence[Sequence[Activity]],
    config: CycleConfig | None = None,
    takt: float | None = None,
    *,
    ramp_in_counted: bool | None = None,
) -> CycleTable:
    """Return the table of runs of one concept, one sequence of activities each. ``takt``: required s a part.

    ``ramp_in_counted`` None: by the rule of ``CycleTable``. Pass good runs only: the others contain no valid cycles.
    Raises ``ValueError`` if no run finished a part, or if all parts were finished in no time.
    """
    finished = [run for run in map(_Run, runs) if run.cycles]
    if not finished:
        raise ValueError("no run has finished a part, so there is no cycle to measure")
    ramp_in = float(np.mean([run.cycles[0].duration for run in finished]))
    later = [cycle for run in finished for cycle in run.cycles[1:]]
    ahead = bool(later) and ramp_in > WORK_AHEAD * float(np.mean([cycle.duration for cycle in later]))
    counted = not later or (ahead if ramp_in_counted is None else ramp_in_counted)
    cycles = [*(run.cycles[0] for run in finished), *later] if counted else later
    times = [cycle.duration for cycle in cycles]
    simulated = float(np.mean(times))
    if simulated == 0.0:
        raise ValueError("all parts were finished at the same time, so there is no cycle to measure")
    added = _assumed(config or CycleConfig(), simulated)
    expected = simulated + sum(seconds for _, seconds in added)
    lines = [*_simulated(cycles, expected), *(_added(name, seconds, expected) for name, seconds in added)]
    devices = _devices(finished, cycles)
    largest = max(lines, key=lambda one: one.mean)
    slowest = max(devices, key=lambda one: one.critical, default=None)
    return CycleTable(
        runs=len(finished),
        cycles=len(cycles),
        ramp_in_counted=counted,
        ramp_in=ramp_in,
        overall=sum(run.duration for run in finished) / sum(len(run.cycles) for run in finished),
        simulated=simulated,
        p95=float(np.percentile(times, 95)),
        worst=max(times),
        expected=expected,
        lines=lines,
        devices=devices,
        bottleneck=Bottleneck(
            line=largest.line,
            device=None if slowest is None or slowest.critical == 0.0 else slowest.device,
            share=largest.share,
            gain=largest.mean,
        ),
        takt=None if takt is None else Takt(required=takt, reserve=takt - expected, met=expected <= takt),
    )


class _Cycle:
    """The seconds of one cycle of one run by line, and by device."""

    def __init__(self, duration: float, steps: Sequence[Step]) -> None:
        self.duration = duration
        self.lines: dict[str, float] = defaultdict(float)
        self.devices: dict[str, float] = defaultdict(float)
        for step in steps:
            for line, seconds in step.shares():
                self.lines[line] += seconds
            if step.activity is not None and step.activity.kind not in WAITS:
                self.devices[step.activity.device] += step.end - step.start


class _Run:
    def __init__(self, activities: Sequence[Activity]) -> None:
        whole = [one for one in activities if one.kind == "cycle"]
        start, end = (whole[0].start, whole[-1].end) if whole else (0.0, 0.0)
        steps = CriticalPath(activities).steps(start, end)
        pieces = cut(steps, [start, *(one.end for one in whole)])
        self.cycles = [_Cycle(one.duration, piece) for one, piece in zip(whole, pieces, strict=True)]
        self.duration = end - start
        self.busy: dict[str, float] = {}
        spans: dict[str, list[tuple[float, float]]] = defaultdict(list)
        for one in activities:
            if one.kind not in WAITS and one.kind != "cycle":
                spans[one.device].append((max(start, one.start), min(end, one.end)))
        for device, stretches in spans.items():
            self.busy[device] = _length(stretches)


def _length(stretches: Sequence[tuple[float, float]]) -> float:
    """Return the length (s) of the union."""
    total, until = 0.0, float("-inf")
    for start, end in sorted(stretches):
        total += max(0.0, end - max(start, until))
        until = max(until, end)
    return total


def _simulated(cycles: Sequence[_Cycle], expected: float) -> Iterator[CycleLine]:
    """Yield the lines that took time in any cycle."""
    for line in LINES:
        seconds = [cycle.lines.get(line, 0.0) for cycle in cycles]
        if max(seconds) > 0.0:
            mean = float(np.mean(seconds))
            yield CycleLine(
                line=line,
                simulated=True,
                mean=mean,
                p95=float(np.percentile(seconds, 95)),
                worst=max(seconds),
                share=mean / expected,
            )


def _assumed(config: CycleConfig, simulated: float) -> list[tuple[str, float]]:
    """Return the user's additions by field name; entries are spread over the parts of a shift."""
    names = ("gripper", "part_present", "settling", "handshake", "vision")
    added = [(name, float(getattr(config, name))) for name in names]
    standing = config.standing()
    cycle = simulated + sum(seconds for _, seconds in added)
    parts = (float(config.shift_length) - standing) / cycle
    added.append(("entries", standing / parts))
    return [(name, seconds) for name, seconds in added if seconds > 0.0]


def _added(name: str, seconds: float, expected: float) -> CycleLine:
    return CycleLine(line=name, simulated=False, mean=seconds, p95=seconds, worst=seconds, share=seconds / expected)


def _devices(runs: Sequence[_Run], cycles: Sequence[_Cycle]) -> list[DeviceUse]:
    duration, parts = sum(run.duration for run in runs), sum(len(run.cycles) for run in runs)
    names = sorted({device for run in runs for device in run.busy})
    return [
        DeviceUse(
            device=name,
            critical=float(np.mean([cycle.devices.get(name, 0.0) for cycle in cycles])),
            busy=sum(run.busy.get(name, 0.0) for run in runs) / parts,
            utilisation=sum(run.busy.get(name, 0.0) for run in runs) / duration if duration > 0.0 else 0.0,
        )
        for name in names
    ]
