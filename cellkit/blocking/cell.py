"""The blocking cell of a notebook or a plain script, and the function that opens it."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from cellkit.blocking import generated
from cellkit.blocking.portal import Host, Portal
from cellkit.blocking.wrapper import BlockingWrapper, wrap
from cellkit.cell.cell import Cell as AsyncCell
from cellkit.cell.config import CellFile
from cellkit.devices import Device
from cellkit.errors import ConfigError, TaskFailed
from cellkit.scenario.choices import chosen_models, plan_chosen
from cellkit.scenario.config import read_scenario, scenario_path
from cellkit.scenario.program import Program
from cellkit.scenario.record import RunRecord
from cellkit.scenario.runner import CommandPath, Run, RunOptions, device_factory
from cellkit.scenario.simulate import simulate
from cellkit.timing import Speed, now
from cellkit.yamlfile import Document, read_yaml, validate

T = TypeVar("T")
KindT = TypeVar("KindT", bound=BlockingWrapper)


class Cell(generated.Cell):
    """A cell with open devices. Close it with ``close()``, or at the end of a ``with`` block.

    Calls may come from any thread; the calls of several threads run side by side. Ctrl+C stops the device that the call
    waits for, then raises ``KeyboardInterrupt``. Every call raises ``CellClosed`` once the cell is closed.
    """

    def __init__(self, portal: Portal) -> None:
        super().__init__(portal, portal.open())

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles of all devices."""
        return tuple(self._of.devices)

    @property
    def time(self) -> float:
        """Cell time in s."""
        return self._portal.do(now)

    def device(self, role: str, kind: type[KindT]) -> KindT:
        """Return the device in a role, as a kind or ability of ``cellkit.blocking``. Raises ``ConfigError``."""
        device = self._portal.do(lambda: self._of.device(role, Device))
        if not isinstance(device, kind.asynchronous):
            raise ConfigError(f"role {role!r} is a {type(device).__name__}, which is no {kind.__name__}")
        return wrap(self._portal, device, kind)

    def wait(self, seconds: float) -> None:
        """Let ``seconds`` of cell time pass."""
        self._portal.call(lambda: asyncio.sleep(seconds))

    def run(self, program: Callable[[AsyncCell], Awaitable[T]]) -> T:
        """Run ``async def program(cell)`` in this cell, for example for several things at once; return its result."""

        async def main() -> T:
            return await program(self._of)

        return self._portal.call(main)

    def result(self) -> RunRecord:
        """Close the cell and return the record: judged parts, cycle times, collisions, trace.

        Raises ``ConfigError`` for a cell without a scenario, since only a scenario judges.
        """
        record = self._portal.end()
        if record is None:
            raise ConfigError(f"cell {self.name!r} was opened without a scenario, so nothing judges it")
        return record

    def close(self) -> None:
        """Stop and close all devices. A second call has no effect."""
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
            error.__traceback__ = trace  # drops the frames of the cell's own thread, which do not help the caller

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
    """Open a scenario's cell (a shipped one by name, or a file) or a bare cell file, with all its devices connected.

    The options are those of ``cellkit run``. ``speed="max"``: virtual time, which stands still while no call runs;
    a number: paced time, which always goes on. The scenario's process runs, and ``result()`` judges; the scenario's
    program does not run, since the caller takes its place.

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
    """Return the function that opens the cell and runs a program in it. Raises ``ConfigError`` for any bad input."""
    document = read_yaml(scenario_path(reference))
    if isinstance(document.data, dict) and "devices" in document.data:
        return _bare_cell(document, options)
    run = Run(read_scenario(reference), options)
    run.program_file = caller
    run.time_limit = None  # a person may take any time

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


def _bare_cell(document: Document, options: RunOptions) -> Host:
    """Return the host of a cell without a scenario: no process runs beside the robot, and no part is judged."""
    if options.fault is not None or options.trace is not None or options.protocols:
        raise ConfigError("a cell without a scenario has no fault, trace or protocols to choose", file=document.file)
    if options.path == "live":
        raise ConfigError("the live path needs a scenario file", file=document.file)
    plan_chosen(document, options.arm, options.gripper, options.path, {})
    models = chosen_models(validate(CellFile, document), options.arm, options.gripper)

    def host(program: Program) -> None:
        simulate(
            document.file,
            program,
            world=options.world,
            models=models,
            quantity=options.quantity or 1,
            seed=1 if options.seed is None else options.seed,
            speed=options.speed,
            factory=device_factory(options.path),
        )

    return host
