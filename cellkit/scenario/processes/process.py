"""What every process is, and which class runs which kind."""

from __future__ import annotations

from typing import Protocol

from cellkit.cell.build import BuiltCell
from cellkit.scenario.config import Scenario
from cellkit.scenario.processes.config import Feeder, MachineTending, Pressing, TrayExchange
from cellkit.scenario.processes.feeder import FeederProcess
from cellkit.scenario.processes.judging import Report, Tally
from cellkit.scenario.processes.machine import MachineTendingProcess
from cellkit.scenario.processes.pressing import PressingProcess
from cellkit.scenario.processes.trays import TrayExchangeProcess
from cellkit.scenario.processes.visitors import VisitorsProcess


class Process(Protocol):
    """Runs beside the program, in the world, and judges what comes of it."""

    tally: Tally
    FAULTS: tuple[str, ...]
    """What can go wrong with it (``process`` of a fault in the scenario file)."""

    def start(self) -> None:
        """The program is about to begin."""

    def finish(self) -> None:
        """The program is over: judge what is left."""

    def begin_fault(self, kind: str) -> None:
        """One of ``FAULTS`` begins now."""


def make_process(scenario: Scenario, built: BuiltCell, seed: int, report: Report) -> Process | None:
    """The process of a scenario, if it has one. Raises ``ConfigError`` for what its cell has not."""
    config = scenario.file.process
    if config is None:
        return None
    if isinstance(config, TrayExchange):
        return TrayExchangeProcess(config, scenario, built, seed, report)
    if isinstance(config, Feeder):
        return FeederProcess(config, scenario, built, seed, report)
    if isinstance(config, Pressing):
        return PressingProcess(config, scenario, built, report)
    if isinstance(config, MachineTending):
        return MachineTendingProcess(config, scenario, built, seed, report)
    return VisitorsProcess(config, scenario, built, seed, report)
