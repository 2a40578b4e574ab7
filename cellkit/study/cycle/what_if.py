"""What a faster gripper or another speed limit would buy: run, not guessed.

Each variant is run over the same seeds as the concept itself, in the kinematic world where the scenario allows it: the
difference of two variants is what counts, and it is quick. How far that world's cycle is from the physics world's is
told with it. What a buffer buys shows only over a shift, with its faults and arrivals.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from cellkit.scenario.config import Scenario
from cellkit.study.concepts import Concept
from cellkit.study.cycle.config import CycleConfig
from cellkit.study.cycle.faster_gripper import with_faster_grippers
from cellkit.study.cycle.table import CycleTable, cycle_table
from cellkit.study.runs.job import Observation, StudyJob

Change = Literal["none", "gripper", "speed"]
FAST_WORLD = "kinematic"


class WhatIf(BaseModel):
    """One variant; the first of a list is the concept itself (``none``), which the others are compared with.

    ``cycle`` and what follows from it are null where no run was good. Cycles are simulated ones, of good runs, without
    what the ``cycle`` section of the study file assumes besides.
    """

    model_config = ConfigDict(frozen=True)

    change: Change
    factor: float = Field(description="times as fast (gripper), or the share of all arms' speed (none, speed)")
    world: str
    runs: int
    good: int
    cycle: float | None = Field(description="s a part, mean")
    gained: float | None = Field(description="s a part that the cycle is shorter; below 0: longer")
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


Carried = Callable[[Sequence[StudyJob]], Sequence[Observation]]


def in_turn(jobs: Sequence[StudyJob]) -> list[Observation]:
    """Carry out one after the other, in this process."""
    return [job.carry_out() for job in jobs]


def what_if(
    scenario: Scenario,
    concept: Concept,
    seeds: Sequence[int],
    config: CycleConfig | None = None,
    *,
    quantity: int | None = None,
    physics: CycleTable | None = None,
    carry_out: Carried = in_turn,
) -> list[WhatIf]:
    """The concept itself, with a faster gripper, and at other speed limits, as ``config`` says.

    ``physics``: the table of the concept's own runs in the physics world, of the same ``quantity``, if there is one.
    ``carry_out`` may spread the runs over processes of this machine. Raises ``ConfigError``.
    """
    config = config or CycleConfig()
    world = FAST_WORLD if not scenario.file.worlds or FAST_WORLD in scenario.file.worlds else scenario.file.worlds[0]
    with tempfile.TemporaryDirectory(prefix="cellkit_what_if_") as folder:
        variants = list(_variants(scenario, concept, config, Path(folder)))
        jobs = [StudyJob(one.concept, seed, world, quantity) for one in variants for seed in seeds]
        observed = list(carry_out(jobs))
    found: list[WhatIf] = []
    own: CycleTable | None = None
    for number, variant in enumerate(variants):
        runs = observed[number * len(seeds) : (number + 1) * len(seeds)]
        good = [one.activities for one in runs if one.record.success]
        # The ramp-in is counted in all of them or in none, or they could not be compared.
        table = cycle_table(good, ramp_in_counted=None if own is None else own.ramp_in_counted) if good else None
        if number == 0:
            own = table
        found.append(_result(variant, world, len(runs), len(good), table, own, physics))
    return found


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
