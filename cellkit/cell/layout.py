"""Where everything of a cell file stands in frame ``world``, once the models are known."""

from __future__ import annotations

import math
from collections.abc import Mapping

from cellkit.cell.config import ArmDevice, CellFile, PlaceGrid, Placement, Structure, WorkpieceConfig, metres
from cellkit.controller.world import Shape
from cellkit.devices.workpiece import Workpiece
from cellkit.geometry import Pose
from cellkit.models.arm import ArmModel
from cellkit.yamlfile import Document, Location, near_names

OWN_FRAMES = ("base", "flange", "tcp", "world")
DEEPEST = 50  # frames that stand on one another


class Layout:
    """Frames and places of one cell. Complaints carry the line of the file."""

    def __init__(self, cell: CellFile, document: Document, arms: Mapping[str, ArmModel]) -> None:
        self._cell = cell
        self._document = document
        self._arms = arms
        self._frames: dict[str, Pose] = {"world": Pose.from_rpy((0, 0, 0), frame="world")}
        self._reach: dict[str, str | None] = {"world": None}
        for group, names in (("devices", arms), ("frames", cell.frames)):
            for name in names:
                if name in OWN_FRAMES:
                    raise document.error(
                        f"{name!r} is a frame that every arm has of its own; choose another name", (group, name)
                    )
                if group == "frames" and name in arms:
                    raise document.error(
                        f"the frame {name!r} is named like an arm, whose base it would hide", (group, name)
                    )
        for name, device in cell.devices.items():
            if isinstance(device, ArmDevice):
                self._resolve(name, device.mount, ("devices", name, "mount"), ())
        for name, frame in cell.frames.items():
            self._resolve(name, frame, ("frames", name), ())

    def frame(self, name: str) -> Pose:
        """A frame's pose in ``world``; arms stand for their base. Raises ``KeyError``."""
        return self._frames[name]

    @property
    def frames(self) -> Mapping[str, Pose]:
        """All frames by name."""
        return self._frames

    def pose(self, placement: Placement, at: Location) -> Pose:
        """A placement's pose in ``world``."""
        parent = self._parent(placement, at, ())
        reach = self._reach_of(placement, at)
        xyz = [metres(value, reach) for value in placement.xyz]
        return parent @ Pose.from_rpy(xyz, [math.radians(angle) for angle in placement.rpy_deg])

    def places(self, name: str) -> list[Pose]:
        """The poses of a place in ``world``, in order."""
        grid = self._cell.places[name]
        middle = self.pose(grid, ("places", name))
        return [middle @ Pose.from_rpy((x, y, 0.0)) for x, y in _grid(grid)]

    def shapes(self, name: str, structure: Structure, workpieces: Mapping[str, Workpiece]) -> tuple[Shape, ...]:
        """The shapes of a structure, nests included, in its own frame."""
        shapes = []
        for index, shape in enumerate(structure.shapes):
            if (shape.box is None) == (shape.cylinder is None):
                at = ("structures", name, "shapes", index)
                raise self._document.error("a shape has either a box or a cylinder", at)
            roll, pitch, yaw = (math.radians(angle) for angle in shape.rpy_deg)
            xyz = (shape.xyz[0], shape.xyz[1], shape.xyz[2])
            if shape.box is not None:
                size = (shape.box[0], shape.box[1], shape.box[2])
                shapes.append(Shape("box", size, xyz, (roll, pitch, yaw)))
            elif shape.cylinder is not None:
                diameter, height = shape.cylinder
                shapes.append(Shape("cylinder", (diameter, diameter, height), xyz, (roll, pitch, yaw)))
        if structure.nests is not None:
            shapes += self._walls(name, structure, workpieces)
        return tuple(shapes)

    def _walls(self, name: str, structure: Structure, workpieces: Mapping[str, Workpiece]) -> list[Shape]:
        nests = structure.nests
        assert nests is not None
        at = ("structures", name, "nests")
        if nests.place not in self._cell.places:
            known = near_names(nests.place, self._cell.places)
            raise self._document.error(f"unknown place {nests.place!r}; {known}", (*at, "place"))
        if nests.workpiece not in workpieces:
            known = near_names(nests.workpiece, workpieces)
            raise self._document.error(f"unknown workpiece {nests.workpiece!r}; {known}", (*at, "workpiece"))
        part = workpieces[nests.workpiece]
        inside_x, inside_y = part.size[0] + 2 * nests.clearance, part.size[1] + 2 * nests.clearance
        thick, high = nests.wall_thickness, nests.wall_height
        here = self.pose(structure, ("structures", name)).inverse(name)
        walls = []
        for pose in self.places(nests.place):
            for x, y, dx, dy in (
                ((inside_x + thick) / 2, 0.0, thick, inside_y + 2 * thick),
                (-(inside_x + thick) / 2, 0.0, thick, inside_y + 2 * thick),
                (0.0, (inside_y + thick) / 2, inside_x, thick),
                (0.0, -(inside_y + thick) / 2, inside_x, thick),
            ):
                wall = here @ pose @ Pose.from_rpy((x, y, high / 2))
                px, py, pz = (float(value) for value in wall.position)
                walls.append(Shape("box", (dx, dy, high), (px, py, pz), wall.rpy))
        return walls

    def _resolve(self, name: str, placement: Placement, at: Location, above: tuple[str, ...]) -> None:
        if name in self._frames:
            return
        if name in above:
            circle = " in ".join([*above[above.index(name) :], name])
            raise self._document.error(f"frames stand in a circle: {circle}", at)
        if len(above) >= DEEPEST:
            raise self._document.error(f"more than {DEEPEST} frames stand on one another", at)
        self._parent(placement, at, (*above, name))
        self._frames[name] = Pose.trusted(self.pose(placement, at).matrix.copy(), "world")
        self._reach[name] = name if name in self._arms else self._reach[placement.frame]

    def _parent(self, placement: Placement, at: Location, above: tuple[str, ...]) -> Pose:
        name = placement.frame
        if name not in self._frames:
            device = self._cell.devices.get(name)
            if name in self._cell.frames:
                self._resolve(name, self._cell.frames[name], ("frames", name), above)
            elif isinstance(device, ArmDevice):
                self._resolve(name, device.mount, ("devices", name, "mount"), above)
            else:
                known = {"world", *self._cell.frames, *self._arms}
                raise self._document.error(f"unknown frame {name!r}; {near_names(name, known)}", (*at, "in"))
        return self._frames[name]

    def _reach_of(self, placement: Placement, at: Location) -> float:
        if not any(isinstance(value, str) for value in placement.xyz):
            return 0.0
        arm = self._reach[placement.frame]
        if arm is None:
            text = "a share of the reach needs a frame that stands on an arm (`in: ROLE`)"
            raise self._document.error(text, (*at, "xyz"))
        reach = self._arms[arm].layout_reach
        if reach is None:
            raise self._document.error(f"the reach of {self._arms[arm].name} is not known; give metres", (*at, "xyz"))
        return reach


def workpiece(kind: str, config: WorkpieceConfig) -> Workpiece:
    """A workpiece as the grippers see it."""
    x, y, z = config.size
    return Workpiece(kind, config.shape, (x, y, z), config.mass, config.friction)


def _grid(grid: PlaceGrid) -> list[tuple[float, float]]:
    return [
        ((column - (grid.columns - 1) / 2) * grid.pitch[0], (row - (grid.rows - 1) / 2) * grid.pitch[1])
        for row in range(grid.rows)
        for column in range(grid.columns)
    ]
