"""The served cell: a scenario's cell with the scenario's program, or a bare cell with the given programs."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from cellkit.cell.plan import CellPlan
from cellkit.errors import ConfigError
from cellkit.scenario.config import Scenario
from cellkit.scenario.program import load_program
from cellkit.scenario.reference import resolve
from cellkit.supervision.task import KnownProgram


@dataclass(frozen=True, slots=True)
class CellChoices:
    """The models, path and protocols of the command line; ``path`` is direct, wire or live."""

    arm: str | None = None
    gripper: str | None = None
    path: str = "direct"
    protocols: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class ServedCell:
    """A planned cell, its scenario (None for a bare cell file), and its programs by name."""

    plan: CellPlan
    scenario: Scenario | None
    programs: Mapping[str, KnownProgram]

    @property
    def quantity(self) -> int:
        """Number of parts of an order."""
        return 1 if self.scenario is None else self.scenario.file.quantity


def read_served_cell(reference: str, choices: CellChoices, programs: Collection[Path] = ()) -> ServedCell:
    """Read a shipped scenario by its name, or a scenario or cell file by its path, and load all programs.

    Raises ``ConfigError`` and ``DriverNotFound``.
    """
    cell = resolve(reference)
    known: dict[str, KnownProgram] = {}
    if cell.scenario is not None:
        _add(known, cell.scenario.file.name, cell.scenario.program_file)
    for file in programs:
        _add(known, file.stem, file)
    plan = cell.plan(choices.arm, choices.gripper, choices.path, choices.protocols)
    return ServedCell(plan, cell.scenario, known)


def _add(known: dict[str, KnownProgram], name: str, file: Path) -> None:
    if name in known:
        raise ConfigError(f"two programs are called {name!r}: rename this file", file=file)
    known[name] = KnownProgram(name, file, load_program(file))
