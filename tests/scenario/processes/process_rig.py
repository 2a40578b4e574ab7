"""Shared parts of the process tests: a cell in the kinematic world with a process and without a program."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from cellkit.cell.build import BuiltCell, build_cell, opened
from cellkit.cell.plan import read_cell
from cellkit.controller.world import WorldSettings, create_world
from cellkit.scenario.config import Scenario, read_scenario
from cellkit.scenario.processes.make import make_process
from cellkit.scenario.processes.process import Process
from cellkit.scenario.runner import device_factory
from cellkit.timing import run


@dataclass
class Staged:
    """A process beside its cell. ``reports`` are its reports: time, word, data."""

    scenario: Scenario
    built: BuiltCell
    process: Process
    reports: list[tuple[float, str, dict[str, Any]]] = field(default_factory=list)

    def told(self, what: str) -> list[dict[str, Any]]:
        return [data for _, word, data in self.reports if word == what]

    def times(self, what: str) -> list[float]:
        return [time for time, word, _ in self.reports if word == what]


def write(folder: Path, cell: str, process: str, quantity: int = 1, rest: str = "") -> Path:
    """Write a scenario beside its cell file; return the path of the scenario's file."""
    (folder / "cell.yaml").write_text(cell, encoding="utf-8")
    (folder / "program.py").write_text("async def main(cell):\n    pass\n", encoding="utf-8")
    lines = "".join(f"  {line}\n" for line in process.strip().splitlines())
    file = folder / "scenario.yaml"
    file.write_text(
        "schema: cellkit/scenario/1\nname: test\ntitle: Test\ncell: cell.yaml\nprogram: program.py\n"
        f"quantity: {quantity}\nprocess:\n{lines}{rest}",
        encoding="utf-8",
    )
    return file


def stage(
    folder: Path,
    cell: str,
    process: str,
    test: Callable[[Staged], Awaitable[None]],
    *,
    quantity: int = 1,
    seed: int = 1,
    rest: str = "",
    world: object | None = None,
) -> Staged:
    """Start the process, run ``test``, let the process finish. ``world`` replaces the observed world."""
    scenario = read_scenario(str(write(folder, cell, process, quantity, rest)))
    simulated = create_world("kinematic", WorldSettings(seed=seed))
    try:
        built = build_cell(read_cell(scenario.cell_file), simulated, device_factory(), quantity)
        if world is not None:
            built = replace(built, world=world)  # type: ignore[arg-type]
        reports: list[tuple[float, str, dict[str, Any]]] = []

        def report(time: float, source: str, what: str, **data: Any) -> None:
            assert source == "process"
            reports.append((time, what, data))

        made = make_process(scenario, built, seed, report)
        assert made is not None
        staged = Staged(scenario, built, made, reports)

        async def main() -> None:
            async with opened(built):
                made.start()
                await test(staged)
                made.finish()

        run(main(), stepper=simulated.stepper)
        return staged
    finally:
        simulated.close()
