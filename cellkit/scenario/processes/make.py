"""Selection of the process of a scenario: the class that runs each kind of section in the scenario file."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cellkit.cell.build import BuiltCell
from cellkit.scenario.config import Scenario
from cellkit.scenario.processes.answers import AnswersProcess
from cellkit.scenario.processes.config import (
    Answers,
    ConveyorFeed,
    Feeder,
    Handover,
    Insertion,
    Kitting,
    MachineTending,
    Palletising,
    Polishing,
    Pressing,
    Screwdriving,
    TouchCourse,
    TrayExchange,
    Visitors,
)
from cellkit.scenario.processes.conveyor import ConveyorFeedProcess
from cellkit.scenario.processes.feeder import FeederProcess
from cellkit.scenario.processes.handover import HandoverProcess
from cellkit.scenario.processes.insertion import InsertionProcess
from cellkit.scenario.processes.judging import Report
from cellkit.scenario.processes.kitting import KittingProcess
from cellkit.scenario.processes.machine import MachineTendingProcess
from cellkit.scenario.processes.palletising import PalletisingProcess
from cellkit.scenario.processes.polishing import PolishingProcess
from cellkit.scenario.processes.pressing import PressingProcess
from cellkit.scenario.processes.process import Process
from cellkit.scenario.processes.screwdriving import ScrewdrivingProcess
from cellkit.scenario.processes.touch_course import TouchCourseProcess
from cellkit.scenario.processes.trays import TrayExchangeProcess
from cellkit.scenario.processes.visitors import VisitorsProcess
from cellkit.yamlfile import StrictModel

_PROCESSES: Mapping[type[StrictModel], Callable[..., Process]] = {
    Answers: AnswersProcess,
    ConveyorFeed: ConveyorFeedProcess,
    TouchCourse: TouchCourseProcess,
    Feeder: FeederProcess,
    Handover: HandoverProcess,
    Insertion: InsertionProcess,
    Kitting: KittingProcess,
    MachineTending: MachineTendingProcess,
    Palletising: PalletisingProcess,
    Polishing: PolishingProcess,
    Pressing: PressingProcess,
    Screwdriving: ScrewdrivingProcess,
    TrayExchange: TrayExchangeProcess,
    Visitors: VisitorsProcess,
}


def make_process(scenario: Scenario, built: BuiltCell, seed: int, report: Report) -> Process | None:
    """Return the process of a scenario, if it has one.

    Raises ``ConfigError`` for a process that needs something its cell does not have.
    """
    config = scenario.file.process
    return None if config is None else _PROCESSES[type(config)](config, scenario, built, seed, report)
