"""The batches of a shift: each is a run of the cell's program, with its own seed."""

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
"""Number of runs between two garbage collections: a run excludes older objects from collection and adds few."""


@dataclass(frozen=True)
class Batch:
    """The result of one run.

    ``parts``: s from each finished part to the next, the first from the start of the program. ``tail``: s from the
    last part to the end of the program, or to its failure with the reason in ``failed``.
    """

    parts: tuple[float, ...]
    tail: float
    good: int
    failed: str | None
    trace: str = ""
    """The SHA-256 of the trace."""

    @property
    def time(self) -> float:
        """The duration of the run in s."""
        return sum(self.parts) + self.tail


class Batches:
    """Runs the batches of one concept; a batch of the same seed and quantity is run only once.

    ``quantity``: parts of a full batch; None: the scenario's quantity.

    Raises ``ConfigError`` for an error in scenario or concept, and when the program fails before its first part because
    of its inputs, so that every run would fail.
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
        """The plan of the cell."""
        return self._prepared.plan

    @property
    def quantity(self) -> int:
        """The number of parts of a full batch."""
        return self._prepared.quantity

    def batch(self, seed: int, quantity: int) -> Batch:
        """Return the batch of a seed and quantity; run it if it is not stored."""
        known = self._known.get((seed, quantity))
        if known is None:
            record = self._prepared.again(seed, quantity).execute()
            if len(self._known) % TIDY == TIDY - 1:
                gc.collect()
            known = self._known[seed, quantity] = self._batch(record)
        return known

    def know(self, record: RunRecord) -> None:
        """Store an earlier run of this concept in this world, so that its batch is not run again."""
        self._known.setdefault((record.seed, record.parts_total), self._batch(record))

    def _batch(self, record: RunRecord) -> Batch:
        parts = tuple(record.cycle_time.list)
        gave_up = record.failure is not None and record.parts_judged and len(parts) < record.parts_total
        hopeless = record.bad_input or record.simulated_time <= 0.0
        if record.failure is not None and not parts and hopeless:
            raise ConfigError(
                f"a shift of {record.scenario} with {record.arm} and {record.gripper} is impossible: the program fails "
                f"in the {self._world} world before the first part: {record.failure.what}"
            )
        if not parts and record.failure is None:
            raise ConfigError(f"a shift of {record.scenario} is impossible: its program finishes no part")
        return Batch(
            parts=parts,
            tail=max(0.0, record.simulated_time - sum(parts)),
            good=min(record.parts_good, len(parts)),
            failed=record.failure.what if gave_up and record.failure is not None else None,
            trace=record.trace_sha256,
        )
