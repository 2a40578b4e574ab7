"""One run of a study: a concept with a seed, as a task for a process, and its observation."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any, Literal

from cellkit.errors import ConfigError, DriverNotFound
from cellkit.scenario.config import read_scenario
from cellkit.scenario.record import RunRecord
from cellkit.scenario.runner import Run, RunOptions
from cellkit.study.concepts import Concept
from cellkit.study.cycle.activity import Activity, activities
from cellkit.study.energy.meter import PowerLog, PowerMeter
from cellkit.study.frozen_model import FrozenModel
from cellkit.study.runs.inputs import Inputs, inputs_of
from cellkit.study.runs.software import software
from cellkit.study.runs.task import imports_of, one_line, unfinished


class Observation(FrozenModel):
    """The outcome of a run: its record, the devices' activities, and the motors' power.

    ``unfinished``: ``impossible``, the cell cannot be built with these models, or ``lost``, the run did not end by
    itself: its process died, or this software failed. ``record.failure`` states the reason. Neither is a lasting
    result, so such an observation is not stored.
    """

    record: RunRecord
    activities: list[Activity] = []
    power: PowerLog | None = None
    unfinished: Literal["impossible", "lost"] | None = None


@dataclass(frozen=True)
class StudyJob:
    """One run. ``quantity`` null: the quantity of the scenario."""

    concept: Concept
    seed: int
    world: str = "physics"
    quantity: int | None = None
    path: Literal["direct", "wire"] = "direct"

    def options(self) -> RunOptions:
        """Return the options for the runner."""
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
        """Return the files that determine the run. Raises ``ConfigError`` and ``DriverNotFound``."""
        return inputs_of(self.concept.scenario, self.concept.arm or None, self.concept.gripper or None)

    def key(self, inputs: Inputs | None = None) -> str:
        """Return the SHA-256 of all that determines the result: contents of its files, its options, the software.

        ``inputs``: the files, if they were found already. Raises ``ConfigError`` and ``DriverNotFound``.
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
        """Run in this process; any error becomes the record of a failed run."""
        events: list[dict[str, Any]] = []
        try:
            scenario = read_scenario(self.concept.scenario)
            with imports_of(scenario):
                run = Run(scenario, self.options())
                meter = PowerMeter(run.plan.arms)
                run.on_record, run.on_power = events.append, meter
                record = run.execute()
            return Observation(record=record, activities=activities(events), power=meter.log())
        except (ConfigError, DriverNotFound) as error:  # the runner raises these only before anything has moved
            return self._unfinished(one_line(error), "impossible")
        except Exception as error:  # an error of this software or machine ends this run alone
            return self.failed(one_line(error))

    def failed(self, reason: str) -> Observation:
        """Return the observation of a run that did not end by itself."""
        return self._unfinished(reason, "lost")

    def _unfinished(self, reason: str, kind: Literal["impossible", "lost"]) -> Observation:
        concept = self.concept
        record = unfinished(
            concept.scenario, concept.arm, concept.gripper or None, self.world, self.path, self.seed, reason
        )
        return Observation(record=record, unfinished=kind)
