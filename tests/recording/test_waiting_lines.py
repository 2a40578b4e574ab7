"""The lines at which a program waits are looked up only when a task may have gone on, and are then right."""

from __future__ import annotations

import pytest
from recording_rig import StoringObserver

from cellkit.recording import program_line
from cellkit.recording.program_line import WaitingLines, waiting_lines
from cellkit.scenario.config import read_scenario
from cellkit.scenario.observers import Snapshot
from cellkit.scenario.runner import Run, RunOptions


class Comparing(StoringObserver):
    """Compares the remembered lines with those of a new look, at each snapshot."""

    def __init__(self, run: Run) -> None:
        super().__init__()
        self._file = run.program_file
        self._remembered = WaitingLines(run.program_file)
        self.found: set[tuple[int, ...]] = set()

    def look(self, snapshot: Snapshot) -> None:
        super().look(snapshot)
        lines = self._remembered.now()
        assert lines == waiting_lines(self._file)
        self.found.add(lines)


@pytest.mark.parametrize("world", ["physics", "kinematic"])
def test_remembered_lines_are_those_of_every_moment(world: str, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = 0

    def counted(file: object) -> tuple[int, ...]:
        nonlocal looks
        looks += 1
        return waiting_lines(run.program_file)

    monkeypatch.setattr(program_line, "waiting_lines", counted)
    run = Run(read_scenario("pick_and_place"), RunOptions(world=world, quantity=1))
    seen = Comparing(run)
    run.observers.append(seen)
    assert run.execute().success
    assert len(seen.found) > 5
    assert looks < len(seen.snapshots) / 2
