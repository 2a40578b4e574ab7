"""What the tests of cells share: a cell file from text, planned and built, on either path."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from cellkit.cell import Cell
from cellkit.cell.build import BuiltCell, build_cell, opened
from cellkit.cell.driver_selection import check_wires
from cellkit.cell.plan import CellPlan, read_cell
from cellkit.cell.wire_path import WireDevices
from cellkit.controller.virtual_controller import VirtualController
from cellkit.controller.world import WorldSettings, create_world
from cellkit.scenario.runner import device_factory
from cellkit.timing import run


class Job:
    """A cell file that is written, and what comes of it."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "cell.yaml"

    def write(self, devices: str, rest: str = "") -> None:
        lines = "".join(f"  {line}\n" for line in devices.strip().splitlines())
        self.file.write_text(f"schema: cellkit/cell/1\nname: test\ndevices:\n{lines}{rest}", encoding="utf-8")

    def line_of(self, text: str) -> int:
        """The line on which a text stands, which does so once."""
        content = self.file.read_text(encoding="utf-8")
        assert content.count(text) == 1, f"{text!r} stands {content.count(text)} times"
        return content[: content.index(text)].count("\n") + 1

    def plan(self, models: dict[str, str] | None = None, protocols: dict[str, str] | None = None) -> CellPlan:
        return read_cell(self.file, models, protocols)

    def checked(self, models: dict[str, str] | None = None, protocols: dict[str, str] | None = None) -> CellPlan:
        plan = self.plan(models, protocols)
        check_wires(plan, protocols)
        return plan

    def build(
        self, path: str = "direct", models: dict[str, str] | None = None, protocols: dict[str, str] | None = None
    ) -> BuiltCell:
        world = create_world("kinematic", WorldSettings())
        plan = self.plan(models, protocols)
        return build_cell(plan, world, device_factory("wire" if path == "wire" else "direct"))

    def run(
        self,
        program: Callable[[Cell, BuiltCell], Awaitable[None]],
        path: str = "direct",
        models: dict[str, str] | None = None,
        protocols: dict[str, str] | None = None,
    ) -> None:
        built = self.build(path, models, protocols)

        async def main() -> None:
            async with opened(built) as cell:
                await program(cell, built)

        try:
            run(main(), stepper=built.world.stepper)
        finally:
            built.world.close()


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(tmp_path)


def controller_of(built: BuiltCell, arm: str) -> VirtualController:
    """Return the virtual controller that an arm's driver speaks to on the wire path."""
    factory = built.factory
    assert isinstance(factory, WireDevices)
    return factory.controller(arm)
