"""What a calibration found, as data for tables, JSON and a model file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from cellkit.calibration.figure import Figure
from cellkit.calibration.log import Log
from cellkit.calibration.time_law import Synchronised
from cellkit.joints import JointLimits


@dataclass(frozen=True)
class MotionTime:
    """A held-out move: its measured motion time in s, and what the learned and the shipped figures predict."""

    begin: float
    joint: int
    distance: float
    setting: int
    measured: float
    learned: float
    shipped: float

    @property
    def error(self) -> float:
        """The error of the learned figures as a share of the measured time."""
        return self.learned / self.measured - 1.0

    @property
    def shipped_error(self) -> float:
        """The error of the shipped figures as a share of the measured time."""
        return self.shipped / self.measured - 1.0


@dataclass
class Findings:
    """All that a log shows of an arm.

    ``settings`` are speed, acceleration and number of the moves that ran alike, slowest first; the figures are those of
    ``setting``, counted from 1.
    ``missing`` says in sentences what never moved and what could not be observed.
    """

    log: Log
    arm: str
    payload: float
    shipped: JointLimits
    synchronised_by: Synchronised | None = None
    settings: list[tuple[float | None, float, int]] = field(default_factory=list)
    setting: int = 0
    moves: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)
    figures: list[Figure] = field(default_factory=list)
    motion_times: list[MotionTime] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def better(self) -> list[Figure]:
        """Return the figures that beat the shipped ones on held-out moves."""
        return [figure for figure in self.figures if figure.better]

    def times_are_better(self) -> bool:
        """Return whether the figures' own setting has motion times that they predict better than the shipped ones."""
        rows = [row for row in self.motion_times if row.setting == self.setting]
        errors = [abs(row.error) for row in rows]
        return bool(rows) and float(np.median(errors)) < float(np.median([abs(row.shipped_error) for row in rows]))

    def add(self, figure: Figure | None) -> None:
        """Add a figure, if there is one."""
        if figure is not None:
            self.figures.append(figure)

    def to_json(self) -> dict[str, Any]:
        """Return everything as JSON data."""
        return {
            "schema": "cellkit/calibration/1",
            "arm": self.arm,
            "payload_kg": self.payload,
            "log": {
                "name": self.log.name,
                "preset": self.log.preset,
                "sha256": self.log.sha256,
                "rows": len(self.log.times),
                "step_s": self.log.step,
            },
            "moves": self.moves,
            "skipped": dict(self.skipped),
            "synchronised_by": self.synchronised_by,
            "setting": self.setting,
            "settings": [
                {"speed_rad_s": speed, "acceleration_rad_s2": acceleration, "moves": count}
                for speed, acceleration, count in self.settings
            ],
            "figures": [asdict(figure) | {"better": figure.better} for figure in self.figures],
            "motion_times": [
                asdict(row) | {"error": row.error, "shipped_error": row.shipped_error} for row in self.motion_times
            ],
            "missing": self.missing,
        }
