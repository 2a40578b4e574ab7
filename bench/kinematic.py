"""Kinematic world: the real-time factor of a run of 1000 parts, including the whole program."""

from __future__ import annotations

import statistics

from cellkit.scenario.config import read_scenario
from cellkit.scenario.record import RunRecord
from cellkit.scenario.runner import Run, RunOptions

PARTS = 1000
ROUNDS = 3


def run(parts: int) -> RunRecord:
    """Run a scenario in the kinematic world."""
    return Run(read_scenario("pick_and_place"), RunOptions(world="kinematic", quantity=parts)).execute()


def measure() -> tuple[float, float]:
    """Return the median real-time factor and the simulated seconds per run; a first run does the imports."""
    run(10)
    records = [run(PARTS) for _ in range(ROUNDS)]
    assert all(record.success for record in records), records[0].failure
    return statistics.median(record.realtime_factor for record in records), records[0].simulated_time
