"""The surroundings of an arm as simple solids: structures, belts, the floor, doors open or shut, other parts."""

from __future__ import annotations

import numpy as np

from cellkit.cell.kinds.machine import MachineDevice
from cellkit.cell.plan import CellPlan
from cellkit.devices import Workpiece
from cellkit.geometry import Array, Pose, transform
from cellkit.study.feasibility.shapes import Solid, Solids
from cellkit.study.feasibility.targets import Target

FLOOR = 20.0
"""m, side of the floor; its top is at height 0 of ``world``."""


class Surroundings:
    """The fixed bodies of a planned cell. A machine's door counts in both positions, as open where the arm goes in."""

    def __init__(self, plan: CellPlan) -> None:
        self._plan = plan
        floor = transform(np.eye(3), (0.0, 0.0, -FLOOR / 2))
        self._fixed = [Solid("floor", floor, np.full(3, FLOOR / 2))]
        self._doors: dict[str, list[Solid]] = {}
        self._open: dict[str, list[Solid]] = {}
        doors = {
            device.door.structure: (role, device)
            for role, device in plan.file.devices.items()
            if isinstance(device, MachineDevice) and device.door is not None
        }
        for name, structure in plan.file.structures.items():
            pose = plan.layout.pose(structure, ("structures", name)).matrix
            shapes = plan.layout.shapes(name, structure, plan.workpieces)
            solids = [Solid.of_shape(name, shape, pose) for shape in shapes]
            if name not in doors:
                self._fixed += solids
                continue
            role, machine = doors[name]
            assert machine.door is not None
            self._doors[role] = solids
            self._open[role] = [_moved(solid, machine.door.slides) for solid in solids]
        for name, belt in plan.file.conveyors.items():
            x, y, z = belt.size
            top = plan.layout.pose(belt, ("conveyors", name)).offset(z=-z / 2)
            self._fixed.append(Solid(name, top.matrix, np.array([x, y, z]) / 2))

    def at(self, target: Target | None) -> Solids:
        """Return the obstacles at a target (None: at any place), with the parts beside it."""
        solids = list(self._fixed)
        for role, shut in self._doors.items():
            machine = self._plan.file.devices[role]
            assert isinstance(machine, MachineDevice)
            inside = target is not None and machine.chuck == target.place
            solids += self._open[role] if inside else [*shut, *self._open[role]]
        if target is not None and target.part is not None:
            solids += [part_solid(f"{target.part.kind} beside", target.part, pose) for pose in target.beside]
        return Solids(solids)


def part_solid(name: str, part: Workpiece, standing: Pose) -> Solid:
    """Return the solid of a part whose bottom is at the pose ``standing``."""
    middle = standing.offset(z=part.size[2] / 2)
    return Solid(name, middle.matrix, np.array(part.size) / 2, part.shape == "cylinder")


def held_solid(part: Workpiece, grasp: Pose, tcp: Array) -> Solid:
    """Return a part in a gripper, its pose in the flange; ``grasp``: the TCP in the part, ``tcp`` (4, 4) in flange."""
    pose = tcp @ grasp.inverse("tcp").matrix
    return Solid(part.kind, pose, np.array(part.size) / 2, part.shape == "cylinder")


def _moved(solid: Solid, by: list[float]) -> Solid:
    pose = solid.pose.copy()
    pose[:3, 3] += by
    return Solid(f"open {solid.name}", pose, solid.half, solid.round)
