"""Open a cell from a notebook or a plain script, without `await`."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self, TypeVar

from cellkit.blocking.devices import (
    AnalogIO,
    Arm,
    Camera,
    CodeReader,
    DigitalIO,
    ForceTorqueSensor,
    Gripper,
    Locating,
    Machine,
    ProximitySensor,
    RangeScanner,
)
from cellkit.blocking.portal import Host, Portal
from cellkit.blocking.wrapper import Attribute, BlockingWrapper, blocking, wrap, wrapping
from cellkit.cell.cell import Cell as AsyncCell
from cellkit.devices import Device
from cellkit.errors import ConfigError, TaskFailed
from cellkit.scenario.program import Program
from cellkit.scenario.record import RunRecord
from cellkit.scenario.reference import CellReference, resolve
from cellkit.scenario.runner import CommandPath, Run, RunOptions, device_factory
from cellkit.scenario.simulate import simulate
from cellkit.timing import Speed, now

T = TypeVar("T")
KindT = TypeVar("KindT", bound=BlockingWrapper)


class Cell(BlockingWrapper):
    """A cell whose devices are open. ``close()`` or the end of a ``with`` block closes it.

    Every method may be called from any thread; calls from several threads run side by side. Ctrl+C stops the device
    whose command is awaited, then raises ``KeyboardInterrupt``. Every call raises ``CellClosed`` once the cell is
    closed.
    """

    asynchronous: ClassVar[type] = AsyncCell
    _of: AsyncCell

    name = Attribute[str]()
    quantity = Attribute[int]()
    arm = wrapping(AsyncCell.arm, Arm)
    gripper = wrapping(AsyncCell.gripper, Gripper)
    tool = blocking(AsyncCell.tool)
    io = wrapping(AsyncCell.io, DigitalIO)
    camera = wrapping(AsyncCell.camera, Camera)
    locator = wrapping(AsyncCell.locator, Locating)
    force_torque = wrapping(AsyncCell.force_torque, ForceTorqueSensor)
    proximity = wrapping(AsyncCell.proximity, ProximitySensor)
    scanner = wrapping(AsyncCell.scanner, RangeScanner)
    analog_io = wrapping(AsyncCell.analog_io, AnalogIO)
    code_reader = wrapping(AsyncCell.code_reader, CodeReader)
    machine = wrapping(AsyncCell.machine, Machine)
    workpiece = blocking(AsyncCell.workpiece)
    places = blocking(AsyncCell.places)
    part_finished = blocking(AsyncCell.part_finished)
    report = blocking(AsyncCell.report)
    note = blocking(AsyncCell.note)
    on_event = blocking(AsyncCell.on_event)
    known = blocking(AsyncCell.known)
    stop = blocking(AsyncCell.stop)

    def __init__(self, portal: Portal) -> None:
        super().__init__(portal, portal.open())

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles of all devices."""
        return tuple(self._of.devices)

    @property
    def time(self) -> float:
        """The cell time in s."""
        return self._portal.do(now)

    def device(self, role: str, kind: type[KindT]) -> KindT:
        """Return the device in a role, as a kind or ability of ``cellkit.blocking``. Raises ``ConfigError``."""
        device = self._portal.do(lambda: self._of.device(role, Device))
        if not isinstance(device, kind.asynchronous):
            raise ConfigError(f"role {role!r} is a {type(device).__name__}, not a {kind.__name__}")
        return wrap(self._portal, device, kind)

    def wait(self, seconds: float) -> None:
        """Wait so many seconds of cell time."""
        self._portal.call(lambda: asyncio.sleep(seconds))

    def run(self, program: Callable[[AsyncCell], Awaitable[T]]) -> T:
        """Run ``async def program(cell)`` in this cell and return its result, such as several motions at once."""

        async def main() -> T:
            return await program(self._of)

        return self._portal.call(main)

    def result(self) -> RunRecord:
        """Close the cell and return the record of the run: parts judged, cycle times, collisions, trace.

        Raises ``ConfigError`` for a cell that was opened without a scenario, because only a scenario judges parts.
        """
        record = self._portal.end()
        if record is None:
            raise ConfigError(f"cell {self.name!r} was opened without a scenario, so it has no record")
        return record

    def close(self) -> None:
        """Stop and close all devices. Do nothing when the cell is closed already."""
        self._portal.end()

    @property
    def closed(self) -> bool:
        """Whether the cell is closed."""
        return self._portal.closed

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None or isinstance(error, Exception):
            self._portal.end(error)
        else:
            self._portal.end(TaskFailed(f"ended by {type(error).__name__}"))
        if error is not None:
            error.__traceback__ = trace  # the frames of the cell's own thread are of no use to the reader

    def __repr__(self) -> str:
        return f"<Cell {self.name!r}: {', '.join(self.roles)}; {'closed' if self.closed else f'{self.time:.2f} s'}>"


def open_cell(
    reference: str | os.PathLike[str],
    *,
    arm: str | None = None,
    gripper: str | None = None,
    world: str = "physics",
    path: CommandPath = "direct",
    protocols: Mapping[str, str] | None = None,
    fault: str | None = None,
    seed: int | None = None,
    quantity: int | None = None,
    speed: Speed = "max",
    trace: str | os.PathLike[str] | None = None,
) -> Cell:
    """Open the cell of a scenario (by name or file) or a bare cell file, and connect all its devices.

    The options are those of ``cellkit run``. ``speed="max"`` is virtual time, which advances only during a call; a
    number is paced time, which advances always. The scenario's process runs, and ``result()`` returns its judgement.
    The scenario's program does not run: the caller takes its place.

    Raises ``ConfigError``, ``DriverNotFound``, ``ConnectionFailed``.
    """
    options = RunOptions(
        arm=arm,
        gripper=gripper,
        world=world,
        path=path,
        protocols=protocols or {},
        fault=fault,
        seed=seed,
        quantity=quantity,
        speed=speed,
        trace=None if trace is None else Path(trace),
    )
    caller = Path(sys._getframe(1).f_code.co_filename)
    return Cell(Portal(_host(os.fspath(reference), options, caller), paced=speed != "max"))


def _host(reference: str, options: RunOptions, caller: Path) -> Host:
    """Return the function that opens the cell and runs a program in it. Raises ``ConfigError``."""
    cell = resolve(reference)
    if cell.scenario is None:
        return _bare_cell(cell, options)
    run = Run(cell.scenario, options)
    run.program_file = caller
    run.time_limit = None  # a person may pause between two calls

    def host(program: Program) -> RunRecord:
        opened = False

        async def begin(cell: AsyncCell) -> None:
            nonlocal opened
            opened = True
            await program(cell)

        run.program = begin
        record = run.execute()
        if not opened and run.error is not None:
            raise run.error
        return record

    return host


def _bare_cell(cell: CellReference, options: RunOptions) -> Host:
    """Return the host of a cell without a scenario: no process runs and no part is judged. Raises ``ConfigError``."""
    file = cell.document.file
    if options.fault is not None or options.trace is not None or options.protocols:
        raise ConfigError("a cell without a scenario has no fault, trace or protocols to choose", file=file)
    if options.path == "live":
        raise ConfigError("the live path needs a scenario file", file=file)
    cell.plan(options.arm, options.gripper, options.path)
    models = cell.models(options.arm, options.gripper)

    def host(program: Program) -> None:
        simulate(
            file,
            program,
            world=options.world,
            models=models,
            quantity=options.quantity or 1,
            seed=1 if options.seed is None else options.seed,
            speed=options.speed,
            factory=device_factory(options.path),
        )

    return host
