"""The gain of a faster gripper or of other speeds: from runs, not estimated.

Each variant is run over the same seeds as the concept itself, in the kinematic world if the scenario allows it: only
the difference between two variants counts, and that world is fast. The result states how far its cycle is from that of
the physics world. The gain of a buffer shows only over a shift, with its faults and arrivals (``cellkit.study.shift``).
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from pydantic import Field

from cellkit.scenario.config import Scenario
from cellkit.study.concepts import Concept
from cellkit.study.cycle.config import CycleConfig
from cellkit.study.cycle.faster_gripper import with_faster_grippers
from cellkit.study.cycle.table import CycleTable, cycle_table
from cellkit.study.frozen_model import FrozenModel
from cellkit.study.runs.job import Observation, StudyJob

Change = Literal["none", "gripper", "speed"]
FAST_WORLD = "kinematic"


class WhatIf(FrozenModel):
    """One variant. The first one of a list is the concept itself (``none``), the reference of the others.

    ``cycle`` and all figures that follow from it are null if no run was good. Cycles are simulated, from good runs,
    without the assumed times of the ``cycle`` section.
    """

    change: Change
    factor: float = Field(description="times as fast (gripper), or the share of all arms' speed (none, speed)")
    world: str
    runs: int
    good: int
    cycle: float | None = Field(description="s a part, mean")
    gained: float | None = Field(description="s a part by which the cycle is shorter; below 0: longer")
    gained_share: float | None = Field(description="of the concept's own cycle")
    lines: dict[str, float] = Field(description="s a part, mean, of each line of the cycle table")
    physics_difference: float | None = Field(
        description="share by which the concept's own cycle is longer in the physics world than in this one; "
        "null: not compared"
    )


@dataclass(frozen=True)
class _Variant:
    change: Change
    factor: float
    concept: Concept


CarryOut = Callable[[Sequence[StudyJob]], Sequence[Observation]]


def in_turn(jobs: Sequence[StudyJob]) -> list[Observation]:
    """Carry out the jobs one after the other, in this process."""
    return [job.carry_out() for job in jobs]


def what_if(
    scenario: Scenario,
    concept: Concept,
    seeds: Sequence[int],
    config: CycleConfig | None = None,
    *,
    quantity: int | None = None,
    physics: CycleTable | None = None,
    carry_out: CarryOut = in_turn,
) -> list[WhatIf]:
    """Run the concept itself, a faster gripper, and other speeds, as ``config`` states.

    ``physics``: the table of the concept's own runs in the physics world with the same ``quantity``, if available.
    ``carry_out`` may spread the runs over processes of this machine. Raises ``ConfigError``.
    """
    config = config or CycleConfig()
    world = FAST_WORLD if not scenario.file.worlds or FAST_WORLD in scenario.file.worlds else scenario.file.worlds[0]
    with tempfile.TemporaryDirectory(prefix="cellkit_what_if_") as folder:
        variants = list(_variants(scenario, concept, config, Path(folder)))
        jobs = [StudyJob(one.concept, seed, world, quantity) for one in variants for seed in seeds]
        observed = list(carry_out(jobs))
    results: list[WhatIf] = []
    own: CycleTable | None = None
    for number, variant in enumerate(variants):
        runs = observed[number * len(seeds) : (number + 1) * len(seeds)]
        good = [one.activities for one in runs if one.record.success]
        # The variants are comparable only if all of them count the ramp-in, or none does.
        table = cycle_table(good, ramp_in_counted=None if own is None else own.ramp_in_counted) if good else None
        if number == 0:
            own = table
        results.append(_result(variant, world, len(runs), len(good), table, own, physics))
    return results


def _variants(scenario: Scenario, concept: Concept, config: CycleConfig, folder: Path) -> Iterator[_Variant]:
    yield _Variant("none", concept.speed, concept)
    grippers = with_faster_grippers(
        scenario, concept.arm or None, concept.gripper or None, config.faster_gripper, folder
    )
    if grippers:
        yield _Variant("gripper", config.faster_gripper, replace(concept, gripper=grippers))
    for share in config.speeds:
        if share != concept.speed:
            yield _Variant("speed", share, replace(concept, speed=share))


def _result(
    variant: _Variant,
    world: str,
    runs: int,
    good: int,
    table: CycleTable | None,
    own: CycleTable | None,
    physics: CycleTable | None,
) -> WhatIf:
    gained = None if table is None or own is None else own.simulated - table.simulated
    return WhatIf(
        change=variant.change,
        factor=variant.factor,
        world=world,
        runs=runs,
        good=good,
        cycle=None if table is None else table.simulated,
        gained=gained,
        gained_share=None if gained is None or own is None else gained / own.simulated,
        lines={} if table is None else {line.line: line.mean for line in table.lines},
        physics_difference=None if physics is None or own is None else physics.simulated / own.simulated - 1.0,
    )
