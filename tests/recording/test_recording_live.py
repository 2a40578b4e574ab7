"""Recording on the live path, with virtual devices in place of real ones: the devices themselves are read."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import numpy as np
import pytest

from cellkit.cell.build import build_cell, opened
from cellkit.cell.live_path import LiveDevices
from cellkit.cell.plan import read_cell
from cellkit.cell.wire_path import WireDevices
from cellkit.controller.world import WorldSettings, create_world
from cellkit.recording import McapRecorder, Recording
from cellkit.scenario.observers import ObserverGroup
from cellkit.scenario.runner import device_factory
from cellkit.timing import run
from cellkit.transport import MemoryNetwork

CELL = """
schema: cellkit/cell/1
name: hall
devices:
  robot: {kind: arm, model: ur5e, wire: {settings: {host: 127.0.0.2}}}
  station: {kind: digital_io, inputs: [ready], outputs: [lamp], wire: {driver: modbus, settings: {host: 127.0.0.3}}}
  hand: {kind: gripper, model: 2f-85, on: robot, wire: {driver: robotiq, settings: {host: 127.0.0.4}}}
"""


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    """Record a cell: its arm moves, a lamp goes on, the gripper closes."""
    cell_file, file = tmp_path / "cell.yaml", tmp_path / "run.mcap"
    cell_file.write_text(CELL, encoding="utf-8")
    network = MemoryNetwork()
    device_world, own_world = (create_world("kinematic", WorldSettings()) for _ in range(2))
    factory = WireDevices(device_factory(), network)
    devices = build_cell(read_cell(cell_file), device_world, factory)
    watch = ObserverGroup([McapRecorder(file, 50.0)])

    async def main() -> None:
        await factory.start()
        built = build_cell(read_cell(cell_file), own_world, LiveDevices(network))
        async with opened(built) as cell:
            watch.begin(built)
            arm = cell.arm("robot")
            await arm.move_joint(arm.home + 0.3)
            await cell.io("station").write("lamp", True)
            devices.images["station"]["ready"] = True
            await cell.gripper("hand").grip()
            await asyncio.sleep(0.2)
            watch.stop()
        await factory.finish()

    run(main())
    watch.end(None)
    device_world.close()
    own_world.close()
    return Recording.open(file)


def test_the_readings_of_devices_are_recorded(recording: Recording) -> None:
    began = recording.utc_start
    assert began is not None
    assert abs(began - time.time()) < 3600.0
    track = recording.joints("robot")
    moved = track.position[-1] - track.position[0]
    assert moved == pytest.approx([0.3] * 6, abs=1e-2)
    assert np.abs(track.velocity).max() > 0.1
    steps = np.abs(np.diff(track.position, axis=0)).max(axis=1)
    assert np.count_nonzero(steps) > 5, "the arm is read while it moves"
    first, last = recording.snapshot(0), recording.snapshot(-1)
    tool = "robot/tool"
    assert np.linalg.norm(last.places[tool][:3, 3] - first.places[tool][:3, 3]) > 0.1, "the drawn links move too"
    assert last.measured["station"] == {"ready": True, "lamp": True}
    assert last.measured["hand"]["width"] < 0.01
    assert recording.count("/hand/width") > 10
    recording.close()
