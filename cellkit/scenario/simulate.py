"""Running of a cell program from Python, in a simulated world: for first steps, lessons and tests."""

from __future__ import annotations

from pathlib import Path

from cellkit.cell.build import build_cell, opened
from cellkit.cell.factory import DeviceFactory
from cellkit.cell.plan import read_cell
from cellkit.controller.world import WorldSettings, create_world
from cellkit.devices import DeviceEvent
from cellkit.scenario.program import Program
from cellkit.scenario.runner import device_factory
from cellkit.timing import Speed, run


def simulate(
    cell_file: str | Path,
    program: Program,
    *,
    world: str = "physics",
    models: dict[str, str] | None = None,
    quantity: int = 1,
    seed: int = 1,
    speed: Speed = "max",
    factory: DeviceFactory | None = None,
) -> list[DeviceEvent]:
    """Build the cell of a file, run ``program(cell)`` in it, close everything, and return the events.

    ``models`` replaces the model in a role; ``factory`` makes the devices (None: the reference ones). Raises the errors
    of the program, and ``ConfigError``.
    """
    plan = read_cell(Path(cell_file), models)
    simulated = create_world(world, WorldSettings(seed=seed))
    events: list[DeviceEvent] = []

    async def main() -> None:
        async with opened(built) as cell:
            await program(cell)

    try:
        built = build_cell(plan, simulated, factory or device_factory(), quantity)
        built.cell.on_event(events.append)
        run(main(), speed=speed, stepper=simulated.stepper)
    finally:
        simulated.close()
    return events
