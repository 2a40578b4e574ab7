"""A live view shows a device again that was lost and has returned: every driver of an arm, in virtual time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typing_extensions import override
from view_rig import Viewer

from cellkit import registry
from cellkit.cell import Cell
from cellkit.cell.build import build_cell, opened
from cellkit.cell.live_path import LiveDevices
from cellkit.cell.plan import read_cell
from cellkit.cell.wire_path import WireDevices
from cellkit.cli.serve_with_view import ServedCellObservers
from cellkit.controller.world import WorldSettings, create_world
from cellkit.devices.reconnection import RETRY
from cellkit.quality import wire_drivers
from cellkit.scenario import runner
from cellkit.scenario.config import read_scenario
from cellkit.scenario.runner import Run, RunOptions, device_factory
from cellkit.supervision.supervisor import Supervisor
from cellkit.timing import now, run
from cellkit.transport import MemoryNetwork
from cellkit.view.page_feed import PageFeed
from cellkit.view.run_state import RunState

RIGS = [registry.load_object(str(spec.rig)) for spec in wire_drivers("arm") if spec.rig is not None]
ARMS = [rig.usual for rig in RIGS]  # type: ignore[attr-defined]
ALONE = "robot: {kind: arm, model: MODEL, wire: {settings: {host: 127.0.0.2, local_host: 127.0.0.2}}}"
WITH_OTHERS = """robot: {kind: arm, model: ur5e, wire: {settings: {host: 127.0.0.2}}}
  station: {kind: digital_io, inputs: [ready], outputs: [lamp], wire: {driver: modbus, settings: {host: 127.0.0.3}}}
  hand: {kind: gripper, model: 2f-85, on: robot, wire: {driver: robotiq, settings: {host: 127.0.0.4}}}"""
SCENARIO = "schema: cellkit/scenario/1\nname: x\ntitle: x\ncell: cell.yaml\nprogram: program.py\n"
SHOWS = 5.0
"""s after which an outage has shown: a request that was lost in a short one runs into its limit later."""
RETURNS = RETRY[-1] + 40.0
"""s within which a device must be shown again: an attempt that was begun in the outage runs into its limits first."""

Program = Callable[[Cell], Awaitable[None]]


class Hall(LiveDevices):
    """The virtual devices of a cell, and the drivers to them as on the live path."""

    def __init__(self, cell_file: Path) -> None:
        network = MemoryNetwork()
        super().__init__(network)
        self.world = create_world("kinematic", WorldSettings())
        self.controllers = WireDevices(device_factory(), network)
        build_cell(read_cell(cell_file), self.world, self.controllers)

    @override
    async def start(self) -> None:
        await self.controllers.start()

    @override
    async def finish(self) -> None:
        await self.controllers.finish()


def a_view_of_a_run(folder: Path, viewer: Viewer, hall: Hall, program: Program) -> None:
    """Show a program as ``cellkit run --path live --view`` does."""
    (folder / "program.py").write_text("async def main(cell): pass\n", encoding="utf-8")
    (folder / "scenario.yaml").write_text(SCENARIO, encoding="utf-8")
    live = Run(read_scenario(str(folder / "scenario.yaml")), RunOptions(path="live", speed=1.0), program)
    live.options = replace(live.options, speed="max")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runner, "LiveDevices", lambda: hall)
        record = viewer.runs.execute(live)
    assert record is not None
    assert record.success, record.failure


def a_view_of_a_served_cell(folder: Path, viewer: Viewer, hall: Hall, program: Program) -> None:
    """Show a cell as ``cellkit serve --path live --view`` does."""
    world = create_world("kinematic", WorldSettings())
    built = build_cell(read_cell(folder / "cell.yaml"), world, hall)
    feed = PageFeed(viewer.runs._outbox, "A cell", "live", Path(), steered=False, live=True)

    async def main() -> None:
        async with opened(built) as cell:
            supervisor = Supervisor(built, None, {})
            supervisor.start()
            observers = ServedCellObservers(built, [feed])
            observers.begin(1, "live")
            await program(cell)
            observers.end()
            await supervisor.close()

    run(main())
    world.close()


async def shown(viewer: Viewer, wanted: Callable[[RunState], bool], within: float) -> None:
    """Wait until the view fulfils ``wanted``, for at most ``within`` s of cell time."""
    end = now() + within
    while True:
        await asyncio.sleep(0.05)
        time.sleep(0.002)  # noqa: ASYNC251 - the viewer is another thread, which reads in real time
        newest = viewer.state.history.newest
        if newest is not None and wanted(viewer.state):
            return
        assert now() < end, f"after {within:g} s the view shows {None if newest is None else newest.cards}"


def present(state: RunState) -> bool:
    newest = state.history.newest
    return newest is not None and newest.level == "ok" and all(card.values for card in newest.cards.values())


def lost(state: RunState) -> bool:
    newest = state.history.newest
    return newest is not None and all(
        "connection lost" in card.state and card.level == "error" for card in newest.cards.values()
    )


def shown_again(folder: Path, devices: str, view: Callable[..., None], seconds: float) -> None:
    (folder / "cell.yaml").write_text(f"schema: cellkit/cell/1\nname: hall\ndevices:\n  {devices}\n", encoding="utf-8")
    hall = Hall(folder / "cell.yaml")
    viewer = Viewer()

    async def program(cell: Cell) -> None:
        await shown(viewer, present, 5.0)
        await hall.controllers.finish()
        await asyncio.sleep(seconds)
        if seconds >= SHOWS:
            await shown(viewer, lost, 1.0)
        await hall.controllers.start()
        await asyncio.sleep(SHOWS)
        await shown(viewer, present, RETURNS)
        arm = cell.arm("robot")
        state = await arm.state()
        if state.safety.value != "normal" or state.fault is not None:
            await arm.recover()
        goal = arm.home + 0.05
        await arm.move_joint(goal)

        def at_goal(state: RunState) -> bool:
            newest = state.history.newest
            assert newest is not None
            words = newest.cards["robot"].values.get("joints", "").split()[:-1]
            return len(words) == len(goal) and bool(np.abs(np.array(words, float) - np.degrees(goal)).max() < 0.2)

        await shown(viewer, at_goal, 1.0)

    view(folder, viewer, hall, program)
    viewer.close()
    hall.world.close()


def outages(*others: object) -> list[Any]:
    """Return all others with a short and a long outage: on every push one of them, in turn."""
    return [
        pytest.param(other, seconds, marks=[] if (number + longer) % 2 == 0 else [pytest.mark.long])
        for number, other in enumerate(others)
        for longer, seconds in enumerate((0.5, 5.0))
    ]


@pytest.mark.parametrize(("model", "seconds"), outages(*ARMS))
def test_an_arm_is_shown_again_after_an_outage(tmp_path: Path, model: str, seconds: float) -> None:
    shown_again(tmp_path, ALONE.replace("MODEL", model), a_view_of_a_run, seconds)


@pytest.mark.parametrize(("view", "seconds"), outages(a_view_of_a_run, a_view_of_a_served_cell))
def test_an_arm_a_gripper_and_signals_are_shown_again(
    tmp_path: Path, view: Callable[..., None], seconds: float
) -> None:
    shown_again(tmp_path, WITH_OTHERS, view, seconds)
