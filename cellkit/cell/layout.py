"""The layout of a cell: the poses of all frames, places and structures of the cell file in frame ``world``."""

from __future__ import annotations

import math
from collections.abc import Mapping

from cellkit.cell.config import CellFile, NestConfig, PlaceGrid, Structure, WorkpieceConfig
from cellkit.cell.kinds.arm import ArmDevice
from cellkit.cell.kinds.fields import Placement, reach_share
from cellkit.controller.world import Shape
from cellkit.devices.workpiece import Workpiece
from cellkit.geometry import Pose
from cellkit.models.arm import ArmModel
from cellkit.yamlfile import Document, Location, near_names

OWN_FRAMES = ("base", "flange", "tcp", "world")
DEEPEST = 50  # frames in a chain, each placed in the next


class Layout:
    """The frames and places of one cell. Every ``ConfigError`` has the line of the file."""

    def __init__(self, cell: CellFile, document: Document, arms: Mapping[str, ArmModel]) -> None:
        self._cell = cell
        self._document = document
        self._arms = arms
        self._frames: dict[str, Pose] = {"world": Pose.from_rpy((0, 0, 0), frame="world")}
        self._reach: dict[str, str | None] = {"world": None}
        self._places: dict[str, list[Pose]] = {}
        self._shapes: dict[str, tuple[Shape, ...]] = {}
        for group, names in (("devices", arms), ("frames", cell.frames)):
            for name in names:
                if name in OWN_FRAMES:
                    raise document.error(
                        f"{name!r} is a frame that every arm has of its own; choose another name", (group, name)
                    )
                if group == "frames" and name in arms:
                    raise document.error(f"the frame {name!r} is named like an arm; choose another name", (group, name))
        for name, device in cell.devices.items():
            if isinstance(device, ArmDevice):
                self._resolve(name, device.mount, ("devices", name, "mount"), ())
        for name, frame in cell.frames.items():
            self._resolve(name, frame, ("frames", name), ())

    def frame(self, name: str) -> Pose:
        """Return the pose of a frame in ``world``; the name of an arm is its base. Raises ``KeyError``."""
        return self._frames[name]

    @property
    def frames(self) -> Mapping[str, Pose]:
        """All frames by name."""
        return self._frames

    def pose(self, placement: Placement, at: Location) -> Pose:
        """Return the pose of a placement in ``world``. Raises ``ConfigError`` with the line at ``at``."""
        parent = self._parent(placement, at, ())
        xyz = [self._metres(value, placement, at) if isinstance(value, str) else value for value in placement.xyz]
        return parent @ Pose.from_rpy(xyz, [math.radians(angle) for angle in placement.rpy_deg])

    def places(self, name: str) -> list[Pose]:
        """Return the poses of a place in ``world``, in order."""
        if name not in self._places:
            grid = self._cell.places[name]
            middle = self.pose(grid, ("places", name))
            self._places[name] = [middle @ Pose.from_rpy((x, y, 0.0)) for x, y in _grid(grid)]
        return list(self._places[name])

    def shapes(self, name: str, structure: Structure, workpieces: Mapping[str, Workpiece]) -> tuple[Shape, ...]:
        """Return the shapes of a structure, including its nests, in its own frame."""
        if name not in self._shapes:
            self._shapes[name] = self._shaped(name, structure, workpieces)
        return self._shapes[name]

    def _shaped(self, name: str, structure: Structure, workpieces: Mapping[str, Workpiece]) -> tuple[Shape, ...]:
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
        if nests.sides != 4 and part.shape != "cylinder":
            text = f"{nests.sides} sides are for round parts; {part.kind} is a {part.shape}"
            raise self._document.error(text, (*at, "sides"))
        world_in_own = self.pose(structure, ("structures", name)).inverse(name)
        walls = []
        for pose in self.places(nests.place):
            for wall, size in _polygon(nests, part.size[0]) if nests.sides != 4 else _rectangle(nests, part.size):
                placed = world_in_own @ pose @ wall
                px, py, pz = (float(value) for value in placed.position)
                walls.append(Shape("box", size, (px, py, pz), placed.rpy))
        return walls

    def _resolve(self, name: str, placement: Placement, at: Location, above: tuple[str, ...]) -> None:
        if name in self._frames:
            return
        if name in above:
            circle = " in ".join([*above[above.index(name) :], name])
            raise self._document.error(f"frames are placed in each other in a circle: {circle}", at)
        if len(above) >= DEEPEST:
            raise self._document.error(f"more than {DEEPEST} frames in a chain, each placed in the next", at)
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

    def _metres(self, length: str, placement: Placement, at: Location) -> float:
        """Convert a share of an arm's reach to m: the arm that it names, else the arm on which its frame stands."""
        share, named = reach_share(length)
        arm = named or self._reach[placement.frame]
        if arm is None:
            text = "a share of the reach needs a frame that stands on an arm (`in: ROLE`)"
            raise self._document.error(text, (*at, "xyz"))
        if arm not in self._arms:
            text = f"{length!r}: {arm!r} is no arm of this cell; {near_names(arm, self._arms)}"
            raise self._document.error(text, (*at, "xyz"))
        reach = self._arms[arm].layout_reach
        if reach is None:
            raise self._document.error(f"the reach of {self._arms[arm].name} is not known; give metres", (*at, "xyz"))
        return share * reach


def workpiece(kind: str, config: WorkpieceConfig) -> Workpiece:
    """Make the workpiece that grippers need from its section of the cell file."""
    x, y, z = config.size
    return Workpiece(kind, config.shape, (x, y, z), config.mass, config.friction)


def _grid(grid: PlaceGrid) -> list[tuple[float, float]]:
    return [
        ((column - (grid.columns - 1) / 2) * grid.pitch[0], (row - (grid.rows - 1) / 2) * grid.pitch[1])
        for row in range(grid.rows)
        for column in range(grid.columns)
    ]


def _rectangle(nests: NestConfig, part: tuple[float, float, float]) -> list[tuple[Pose, tuple[float, float, float]]]:
    """Return four walls around the foot of a nest, each with its pose and size."""
    x, y = part[0] + 2 * nests.clearance, part[1] + 2 * nests.clearance
    thick, high = nests.wall_thickness, nests.wall_height
    return [
        (Pose.from_rpy((along, across, high / 2)), (dx, dy, high))
        for along, across, dx, dy in (
            ((x + thick) / 2, 0.0, thick, y + 2 * thick),
            (-(x + thick) / 2, 0.0, thick, y + 2 * thick),
            (0.0, (y + thick) / 2, x, thick),
            (0.0, -(y + thick) / 2, x, thick),
        )
    ]


def _polygon(nests: NestConfig, diameter: float) -> list[tuple[Pose, tuple[float, float, float]]]:
    """Return the walls around a round part, the sides of a regular polygon; they overlap on the outside."""
    inside = diameter / 2 + nests.clearance
    thick, high = nests.wall_thickness, nests.wall_height
    size = (thick, 2 * (inside + thick) * math.tan(math.pi / nests.sides), high)
    turns = [2 * math.pi * side / nests.sides for side in range(nests.sides)]
    return [
        (Pose.from_rpy((0.0, 0.0, 0.0), (0.0, 0.0, turn)) @ Pose.from_rpy((inside + thick / 2, 0.0, high / 2)), size)
        for turn in turns
    ]
