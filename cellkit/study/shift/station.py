"""The cell as a station in a shift: a PackML state machine, driven by batches, failures, people and the line."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass

from cellkit.study.shift.agenda import Agenda, Process, Signal
from cellkit.study.shift.batches import Batch
from cellkit.study.shift.calibration import Calibration
from cellkit.study.shift.chance import exponential, stream
from cellkit.study.shift.config import ShiftConfig
from cellkit.study.shift.elements import SETUP, Ledger
from cellkit.study.shift.failures import Failure, Failures
from cellkit.study.shift.line import EXCHANGE, Line
from cellkit.study.shift.people import Operators, Urgency
from cellkit.supervision.packml_state_machine import Command, PackML

PROGRAM = "program"
PLANNED = "planned stop"


@dataclass
class Stoppage:
    """A stoppage by a failure: the times (s of the shift) of its start, of the operator's arrival and of its end."""

    began: float
    failure: Failure
    attended: float | None = None
    ended: float | None = None


@dataclass
class Parts:
    """The parts so far."""

    made: int = 0
    good: int = 0
    rework: int = 0
    scrap: int = 0


class Station:
    """The cell in a shift.

    ``next_batch(quantity)`` runs the next batch. ``planned`` holds begin and end (s) of the planned stops.
    """

    def __init__(
        self,
        agenda: Agenda,
        config: ShiftConfig,
        quantity: int,
        next_batch: Callable[[int], Batch],
        people: Operators,
        line: Line,
        planned: Sequence[tuple[float, float]],
        seed: int,
        calibration: Calibration | None,
    ) -> None:
        self._agenda, self._config, self._quantity, self._next_batch = agenda, config, quantity, next_batch
        self._people, self._line, self._planned = people, line, planned
        self._factor = 1.0 if calibration is None else calibration.factor
        self._give_up_share = 0.0 if calibration is None else calibration.gave_up_share
        spoilt = 0.0 if calibration is None else 1.0 - calibration.good_share
        self._spoilt = 1.0 - (1.0 - spoilt) * (1.0 - config.scrap.value)
        self._failures = Failures(config.faults, seed)
        self._quality, self._reaction = stream(seed, "quality"), stream(seed, "reaction")
        self._program, self._until_give_up = stream(seed, "program"), math.inf
        self.packml = PackML(lambda: agenda.now)
        self.ledger = Ledger(lambda: agenda.now, self.packml.state, planned)
        self.packml.on_change(lambda _, after: self.ledger.enter(after))
        self.parts = Parts()
        self.stoppages: list[Stoppage] = []
        self.undisturbed: list[Batch] = []
        """The batches as they were run, without correction."""

    def work(self) -> Process:
        """Run the whole shift."""
        yield from self._set_up()
        since = 0
        while True:
            if self._config.order is not None and since >= self._config.order.value:
                self._command(Command.COMPLETE)
                self.packml.done()
                yield from self._set_up()
                since = 0
            yield from self._wait_for_tray()
            self._line.begin()
            yield from self._make(self._quantity)
            self._line.end()
            since += self._quantity
            if self._config.exchange.value > 0.0:
                yield from self._suspend(EXCHANGE, self._config.exchange.value)

    def _set_up(self) -> Process:
        self.ledger.because(SETUP)
        self._command(Command.RESET)
        yield from self._people.work(self._config.setup.value * 60.0, Urgency.SETUP)
        self.packml.done()
        yield from self._act(Command.START, self._config.starting.value)
        self.ledger.because("")

    def _wait_for_tray(self) -> Process:
        cause = self._line.missing()
        if cause is None:
            return
        self.ledger.because(cause)
        self._command(Command.SUSPEND)
        self.packml.done()
        while cause is not None:
            self.ledger.because(cause)
            yield self._line.changed
            cause = self._line.missing()
        self._resume()

    def _suspend(self, cause: str, seconds: float) -> Process:
        self.ledger.because(cause)
        self._command(Command.SUSPEND)
        self.packml.done()
        yield seconds
        self._resume()

    def _resume(self) -> None:
        self._command(Command.UNSUSPEND)
        self.packml.done()
        self.ledger.because("")

    def _make(self, quantity: int) -> Process:
        """Make one tray; an aborted program starts again with the remaining parts."""
        while quantity > 0:
            batch = self._next_batch(quantity)
            self.undisturbed.append(batch)
            quantity -= yield from self._run(batch, quantity)

    def _run(self, batch: Batch, quantity: int) -> Generator[float | Signal, None, int]:
        """Run the program once and return the number of finished parts of the tray."""
        bad = set(self._quality.sample(range(len(batch.parts)), len(batch.parts) - batch.good))
        self._until_give_up = math.inf
        if self._program.random() < self._give_up_share:
            self._until_give_up = self._program.uniform(0.0, batch.time * self._factor)
        for number, seconds in enumerate(batch.parts):
            spoilt, ended = yield from self._operate(seconds * self._factor)
            spoilt = spoilt or number in bad or self._quality.random() < self._spoilt
            if ended and not spoilt:
                return number
            self._count(spoilt)
            if ended:
                return number + 1
        _, ended = yield from self._operate(batch.tail * self._factor)
        if batch.failed is not None and not ended:
            yield from self._repair(self._give_up())
        return len(batch.parts) if batch.failed is not None else quantity

    def _operate(self, seconds: float) -> Generator[float | Signal, None, tuple[bool, bool]]:
        """Work for so long, with all stoppages; return whether the part was spoilt and whether the program ended."""
        spoilt = False
        while seconds > 0.0:
            stop = self._until_planned_stop()
            step = min(seconds, self._failures.until_next(), self._until_give_up, stop)
            yield step
            seconds -= step
            self._until_give_up -= step
            self._failures.worked(step)
            failure = None
            if self._until_give_up <= 0.0:
                self._until_give_up, failure = math.inf, self._give_up()
            elif self._failures.until_next() <= 0.0:
                failure = self._failures.fail()
            elif step == stop:
                yield from self._suspend(PLANNED, self._end_of_planned_stop() - self._agenda.now)
            if failure is not None:
                yield from self._repair(failure)
                spoilt = spoilt or failure.scrap
                if failure.abort:
                    return spoilt, True
        return spoilt, False

    def _repair(self, failure: Failure) -> Process:
        """Stop the cell, wait for an operator, repair the device and start the cell again."""
        stoppage = Stoppage(self._agenda.now, failure)
        self.stoppages.append(stoppage)
        self.ledger.because(failure.device)
        yield from self._act(Command.ABORT if failure.abort else Command.HOLD, self._config.stopping.value)
        yield from self._people.take(Urgency.REPAIR)
        stoppage.attended = self._agenda.now
        yield exponential(self._config.reaction.value * 60.0, self._reaction) + failure.repair
        self._people.leave()
        if failure.abort:
            for command in (Command.CLEAR, Command.RESET):
                self._command(command)
                self.packml.done()
            yield from self._act(Command.START, self._config.starting.value)
        else:
            yield from self._act(Command.UNHOLD, self._config.starting.value)
        stoppage.ended = self._agenda.now
        self.ledger.because("")

    def _give_up(self) -> Failure:
        return Failure(PROGRAM, self._config.recovery.value * 60.0, scrap=False, abort=True)

    def _act(self, command: Command, seconds: float) -> Process:
        self._command(command)
        if seconds > 0.0:
            yield seconds
        self.packml.done()

    def _command(self, command: Command) -> None:
        self.packml.command(command)

    def _count(self, spoilt: bool) -> None:
        self.parts.made += 1
        if not spoilt:
            self.parts.good += 1
        elif self._quality.random() < self._config.rework.value:
            self.parts.rework += 1
        else:
            self.parts.scrap += 1

    def _until_planned_stop(self) -> float:
        """Return the s until the next planned stop; 0 within one."""
        now = self._agenda.now
        return next((max(0.0, begin - now) for begin, end in self._planned if now < end), math.inf)

    def _end_of_planned_stop(self) -> float:
        return next(end for _, end in self._planned if self._agenda.now < end)
