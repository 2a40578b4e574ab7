"""One run of a study: a concept with a seed, as work for a process, and what was observed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from cellkit.errors import ConfigError, DriverNotFound
from cellkit.scenario.config import read_scenario
from cellkit.scenario.record import RunRecord
from cellkit.scenario.runner import Run, RunOptions
from cellkit.study.concepts import Concept
from cellkit.study.cycle.activity import Activity, activities
from cellkit.study.energy.meter import PowerLog, PowerMeter
from cellkit.study.runs.inputs import Inputs, inputs_of
from cellkit.study.runs.software import software
from cellkit.study.runs.task import imports_of, in_words, unfinished


class Observation(BaseModel):
    """What came of a run: its record, what each device did and when, and what the motors gave (physics world only).

    ``unfinished``: ``impossible``, the cell could not even be built with these models, or ``lost``, it came to no end
    of its own: its process died, or this software failed. ``record.failure`` says why. Either says nothing that lasts,
    so it is not kept.
    """

    model_config = ConfigDict(frozen=True)

    record: RunRecord
    activities: list[Activity] = []
    power: PowerLog | None = None
    unfinished: Literal["impossible", "lost"] | None = None


@dataclass(frozen=True)
class StudyJob:
    """One run. ``quantity`` null: that of the scenario."""

    concept: Concept
    seed: int
    world: str = "physics"
    quantity: int | None = None
    path: Literal["direct", "wire"] = "direct"

    def options(self) -> RunOptions:
        """What the runner takes."""
        return RunOptions(
            arm=self.concept.arm or None,
            gripper=self.concept.gripper or None,
            world=self.world,
            path=self.path,
            seed=self.seed,
            quantity=self.quantity,
            override=self.concept.speed,
        )

    def inputs(self) -> Inputs:
        """The files that determine it. Raises ``ConfigError`` and ``DriverNotFound``."""
        return inputs_of(self.concept.scenario, self.concept.arm or None, self.concept.gripper or None)

    def key(self, inputs: Inputs | None = None) -> str:
        """SHA-256 over all that determines the result: the contents of its files, its options, and the software.

        ``inputs``: those that were found already. Raises ``ConfigError`` and ``DriverNotFound``.
        """
        determining = {
            "software": software().model_dump(),
            "files": (inputs or self.inputs()).hashes,
            "seed": self.seed,
            "world": self.world,
            "quantity": self.quantity,
            "path": self.path,
            "speed": self.concept.speed,
        }
        return hashlib.sha256(json.dumps(determining, sort_keys=True).encode()).hexdigest()

    def carry_out(self) -> Observation:
        """Run it in this process; whatever goes wrong with it becomes the record of a failed run."""
        events: list[dict[str, Any]] = []
        try:
            scenario = read_scenario(self.concept.scenario)
            with imports_of(scenario):
                run = Run(scenario, self.options())
                meter = PowerMeter(run.plan.arms)
                run.on_record, run.on_power = events.append, meter
                record = run.execute()
            return Observation(record=record, activities=activities(events), power=meter.log())
        except (ConfigError, DriverNotFound) as error:  # the runner raises them only before anything has moved
            return self._unfinished(in_words(error), "impossible")
        except Exception as error:  # a mistake in this software, or a machine short of something: this run's alone
            return self.failed(in_words(error))

    def failed(self, what: str) -> Observation:
        """What is observed of a run that came to no end of its own."""
        return self._unfinished(what, "lost")

    def _unfinished(self, what: str, why: Literal["impossible", "lost"]) -> Observation:
        concept = self.concept
        record = unfinished(
            concept.scenario, concept.arm, concept.gripper or None, self.world, self.path, self.seed, what
        )
        return Observation(record=record, unfinished=why)
