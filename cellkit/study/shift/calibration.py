"""Compares the kinematic world with the physics world: the same program with the same seeds in both."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence

from pydantic import Field

from cellkit.errors import ConfigError
from cellkit.scenario.config import Scenario
from cellkit.scenario.record import RunRecord
from cellkit.study.concepts import Concept
from cellkit.study.frozen_model import FrozenModel
from cellkit.study.proportion import lower_bound
from cellkit.study.shift.batches import Batch, Batches


class Calibration(FrozenModel):
    """The physics world compared with the kinematic world. Times in s a part, over the whole program.

    ``factor`` corrects the times of a shift. ``good_share`` and ``gave_up_share`` add the effects that only physics
    shows: bad parts, and programs that gave up. Few runs prove little: see ``good_bound``.
    """

    seeds: list[int]
    quantity: int = Field(description="parts a run")
    physics: float = Field(description="s a part, mean")
    kinematic: float = Field(description="s a part, mean")
    factor: float = Field(description="physics / kinematic")
    difference: float = Field(description="share; mean over the seeds of physics / kinematic - 1")
    spread: float | None = Field(description="share; standard deviation of that difference; None: one seed")
    parts: int = Field(description="parts finished in physics")
    good: int = Field(description="good parts among these")
    good_share: float
    good_bound: float = Field(description="share of good parts that is exceeded with 95 % confidence")
    gave_up: int = Field(description="runs in physics with a program that gave up")
    gave_up_share: float = Field(description="share of runs")


def calibrate(
    scenario: Scenario,
    concept: Concept,
    seeds: Sequence[int],
    *,
    quantity: int | None = None,
    physics: Iterable[RunRecord] = (),
) -> Calibration:
    """Run every seed in both worlds. A run with a program that gave up counts only for ``gave_up``.

    ``physics``: earlier runs of this concept in the physics world, which are not repeated: runs are bit-repeatable.

    Raises ``ConfigError`` without a seed, for a cell that cannot be run, and when no seed ends well in both worlds.
    """
    if not seeds:
        raise ConfigError("calibration: at least one seed is needed")
    worlds = [Batches(scenario, concept, world) for world in ("physics", "kinematic")]
    for record in physics:
        worlds[0].know(record)
    parts = quantity or worlds[0].quantity
    both = [(worlds[0].batch(seed, parts), worlds[1].batch(seed, parts)) for seed in seeds]
    return compared(list(seeds), parts, both)


def compared(seeds: list[int], quantity: int, both: Sequence[tuple[Batch, Batch]]) -> Calibration:
    """Return the calibration from two batches of every seed: one in physics, one in the kinematic world."""
    pairs = [
        (_part_time(physics), _part_time(kinematic))
        for physics, kinematic in both
        if physics.failed is None and kinematic.failed is None
    ]
    if not pairs:
        why = next(batch.failed for pair in both for batch in pair if batch.failed is not None)
        raise ConfigError(f"calibration: no seed of {seeds} ended well in both worlds ({why})")
    physics = statistics.fmean(pair[0] for pair in pairs)
    kinematic = statistics.fmean(pair[1] for pair in pairs)
    differences = [one / other - 1.0 for one, other in pairs]
    made = sum(len(batch.parts) for batch, _ in both)
    good = sum(batch.good for batch, _ in both)
    gave_up = sum(batch.failed is not None for batch, _ in both)
    return Calibration(
        seeds=seeds,
        quantity=quantity,
        physics=physics,
        kinematic=kinematic,
        factor=physics / kinematic,
        difference=statistics.fmean(differences),
        spread=statistics.stdev(differences) if len(differences) > 1 else None,
        parts=made,
        good=good,
        good_share=good / made,
        good_bound=lower_bound(good, made),
        gave_up=gave_up,
        gave_up_share=gave_up / len(both),
    )


def _part_time(batch: Batch) -> float:
    return batch.time / len(batch.parts)
