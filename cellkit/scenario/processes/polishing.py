"""Polishing of plates, each on a load cell of its own, independent of the robot's sensor."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from typing_extensions import override

from cellkit.cell.build import BuiltCell, part_body
from cellkit.geometry import Array, Pose, inverse_transform
from cellkit.scenario.config import Scenario
from cellkit.scenario.processes.config import Polishing
from cellkit.scenario.processes.judging import DROP, Report, require
from cellkit.scenario.processes.load_cell import SAMPLE, require_forces
from cellkit.scenario.processes.process import Process
from cellkit.timing import Periodic, now

TOUCHED = 1.0
"""Force (N) from which the pad counts as touching a plate."""
CELL = 0.004
"""Side (m) of the squares in which the polished area is counted."""
LIFTED = 0.05
"""Height (m) above its holder from which the pad is on its way."""
STEP = 0.0005
"""Path length (m) of the pad between two evaluations."""


@dataclass(slots=True)
class _Plate:
    """The result of one plate so far; ``centres`` (n, 2) are those of its squares, in its own axes."""

    centres: Array
    polished: Array
    peak: float = 0.0
    way: float = 0.0
    within: float = 0.0
    forces: list[float] = field(default_factory=list)
    last: Array | None = None


class PolishingProcess(Process):
    """Runs a ``polishing`` in a world that knows contact forces.

    Faults: ``pad_missing`` takes the pad away, ``plate_missing`` the last plate; ``pad_slips`` lets the pad slip out of
    the gripper on its way to a plate.
    """

    FAULTS: tuple[str, ...] = ("pad_missing", "plate_missing", "pad_slips")

    def __init__(self, config: Polishing, scenario: Scenario, built: BuiltCell, seed: int, report: Report) -> None:
        super().__init__(scenario, built, seed, report)
        self._config = config
        self._pad = self._workpiece("pad", config.pad)
        self._holder = self._places("holder", config.holder)[0]
        plan = self._plan
        if built.cell.quantity > len(config.surfaces):
            text = f"quantity is {built.cell.quantity}, but the scenario has only {len(config.surfaces)} surfaces"
            raise scenario.document.error(text, ("quantity",))
        self._plates: dict[str, _Plate] = {}
        for name in config.surfaces[: built.cell.quantity]:
            require(scenario, "surfaces", name, plan.file.structures, "structure")
            require_forces(scenario, built.world, name)
            shapes = plan.layout.shapes(name, plan.file.structures[name], plan.workpieces)
            centres = _squares(shapes[0].size, config.margin)
            self._plates[name] = _Plate(centres, np.zeros(len(centres), dtype=bool))
        self._arms = list(built.plants)
        self._missing: str | None = None
        self._slips = False

    @override
    def start(self) -> None:
        config = self._config
        for name in self._plates:
            z = self._random.uniform(-config.height, config.height)
            roll, pitch = (math.radians(self._random.uniform(-config.tilt_deg, config.tilt_deg)) for _ in range(2))
            self._world.move_body(name, self._world.body_pose(name) @ Pose.from_rpy((0, 0, z), (roll, pitch, 0)))
        pose = self._holder.offset(z=self._pad.size[2] / 2 + DROP)
        self._world.add_body(part_body(self._plan, self._pad.kind, self._pad.kind, pose))
        self._beat = Periodic(SAMPLE, self._look)

    @override
    def finish(self) -> None:
        super().finish()
        for name, plate in self._plates.items():
            covered = float(plate.polished.mean())
            share = plate.within / plate.way if plate.way > 0 else 0.0
            figures = self.tally.figures
            figures[f"{name}: peak force (N)"] = plate.peak
            figures[f"{name}: way in the band (%)"] = 100 * share
            figures[f"{name}: polished (%)"] = 100 * covered
            fault = self._judge(name, plate, share, covered)
            self.tally.note(name, fault)
            self._report(
                now(), "process", "judged", part=name, peak=plate.peak, share=share, covered=covered, fault=fault
            )

    @override
    def begin_fault(self, kind: str) -> None:
        if kind == "pad_missing":
            self._world.remove_body(self._pad.kind)
            self._missing = self._pad.kind
        elif kind == "pad_slips":
            self._slips = True
        else:
            self._missing = list(self._plates)[-1]
            self._world.remove_body(self._missing)

    def _look(self) -> None:
        if self._missing == self._pad.kind:
            return
        if self._slips and self._lifted() > LIFTED:
            self._slips = not any(self._world.lose_part(arm) for arm in self._arms)
        for name, plate in self._plates.items():
            if name == self._missing:
                continue
            force = self._world.pressed(name) or 0.0
            plate.peak = max(plate.peak, force)
            if force < TOUCHED:
                plate.last = None
                plate.forces.clear()
                continue
            plate.forces.append(force)
            self._follow(name, plate)

    def _lifted(self) -> float:
        """Return the height (m) of the pad above its place in the holder."""
        return (
            float((self._world.body_pose(self._pad.kind).position - self._holder.position)[2]) - self._pad.size[2] / 2
        )

    def _follow(self, name: str, plate: _Plate) -> None:
        """Add the pad's path on the plate, the forces on it and the polished squares."""
        foot = self._world.body_pose(self._pad.kind).offset(z=-self._pad.size[2] / 2)
        place = (inverse_transform(self._world.body_pose(name).matrix) @ foot.matrix)[:2, 3]
        if plate.last is None:
            plate.last = place
            plate.forces.clear()
            return
        way = float(np.linalg.norm(place - plate.last))
        if way < STEP:
            return
        low, high = self._config.force - self._config.band, self._config.force + self._config.band
        inside = sum(low <= force <= high for force in plate.forces) / len(plate.forces)
        plate.way += way
        plate.within += way * inside
        if max(plate.forces) >= low:
            reached = np.square(plate.centres - place).sum(axis=1) <= (self._pad.size[0] / 2) ** 2
            plate.polished = plate.polished | reached
        plate.last = place
        plate.forces.clear()

    def _judge(self, name: str, plate: _Plate, share: float, covered: float) -> str | None:
        config = self._config
        if name == self._missing:
            return "it is not in the cell any more"
        if covered < config.covered:
            return f"{covered:.0%} of it polished ({config.covered:.0%} wanted)"
        if share < config.share:
            return f"{share:.0%} of the way with {config.force:g} ± {config.band:g} N ({config.share:.0%} wanted)"
        if plate.peak > config.peak:
            return f"pressed with {plate.peak:.0f} N (allowed {config.peak:g} N)"
        return None


def _squares(size: tuple[float, float, float], margin: float) -> Array:
    """Return the centres (n, 2) of the squares of a plate that count."""
    sides = [np.arange(-side / 2 + margin + CELL / 2, side / 2 - margin, CELL) for side in size[:2]]
    x, y = np.meshgrid(*sides)
    return np.column_stack([x.ravel(), y.ravel()])
