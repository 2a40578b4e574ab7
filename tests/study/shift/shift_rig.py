"""Shared by the tests of shifts: a concept, and batches of a known length instead of runs."""

from __future__ import annotations

from typing import Any

from cellkit.scenario.config import read_scenario
from cellkit.study.concepts import Concept
from cellkit.study.shift import Batches, Shift, ShiftConfig, simulate_shift
from cellkit.study.shift.batches import Batch

NAME = "pick_and_place"
SCENARIO = read_scenario(NAME)
CONCEPT = Concept("", NAME, "ur5e", "2f-85")
PART = 10.0
ROBOT = "robot"
PERFECT = {"starting": 0.0, "stopping": 0.0, "reaction": 0.0}


class Steady(Batches):
    """Batches with parts of 10 s, or ``part``; all are good except ``bad`` of a batch."""

    def __init__(self, bad: int = 0, failed: str | None = None, part: float = PART) -> None:
        super().__init__(SCENARIO, CONCEPT)
        self.requests: list[tuple[int, int]] = []
        self._bad, self._failed, self._part = bad, failed, part

    def batch(self, seed: int, quantity: int) -> Batch:
        self.requests.append((seed, quantity))
        made = quantity if self._failed is None else max(1, quantity - 1)
        return Batch((self._part,) * made, 0.0, made - self._bad, self._failed if made < quantity else None)


def config(**fields: Any) -> ShiftConfig:
    return ShiftConfig.model_validate({"batch": 4, **PERFECT, **fields})


def steady(given: ShiftConfig, seed: int = 1, batches: Steady | None = None, calibration: Any = None) -> Shift:
    return simulate_shift(SCENARIO, CONCEPT, given, seed, calibration, batches or Steady())
