"""The batches of a shift: each is a real run of the cell's program, with its own seed."""

from __future__ import annotations

import gc
from dataclasses import dataclass

from cellkit.cell.plan import CellPlan
from cellkit.errors import ConfigError
from cellkit.scenario.config import Scenario
from cellkit.scenario.record import RunRecord
from cellkit.scenario.runner import Run, RunOptions
from cellkit.study.concepts import Concept

WORLD = "kinematic"
TIDY = 500
"""Runs after which their garbage is collected: a run freezes what there was before it, and its own is small."""


@dataclass(frozen=True)
class Batch:
    """What one run did. ``parts``: s from each finished part to the next, the first from the program's start;
    ``tail``: s from the last one to the program's end, or to where it gave up for the reason in ``failed``.
    """

    parts: tuple[float, ...]
    tail: float
    good: int
    failed: str | None
    trace: str = ""
    """SHA-256 of its trace."""

    @property
    def time(self) -> float:
        """S of the whole run."""
        return sum(self.parts) + self.tail


class Batches:
    """Runs the batches of one concept; a batch with the seed and quantity of an earlier one is that one again.

    ``quantity``: parts of a whole batch; None: as many as the scenario says.

    Raises ``ConfigError`` for what is wrong with scenario or concept, and when the program fails before its first part
    because of what it was given: then it always would.
    """

    def __init__(self, scenario: Scenario, concept: Concept, world: str = WORLD, quantity: int | None = None) -> None:
        self._prepared = Run(
            scenario,
            RunOptions(
                arm=concept.arm, gripper=concept.gripper, world=world, override=concept.speed, quantity=quantity
            ),
        )
        self._world = world
        self._known: dict[tuple[int, int], Batch] = {}

    @property
    def plan(self) -> CellPlan:
        """The cell."""
        return self._prepared.plan

    @property
    def quantity(self) -> int:
        """Parts of a whole batch."""
        return self._prepared.quantity

    def batch(self, seed: int, quantity: int) -> Batch:
        """The batch of a seed, run now or before."""
        known = self._known.get((seed, quantity))
        if known is None:
            record = self._prepared.again(seed, quantity).execute()
            if len(self._known) % TIDY == TIDY - 1:
                gc.collect()
            known = self._known[seed, quantity] = self._batch(record)
        return known

    def know(self, record: RunRecord) -> None:
        """A run of this concept in this world that was made before: its batch need not be run again."""
        self._known.setdefault((record.seed, record.parts_total), self._batch(record))

    def _batch(self, record: RunRecord) -> Batch:
        parts = tuple(record.cycle_time.list)
        gave_up = record.failure is not None and record.parts_judged and len(parts) < record.parts_total
        hopeless = record.bad_input or record.simulated_time <= 0.0
        if record.failure is not None and not parts and hopeless:
            raise ConfigError(
                f"a shift of {record.scenario} with {record.arm} and {record.gripper} cannot be: the program fails in "
                f"the {self._world} world before the first part: {record.failure.what}"
            )
        if not parts and record.failure is None:
            raise ConfigError(f"a shift counts the parts of {record.scenario}, but its program finishes none")
        return Batch(
            parts=parts,
            tail=max(0.0, record.simulated_time - sum(parts)),
            good=min(record.parts_good, len(parts)),
            failed=record.failure.what if gave_up and record.failure is not None else None,
            trace=record.trace_sha256,
        )
