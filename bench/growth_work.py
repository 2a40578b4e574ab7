"""The kinds of work whose growth is measured: each function takes a size and returns its cost."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import yaml

from bench import bodies, gateway, kinematic, study
from cellkit.scenario.config import read_scenario
from cellkit.scenario.runner import Run, RunOptions

MOTIONS = 50
"""Motions of each arm."""
CHANGES = 5000.0
"""Changes a second of all items together."""
PROGRAM = """
import asyncio

async def main(cell):
    await asyncio.gather(*(move(cell.arm(role)) for role in cell.devices))

async def move(arm):
    for number in range({motions}):
        await arm.move_joint([angle + 0.1 + 0.2 * (number % 2) for angle in arm.home])
"""


class Cost(NamedTuple):
    """Processor time (s), and the number of units that it was spent on."""

    seconds: float
    units: float


def parts(size: int) -> Cost:
    """Handle parts with one arm in the kinematic world."""
    begin = time.process_time()
    assert kinematic.run(size).success
    return Cost(time.process_time() - begin, size)


def arms(size: int) -> Cost:
    """Move arms at the same time in the kinematic world."""
    devices = {f"arm{i}": {"kind": "arm", "model": "ur5e", "mount": {"xyz": [3.0 * i, 0.0, 0.0]}} for i in range(size)}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cell = {"schema": "cellkit/cell/1", "name": "row", "title": "A row of arms", "devices": devices}
        scenario = {"schema": "cellkit/scenario/1", "name": "row", "title": "A row of arms", "cell": "cell.yaml"}
        (folder / "cell.yaml").write_text(yaml.safe_dump(cell), encoding="utf-8")
        (folder / "scenario.yaml").write_text(yaml.safe_dump({**scenario, "program": "program.py"}), encoding="utf-8")
        (folder / "program.py").write_text(PROGRAM.format(motions=MOTIONS), encoding="utf-8")
        run = Run(read_scenario(str(folder)), RunOptions(world="kinematic"))
        begin = time.process_time()
        record = run.execute()
    assert record.success, record.failure
    return Cost(time.process_time() - begin, size * MOTIONS)


def bodies_awake(size: int) -> Cost:
    """Step the physics world with parts that are kept awake."""
    return Cost(bodies.measure(size)[1], size)


def bodies_asleep(size: int) -> Cost:
    """Step the physics world with parts that sleep."""
    return Cost(bodies.measure(size)[0], size)


def items(size: int) -> Cost:
    """Send the changes of monitored items to one client: the gateway's processor time."""
    with gateway.server_state() as state:
        command = gateway.servers(state)["gateway"]
        found = gateway.measure_one("gateway", command, state, size, clients=1, rate=CHANGES / size)
    return Cost(found["cpu"], found["changes"])


def runs(size: int) -> Cost:
    """Run a scenario again and again, with another layout each time, as studies do."""
    first = Run(read_scenario("pick_and_place"), RunOptions(world="kinematic", quantity=1))
    begin = time.process_time()
    for seed in range(size):
        assert first.again(seed, 1).execute().success
    return Cost(time.process_time() - begin, size)


def concepts(size: int) -> Cost:
    """Study concepts, one or two grippers on up to three arms, of the shipped study of machine tending."""
    grippers = 2 if size > 3 else 1
    return Cost(study.measure(size // grippers, grippers), size)
