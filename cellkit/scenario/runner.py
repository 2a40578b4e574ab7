"""One run of one scenario: builds the cell in a world, runs its program, judges, and writes the record."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Collection, Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, TypeAlias

from cellkit import __version__, registry
from cellkit.cell.build import BuiltCell, build_cell, opened
from cellkit.cell.cell import Cell
from cellkit.cell.factory import DeviceFactory
from cellkit.cell.live_path import LiveDevices
from cellkit.cell.plan import CellPlan
from cellkit.cell.wire_path import WireDevices
from cellkit.controller.world import PowerSample, World, WorldSettings, create_world
from cellkit.devices import DeviceEvent
from cellkit.devices.reconnection import connected_again
from cellkit.errors import CellkitError, ConfigError, DeviceError, LimitViolation, OutOfReach, name_and_words
from cellkit.scenario.choices import plan_chosen
from cellkit.scenario.config import Scenario, read_scenario
from cellkit.scenario.fault import PlannedFault
from cellkit.scenario.garbage import older_objects_spared
from cellkit.scenario.needs import check_abilities, check_models
from cellkit.scenario.observers import ObserverGroup, RunObserver
from cellkit.scenario.overview import overview
from cellkit.scenario.processes.judging import Tally
from cellkit.scenario.processes.make import make_process
from cellkit.scenario.processes.process import Process
from cellkit.scenario.program import Program, ProgramError, cause_of, load_program
from cellkit.scenario.record import CycleTime, Failure, RunRecord
from cellkit.scenario.trace import Trace
from cellkit.timing import Deadlock, Pace, Speed, WallTimer, now, run
from cellkit.yamlfile import read_yaml

CommandPath: TypeAlias = Literal["direct", "wire", "live"]
LIVE_WORLD = "kinematic"
"""The world that holds frames and places on the live path."""


@dataclass(frozen=True)
class RunOptions:
    """The options that replace values of the scenario file. ``arm`` and ``gripper``: a model, or ``role=model``.

    ``path``: ``direct`` sends commands to cellkit's controller kernel, ``wire`` sends them through each vendor's own
    protocol to virtual devices, ``live`` to real devices. Parts are not judged on the live path: its world has only
    frames and places.
    ``protocols``: role → protocol, where a driver has several. ``override``: share of all arms' speed (0 < x ≤ 1).
    """

    arm: str | None = None
    gripper: str | None = None
    world: str = "physics"
    path: CommandPath = "direct"
    protocols: Mapping[str, str] = field(default_factory=dict)
    fault: str | None = None
    seed: int | None = None
    quantity: int | None = None
    override: float = 1.0
    speed: Speed = "max"
    trace: Path | None = None
    picture: Path | None = None


class Run:
    """One prepared run; ``execute`` carries it out. Preparing raises ``ConfigError`` for any error in the input.

    ``program`` runs instead of the scenario's own; ``on_record`` receives every event of the trace, ``on_power`` the
    power samples of the arms' motors, in a world that has them, ``on_problem`` the reason why the file of the trace has
    ended before the run. None of them changes the run.
    """

    def __init__(self, scenario: Scenario, options: RunOptions, program: Program | None = None) -> None:
        self.scenario = scenario
        self.options = options
        self.live = options.path == "live"
        self.world = LIVE_WORLD if self.live else options.world
        if self.live:
            _check_live(options)
        if options.picture is not None and not registry.world(self.world).pictures:
            raise ConfigError(f"the {self.world} world has no pictures; use --world physics", file=options.picture)
        if not 0.0 < options.override <= 1.0:
            raise ConfigError(f"--override {options.override:g}: expected a share above 0 and up to 1")
        self.seed = scenario.file.seed if options.seed is None else options.seed
        self.quantity = scenario.file.quantity if options.quantity is None else options.quantity
        self.program_file = scenario.program_file
        self.program: Program = program or load_program(scenario.program_file)
        self.plan: CellPlan = plan_chosen(
            read_yaml(scenario.cell_file), options.arm, options.gripper, options.path, options.protocols
        )
        if scenario.file.worlds and not self.live and options.world not in scenario.file.worlds:
            worlds = " or ".join(scenario.file.worlds)
            raise ConfigError(f"--world {options.world}: {scenario.file.name} needs the {worlds} world")
        check_models(scenario.file.needs, self.plan, scenario.document)
        self.fault = None if options.fault is None else PlannedFault(options.fault, scenario, self.plan)
        if self.fault is not None and options.path == "wire":
            self.fault.check_wire(self.plan)
        self.time_limit: float | None = _time_limit(scenario, self.quantity)
        self.error: BaseException | None = None
        """The error of the program or of opening a device, once the run is over."""
        self.on_part: Callable[[int], None] = lambda done: None
        self.on_problem: Callable[[str], None] = lambda why: None
        self.on_record: Callable[[dict[str, Any]], None] | None = None
        self.on_power: Callable[[PowerSample], None] | None = None
        self.observers: list[RunObserver] = []
        """The observers of the run; add them before ``execute``."""
        self.pace: Pace | None = None
        """Holds virtual time back so that people can follow; the options' speed has no effect then."""
        self.reconnects = False
        """Whether lost devices are connected again while the program runs, so that a live view shows them again."""
        self._cycle: list[float] = []
        self._last_finish = 0.0

    def again(self, seed: int, quantity: int) -> Run:
        """Return the scenario's own program with another seed and quantity, in the cell as it was read and planned.

        The program is loaded anew: the state that a run leaves in its module belongs to that run and its event loop.
        """
        run = copy(self)
        run.options = replace(self.options, seed=seed, quantity=quantity)
        run.seed, run.quantity, run.time_limit = seed, quantity, _time_limit(self.scenario, quantity)
        run.program = load_program(self.program_file)
        if self.options.fault is not None:
            run.fault = PlannedFault(self.options.fault, self.scenario, self.plan)
        run.error, run.on_record, run.on_power, run.observers = None, None, None, []
        run.on_part, run.on_problem = lambda done: None, lambda why: None
        run._cycle, run._last_finish = [], 0.0
        return run

    def execute(self) -> RunRecord:
        """Run to the end. Raises ``ConfigError`` and ``KeyboardInterrupt``; every other error becomes the record."""
        world = create_world(self.world, WorldSettings(seed=self.seed))
        trace: Trace | None = None
        record: RunRecord | None = None
        self._observer_group = ObserverGroup(self.observers)
        try:
            failing = {} if self.fault is None else self.fault.sensors
            factory = device_factory(self.options.path, () if self.fault is None else self.fault.silenced)
            built = build_cell(self.plan, world, factory, self.quantity, failing)
            check_abilities(self.scenario.file.needs, built.cell)
            trace = Trace(self.options.trace, self._on_trace_record if self.observers else self.on_record)
            record = self._execute(built, world, trace)
            return record
        finally:
            self._observer_group.end(record)
            if trace is not None:
                trace.close()
                if trace.problem is not None:
                    self.on_problem(trace.problem)
            world.close()

    def _execute(self, built: BuiltCell, world: World, trace: Trace) -> RunRecord:
        identity = {
            "scenario": self.scenario.file.name,
            "arm": "+".join(model.id for model in self.plan.arms.values()),
            "gripper": "+".join(model.id for model in self.plan.grippers.values()) or None,
            "world": self.world,
            "path": self.options.path,
            "seed": self.seed,
            "fault": self.options.fault,
        }
        trace.header(**identity, quantity=self.quantity)
        world.on_event(trace.world_event)
        built.cell.on_event(trace.device_event)
        built.cell.on_event(self._on_event)
        process = None if self.live else make_process(self.scenario, built, self.seed, trace.add)
        if self.fault is not None:
            self.fault.check_process(self.scenario, process)
        timer = WallTimer()
        outcome = _Outcome()
        try:
            speed = self.options.speed if self.pace is None else "max"
            with older_objects_spared():
                run(self._main(built, process, outcome), speed=speed, stepper=world.stepper, pace=self.pace)
        except GeneratorExit:  # raised by the program: nothing else ends the loop with it
            raise ProgramError("the program raised GeneratorExit", str(self.program_file)) from None
        wall = timer.seconds()
        self.error = outcome.error
        if self.options.picture is not None:
            self._picture(world, self.options.picture)
        tally = process.tally if process is not None else Tally()
        collisions = world.collisions()
        if self.fault is not None:
            failure, outcome.bad_input = (
                outcome.unmet or self._short_of_recovery(tally, collisions, outcome.time),
                False,
            )
        else:
            failure = outcome.failure or self._unmet(tally, collisions, outcome.time, process is not None)
        return RunRecord(
            **identity,  # type: ignore[arg-type]
            success=failure is None,
            parts_good=tally.good,
            parts_total=self.quantity if process is not None else 0,
            parts_judged=process is not None,
            cycle_time=CycleTime(mean=sum(self._cycle) / len(self._cycle) if self._cycle else None, list=self._cycle),
            simulated_time=outcome.time,
            wall_time=wall,
            realtime_factor=outcome.time / wall if wall > 0 else 0.0,
            max_place_error=max(tally.errors, default=None),
            energy=None if self.live else world.work(),
            figures=dict(tally.figures),
            collisions=collisions,
            trace_sha256=trace.sha256(),
            failure=failure,
            caused=outcome.failure if self.fault is not None else None,
            bad_input=outcome.bad_input,
            program_sha256=_digest(self.program_file),
            cellkit=__version__,
        )

    async def _main(self, built: BuiltCell, process: Process | None, outcome: _Outcome) -> None:
        try:
            if self.on_power is not None and not self.live:
                built.world.on_power(self.on_power)
            async with opened(built) as cell, connected_again(cell.devices.values() if self.reconnects else ()):
                try:
                    if self.options.override != 1.0:
                        for role in self.plan.arms:
                            await cell.arm(role).set_speed_override(self.options.override)
                    if process is not None:
                        process.start()
                    self._observer_group.begin(built)
                    self._last_finish = now()  # the time to connect is not part of the first cycle
                    if self.fault is not None:
                        self.fault.arm(built, process)
                    await self._run_program(cell, outcome)
                    if self.fault is not None:
                        self.fault.disarm()
                        await self._judge_fault(self.fault, built, outcome)
                    if process is not None:
                        process.finish()
                finally:
                    outcome.time = now()
                    self._observer_group.stop()
        except DeviceError as error:
            outcome.time = outcome.time or now()
            outcome.error = outcome.error or error
            outcome.fail(str(error), error.device)

    async def _judge_fault(self, fault: PlannedFault, built: BuiltCell, outcome: _Outcome) -> None:
        when = now()
        problem = await fault.unmet(outcome.error, built)
        if problem is not None:
            outcome.unmet = Failure(what=problem, when=when, where=f"fault {fault.name}")

    def _short_of_recovery(self, tally: Tally, collisions: int | None, when: float) -> Failure | None:
        """Return the failure to recover as expected, or too many collisions: they are never excused."""
        assert self.fault is not None
        short = self.fault.parts_missing(tally.good, self.quantity)
        if short is not None:
            return Failure(what=short, when=when, where=f"fault {self.fault.name}")
        return self._too_many(collisions, when)

    async def _run_program(self, cell: Cell, outcome: _Outcome) -> None:
        """Run the program; store its error in the outcome, except for Ctrl+C."""
        try:
            async with asyncio.timeout(self.time_limit) as deadline:
                await self.program(cell)
        except (Exception, SystemExit) as error:
            if isinstance(error, TimeoutError) and deadline.expired():
                outcome.error = error
                outcome.fail(f"the program was not done after {self.time_limit:g} s and was stopped", "program")
            else:
                self._explain(error, outcome)
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise  # Ctrl+C
            self._explain(error, outcome)  # the program itself raised it
        except (KeyboardInterrupt, GeneratorExit):
            raise
        except BaseException as error:
            self._explain(error, outcome)

    def _explain(self, error: BaseException, outcome: _Outcome) -> None:
        file = self.program_file
        error, line = cause_of(error, file)
        where = f"{file.name}:{line}" if line is not None else file.name
        if isinstance(error, Deadlock):
            raise error
        outcome.error = error
        if isinstance(error, CellkitError):
            outcome.bad_input = isinstance(error, LimitViolation | OutOfReach | ConfigError)
            outcome.fail(str(error), f"{error.device}, {where}" if isinstance(error, DeviceError) else where)
        else:
            outcome.bad_input = True
            program_error = ProgramError(
                f"the program raised {name_and_words(error)}",
                f"{file}:{line}" if line else str(file),
            )
            outcome.fail(str(program_error), where)

    def _unmet(self, tally: Tally, collisions: int | None, when: float, judged: bool) -> Failure | None:
        expect = self.scenario.file.expect
        if judged:
            wanted = self.quantity if expect.min_parts_good is None else expect.min_parts_good
            if tally.good < wanted:
                missing = self.quantity - tally.judged
                why = tally.faults[0] if tally.faults else f"{missing} parts were never handed over"
                return Failure(
                    what=f"{tally.good} of {self.quantity} parts good, {wanted} expected ({why})",
                    when=when,
                    where="fixture",
                )
        return self._too_many(collisions, when)

    def _too_many(self, collisions: int | None, when: float) -> Failure | None:
        allowed = self.scenario.file.expect.max_collisions
        if collisions is None or collisions <= allowed:
            return None
        return Failure(what=f"{collisions} collisions, {allowed} allowed", when=when, where="world")

    def _on_trace_record(self, record: dict[str, Any]) -> None:
        if self.on_record is not None:
            self.on_record(record)
        self._observer_group.event(record)

    def _on_event(self, event: DeviceEvent) -> None:
        if event.what == "part_finished":
            self._cycle.append(event.time - self._last_finish)
            self._last_finish = event.time
            self.on_part(len(self._cycle))

    def _picture(self, world: World, file: Path) -> None:
        try:
            world.render(file, *overview(self.plan))
        except (OSError, ValueError) as error:
            raise ConfigError(f"no picture: {error}", file=file) from None


def _digest(file: Path) -> str:
    """Return the SHA-256 of a program's text; empty where no file exists, as in a notebook."""
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else ""


def _time_limit(scenario: Scenario, quantity: int) -> float:
    """Return the time limit (s of cell time) for a quantity of parts."""
    return scenario.file.time_limit * (1 + quantity // 10)


def _check_live(options: RunOptions) -> None:
    """Raise ``ConfigError`` for options that do not work with real devices."""
    if options.speed == "max":
        raise ConfigError("--path live: real devices run in real time; use --speed 1")
    if options.fault is not None:
        raise ConfigError(f"--fault {options.fault}: real devices have no planned faults; use --path wire or direct")


@dataclass(slots=True)
class _Outcome:
    time: float = 0.0
    failure: Failure | None = None
    bad_input: bool = False
    error: BaseException | None = None
    unmet: Failure | None = None
    """Why a run with a planned fault did not fail or recover as expected."""

    def fail(self, what: str, where: str) -> None:
        if self.failure is None:
            self.failure = Failure(what=what, when=now(), where=where)


def device_factory(path: CommandPath = "direct", silenceable: Collection[str] = ()) -> DeviceFactory:
    """Return the factory of the devices: the reference driver, or on the wire and live paths the vendors' drivers.

    The roles in ``silenceable`` can fall silent, except on the live path.
    """
    if path == "live":
        return LiveDevices()
    spec = registry.driver("virtual")
    assert spec.factory is not None
    factory: DeviceFactory = registry.load_object(spec.factory)()
    return WireDevices(factory, silenceable=silenceable) if path == "wire" else factory


def run_scenario(reference: str, options: RunOptions | None = None) -> RunRecord:
    """Read, prepare and run a scenario by name or path. Raises ``ConfigError`` and ``DriverNotFound``."""
    return Run(read_scenario(reference), options or RunOptions()).execute()
