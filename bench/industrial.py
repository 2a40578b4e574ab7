"""A two-arm cell in physics against a two-arm pick of pybullet-industrial: simulated seconds by processor second.

Ours is ``dual_arm_handover``: program, friction grips between pads, a camera, contact watch. Theirs carries as many
parts with the same arms, held by constraints, along joint targets computed before (``bench/drive_industrial.py``).
"""

from __future__ import annotations

import json
import statistics
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cellkit_sim.bullet import load_pybullet
from cellkit_sim.gripper_urdf import TOOL
from cellkit_sim.urdf import BASE, robot_urdf

from bench.clients import client_python
from cellkit.cell.build import BuiltCell
from cellkit.geometry import quaternion_from_rotation
from cellkit.scenario.config import read_scenario
from cellkit.scenario.observers import Snapshot
from cellkit.scenario.record import RunRecord
from cellkit.scenario.runner import Run, RunOptions

ROUNDS = 5
SCENARIO = "dual_arm_handover"
NAME, TARGET = "two-arm cell in physics ÷ two-arm pick of pybullet-industrial", "≥ 0.75"
MISSING = "not measured here: it needs pybullet_industrial in an environment `.clients/industrial-*`"
DRIVE = Path(__file__).with_name("drive_industrial.py")


class _Cell:
    """An observer that describes the cell of a run for the other side."""

    period = 60.0

    def begin(self, built: BuiltCell) -> None:
        places = built.world.places()
        loose = [body for body in built.world.drawn() if body.loose]
        names = list(built.plan.arms)
        self.task: dict[str, Any] = {
            "part": {"size": loose[0].solids[0].size, "mass": built.plan.workpieces["bar"].mass}
        }
        self.task["arms"] = [
            {
                "name": name,
                "urdf": robot_urdf(model),
                "flange": TOOL,
                "mount": [
                    *places[f"{name}/{BASE}"][:3, 3],
                    *quaternion_from_rotation(places[f"{name}/{BASE}"][:3, :3]),
                ],
                "home": list(model.home),
                "parts": len(range(number, len(loose), len(names))),
            }
            for number, (name, model) in enumerate(built.plan.arms.items())
        ]
        self.bodies = load_pybullet().getNumBodies()

    def look(self, snapshot: Snapshot) -> None:
        pass

    def event(self, record: Mapping[str, Any]) -> None:
        pass

    def end(self, record: RunRecord | None) -> None:
        pass


def _ours(*observers: _Cell) -> RunRecord:
    run = Run(read_scenario(SCENARIO), RunOptions(world="physics"))
    run.observers.extend(observers)
    record = run.execute()
    assert record.success
    return record


def rows() -> list[tuple[str, str, str, str]]:
    """Return a row of name, ratio, target and the figures behind the ratio."""
    python = client_python("industrial")
    if python is None:
        return [(NAME, "-", TARGET, MISSING)]
    cell = _Cell()
    record = _ours(cell)
    error = record.max_place_error
    assert error is not None
    factors, theirs = [], []
    with tempfile.TemporaryDirectory() as folder:
        task = Path(folder) / "task.json"
        task.write_text(json.dumps(cell.task))
        for _ in range(ROUNDS):
            start = time.process_time()
            record = _ours()
            factors.append(record.simulated_time / (time.process_time() - start))
            theirs.append(_theirs(python, task))
    factor = statistics.median(factors)
    other = statistics.median(one["simulated"] / one["spent"] for one in theirs)
    ratio = statistics.median(own * one["spent"] / one["simulated"] for own, one in zip(factors, theirs, strict=True))
    them = theirs[0]
    detail = (
        f"{factor:.1f} ÷ {other:.1f} s simulated by processor second; parts placed to {1e3 * error:.2f} and "
        f"{them['error']:.2f} mm; {cell.bodies} and {them['bodies']} bodies"
    )
    return [(NAME, f"{ratio:.2f}", TARGET, detail)]


def _theirs(python: Path, task: Path) -> dict[str, float]:
    done = subprocess.run([str(python), str(DRIVE), str(task)], check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


if __name__ == "__main__":
    for row in rows():
        print(" | ".join(row), flush=True)
