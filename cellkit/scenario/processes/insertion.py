"""Insertion of pegs into holes, each in a block on a load cell of its own, independent of the robot's sensor."""

from __future__ import annotations

import math

import numpy as np
from typing_extensions import override

from cellkit.cell.build import BuiltCell
from cellkit.controller.world import Body, Shape
from cellkit.geometry import Array, inverse_transform
from cellkit.scenario.config import Scenario
from cellkit.scenario.processes.config import Insertion
from cellkit.scenario.processes.judging import Report, require, require_room
from cellkit.scenario.processes.load_cell import SAMPLE, require_forces
from cellkit.scenario.processes.process import Process
from cellkit.timing import Periodic, now

SLIPS_AT = 5.0
"""Force (N) on a block at which the peg slips in the fault ``part_slips``."""
CHIP = 0.008
"""Height (m) of the chip in a blocked hole."""


class InsertionProcess(Process):
    """Runs an ``insertion`` in a world that knows contact forces.

    Faults: ``part_missing`` takes the last peg out of its holder, ``blocked`` leaves a chip in the last block's hole,
    ``part_slips`` lets the next peg that touches a block slip out of the gripper.
    """

    FAULTS: tuple[str, ...] = ("part_missing", "blocked", "part_slips")

    def __init__(self, config: Insertion, scenario: Scenario, built: BuiltCell, seed: int, report: Report) -> None:
        super().__init__(scenario, built, seed, report)
        self._config = config
        self._part = self._workpiece("workpiece", config.workpiece)
        self._holders = self._places("holders", config.holders)
        for block in config.blocks:
            require(scenario, "blocks", block, self._plan.file.structures, "structure")
            require_forces(scenario, built.world, block)
        self._count = built.cell.quantity
        room = min(len(self._holders), len(config.blocks))
        require_room(scenario, self._count, room, "the holders and blocks", "pegs")
        self._parts: list[str] = []
        self._arms = list(built.plants)
        self._chip: str | None = None
        self._slips = False
        self._peaks = dict.fromkeys(config.blocks, 0.0)

    @override
    def start(self) -> None:
        config = self._config
        for block in config.blocks:
            x, y = (self._random.uniform(-config.offset, config.offset) for _ in range(2))
            z = self._random.uniform(-config.height, config.height)
            self._world.move_body(block, self._world.body_pose(block).offset(x, y, z))
        for number, holder in enumerate(self._holders[: self._count], 1):
            self._parts.append(self._add_part(self._part, number, holder, config.jitter))
        self._beat = Periodic(SAMPLE, self._look)

    @override
    def finish(self) -> None:
        super().finish()
        for block, peak in self._peaks.items():
            self.tally.figures[f"peak force on {block} (N)"] = peak
        taken: set[str] = set()
        for name in self._parts:
            block, fault = self._judge(name)
            if fault is None and block in taken:
                fault = f"shares {block} with another peg"
            taken.add(block)
            self.tally.note(name, fault)
            self._report(now(), "process", "judged", part=name, block=block, peak=self._peaks[block], fault=fault)

    @override
    def begin_fault(self, kind: str) -> None:
        block = self._config.blocks[self._count - 1]
        if kind == "part_missing":
            self._world.remove_body(self._parts[-1])
            return
        if kind == "part_slips":
            self._slips = True
            return
        self._chip = "chip"
        x, y, _ = self._part.size
        shape = Shape("box", (0.8 * x, 0.8 * y, CHIP))
        pose = self._world.body_pose(block).offset(z=CHIP / 2)
        stiffness = self._plan.file.structures[block].stiffness
        self._world.add_body(Body(self._chip, "chip", (shape,), pose, stiffness=stiffness))

    def _look(self) -> None:
        for block in self._peaks:
            force = float(np.linalg.norm(self._measured_force(block)))
            self._peaks[block] = max(self._peaks[block], force)
            if self._slips and force >= SLIPS_AT:
                self._slips = not any(self._world.lose_part(arm) for arm in self._arms)

    def _measured_force(self, block: str) -> Array:
        """Return the force (3,) in N on a block's load cell, including the force on a chip in its hole."""
        carried = [block]
        if self._chip is not None and block == self._config.blocks[self._count - 1]:
            carried.append(self._chip)
        return sum((load for name in carried if (load := self._world.load(name)) is not None), np.zeros(3))

    def _judge(self, name: str) -> tuple[str, str | None]:
        """Return the block that a peg is nearest to, and the fault of the peg or None."""
        config, half = self._config, self._part.size[2] / 2
        if name not in self._world.loose_bodies():
            return config.blocks[self._parts.index(name)], "it is not in the cell any more"
        peg = self._world.body_pose(name)
        block = min(config.blocks, key=lambda name: math.dist(self._world.body_pose(name).position, peg.position))
        end = inverse_transform(self._world.body_pose(block).matrix) @ peg.offset(z=-half).matrix
        x, y, z = (float(value) for value in end[:3, 3])
        tilt = math.degrees(math.acos(min(1.0, max(-1.0, float(end[2, 2])))))
        if max(abs(x), abs(y)) > self._part.size[0] / 2:
            return block, f"{math.hypot(x, y) * 1000:.0f} mm from the nearest hole"
        if z > config.height_left:
            return block, f"{z * 1000:.1f} mm above the hole's bottom (allowed {config.height_left * 1000:g} mm)"
        if tilt > config.tilt_deg:
            return block, f"leans by {tilt:.1f} deg (allowed {config.tilt_deg:g} deg)"
        if self._peaks[block] > config.force:
            return block, f"{block} was pressed with {self._peaks[block]:.0f} N (allowed {config.force:g} N)"
        return block, None
