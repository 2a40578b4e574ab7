"""The rig for tests of recordings: a recorded run, with everything that another observer received."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cellkit.cell.build import BuiltCell
from cellkit.recording import McapRecorder, record_run
from cellkit.scenario.config import read_scenario
from cellkit.scenario.observers import Snapshot
from cellkit.scenario.record import RunRecord
from cellkit.scenario.runner import CommandPath, Run, RunOptions


class StoringObserver:
    """An observer that stores everything it receives."""

    def __init__(self, period: float = 0.02) -> None:
        self.period = period
        self.built: BuiltCell | None = None
        self.snapshots: list[Snapshot] = []
        self.events: list[Mapping[str, Any]] = []

    def begin(self, built: BuiltCell) -> None:
        self.built = built

    def look(self, snapshot: Snapshot) -> None:
        self.snapshots.append(snapshot)

    def event(self, record: Mapping[str, Any]) -> None:
        self.events.append(record)

    def end(self, record: RunRecord | None) -> None:
        pass


@dataclass
class Recorded:
    """A run, its recording, and another observer of it."""

    file: Path
    record: RunRecord
    recorder: McapRecorder
    seen: StoringObserver
    problems: list[str] = field(default_factory=list)


def recorded(
    file: Path, name: str, world: str, path: CommandPath = "direct", quantity: int = 1, images: float = 0.0
) -> Recorded:
    """Run a scenario and record it."""
    run = Run(read_scenario(name), RunOptions(world=world, path=path, quantity=quantity))
    problems: list[str] = []
    recorder = record_run(run, file, image_rate=images, on_problem=problems.append)
    seen = StoringObserver(recorder.period)
    run.observers.append(seen)
    return Recorded(file, run.execute(), recorder, seen, problems)
