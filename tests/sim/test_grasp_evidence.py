"""Long test: a hundred random friction grasps."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest
from sim_rig import Cell, at, box


async def one_pick(cell: Cell, seed: int) -> tuple[bool, float]:
    rng = np.random.default_rng(seed)
    x, y, yaw = rng.uniform(0.38, 0.55), rng.uniform(-0.2, 0.2), rng.uniform(-0.5, 0.5)
    askew, aside = rng.uniform(-0.08, 0.08), rng.uniform(-0.008, 0.008, 2)
    cell.world.add_body(box("box", at(x, y, 0.03, yaw)))
    grip = (x + aside[0], y + aside[1], 0.035, yaw + askew)
    await cell.move(x, y, 0.2, grip[3], 1.0)
    await cell.move(*grip)
    await cell.jaws.drive(0.0, 0.1, 40.0)
    await cell.move(x + aside[0], y + aside[1], 0.036, grip[3], 0.3)  # the grip settles
    held = cell.in_tool("box")
    await cell.move(x + aside[0], y + aside[1], 0.235, grip[3], 0.8)
    q = cell.robot.arm.state().position.copy()
    q[0] += 1.0
    await cell.turn_to(q, 0.9)
    await asyncio.sleep(0.9)
    moved = cell.in_tool("box")
    slip = float(np.linalg.norm(moved[:3, 3] - held[:3, 3]))
    return slip < 0.01 and not cell.events, slip


@pytest.mark.long
def test_a_hundred_picks() -> None:
    results = [Cell("physics").run(lambda cell, seed=seed: one_pick(cell, seed)) for seed in range(100)]
    held = sum(ok for ok, _ in results)
    slips = np.array([slip for _, slip in results]) * 1e3
    print(f"held {held}, slip mm: median {np.median(slips):.3f}, p95 {np.percentile(slips, 95):.3f}")
    assert held >= 99
    assert np.median(slips) < 0.5
