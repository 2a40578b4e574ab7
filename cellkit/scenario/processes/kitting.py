"""Parts of several kinds on a table under a camera; kits must be made of them."""

from __future__ import annotations

import math

import numpy as np
from typing_extensions import override

from cellkit.cell.build import BuiltCell, part_body
from cellkit.cell.kinds.camera import CameraDevice
from cellkit.controller.world import Body, Shape
from cellkit.geometry import Array, Pose
from cellkit.scenario.config import Scenario
from cellkit.scenario.processes.config import Kitting
from cellkit.scenario.processes.judging import DROP, Report, judge, require, require_room
from cellkit.scenario.processes.process import Process
from cellkit.timing import now

TRIES = 400
"""Places tried for one part, and layouts tried, before a table counts as too small."""
HOOD_ROOM, HOOD_WALL, HOOD_MASS = 0.004, 0.003, 0.15
"""Air (m) around a part under a hood, thickness (m) of its walls, and its mass (kg)."""
HOOD = "hood"
MOVED = 0.005
"""Distance (m) by which a foreign object may have moved and still count as untouched."""


class KittingProcess(Process):
    """Runs ``kitting`` in a world.

    Faults: ``part_missing``: one part of the scarce kind is missing. ``kind_missing``: all parts of that kind are
    missing. ``part_covered``: a hood, unknown to the vision system, stands over a part of it.
    """

    FAULTS: tuple[str, ...] = ("part_missing", "kind_missing", "part_covered")

    def __init__(self, config: Kitting, scenario: Scenario, built: BuiltCell, seed: int, report: Report) -> None:
        super().__init__(scenario, built, seed, report)
        self._config = config
        plan = self._plan
        self._table = self._places("table", config.table)[0]
        cameras = [role for role, device in plan.file.devices.items() if isinstance(device, CameraDevice)]
        require(scenario, "camera", config.camera, cameras, "camera")
        require(scenario, "scarce", config.scarce, config.nests, "kind in its kits")
        for kind in config.nests:
            self._workpiece("nests", kind)
        self._nests = {kind: self._places("nests", place) for kind, place in config.nests.items()}
        for low, tall in config.behind.items():
            require(scenario, "behind", low, config.nests, "kind in its kits")
            require(scenario, "behind", tall, config.nests, "kind in its kits")
        for kind in config.foreign:
            require(scenario, "foreign", kind, plan.workpieces, "workpiece")
        camera = plan.file.devices[config.camera]
        assert isinstance(camera, CameraDevice)
        self._eye = plan.layout.pose(camera.pose, ("devices", config.camera, "pose")).position
        self._kits = built.cell.quantity
        require_room(scenario, self._kits, min(len(nests) for nests in self._nests.values()), "the nests", "kits")
        self._parts: dict[str, str] = {}
        self._foreign: dict[str, Array] = {}
        spots = self._scattered()
        if spots is None:
            text = f"process.area: {self._kits} kits' parts do not fit {config.spacing * 1000:g} mm apart"
            raise scenario.document.error(text, ("process", "area"))
        self._spots = spots

    @override
    def start(self) -> None:
        for name, kind, x, y in self._spots:
            yaw = self._random.uniform(-math.pi, math.pi)
            half = self._plan.workpieces[kind].size[2] / 2
            pose = self._table @ Pose.from_rpy((x, y, half + DROP), (0.0, 0.0, yaw))
            self._world.add_body(part_body(self._plan, kind, name, pose))
            if kind in self._config.foreign:
                self._foreign[name] = pose.position
            else:
                self._parts[name] = kind
        self._report(now(), "process", "laid_out", parts=len(self._parts), foreign=len(self._foreign))

    @override
    def finish(self) -> None:
        moved = self._moved()
        for kit in range(self._kits):
            results = [self._in_nest(kind, nests[kit]) for kind, nests in self._nests.items()]
            fault = next((fault for _, fault in results if fault is not None), None) or moved
            error = max(error for error, _ in results)
            self.tally.note(f"kit {kit + 1}", fault, error)
            self._report(now(), "process", "judged", part=f"kit_{kit + 1}", error=error, fault=fault)

    @override
    def begin_fault(self, kind: str) -> None:
        names = [name for name, part_kind in self._parts.items() if part_kind == self._config.scarce]
        if kind == "part_covered":
            self._cover(names[-1])
            return
        for name in names if kind == "kind_missing" else names[-1:]:
            self._world.remove_body(name)
            del self._parts[name]

    def _in_nest(self, kind: str, nest: Pose) -> tuple[float, str | None]:
        """Return the distance (m) of the part in a nest from its place, and its fault, or that it is missing."""
        part = self._plan.workpieces[kind]
        middle = nest @ Pose.from_rpy((0.0, 0.0, part.size[2] / 2))
        turns = None if part.shape == "cylinder" else [turn.matrix for turn in part.turns()]
        poses = [self._world.body_pose(name) for name, part_kind in self._parts.items() if part_kind == kind]
        nearest = min(poses, key=lambda pose: math.dist(pose.position, middle.position), default=None)
        if nearest is None or math.dist(nearest.position, middle.position) > max(part.size):
            return 0.0, f"there is no {kind} in its nest"
        error, fault = judge(nearest, middle, turns, self._tolerances)
        return error, None if fault is None else f"the {kind} is {fault}"

    def _moved(self) -> str | None:
        for name, where in self._foreign.items():
            distance = math.dist(self._world.body_pose(name).position, where)
            if distance > MOVED:
                return f"{name}, which is no part, was moved by {distance * 1000:.0f} mm"
        return None

    def _cover(self, name: str) -> None:
        """Put a hood over a part; nothing reports the part's place."""
        part = self._plan.workpieces[self._parts[name]]
        pose = self._world.body_pose(name)
        x, y, z = (side + 2 * HOOD_ROOM for side in part.size)
        thick = HOOD_WALL
        shapes = (
            Shape("box", (x + 2 * thick, y + 2 * thick, thick), (0.0, 0.0, (z - thick) / 2)),
            *(Shape("box", (thick, y + 2 * thick, z), (side * (x + thick) / 2, 0.0, 0.0)) for side in (-1, 1)),
            *(Shape("box", (x, thick, z), (0.0, side * (y + thick) / 2, 0.0)) for side in (-1, 1)),
        )
        over = pose.offset(z=(z - part.size[2]) / 2)
        self._world.add_body(Body(HOOD, HOOD, shapes, over, HOOD_MASS, 0.6, (0.15, 0.15, 0.18)))
        self._foreign[HOOD] = over.position
        self._report(now(), "process", "covered", part=name)

    def _scattered(self) -> list[tuple[str, str, float, float]] | None:
        """Return name, kind and place (m, on the table) of everything; None: the room is too small."""
        for _ in range(TRIES):
            spots: list[tuple[str, str, float, float]] = []
            if all(self._lay(kind, number, spots) for kind, number in self._wanted()):
                return spots
        return None

    def _wanted(self) -> list[tuple[str, int]]:
        """Return kinds and numbers in the order of their placing: covers first, then hidden parts, then the rest."""
        behind = self._config.behind
        kinds = sorted(self._nests, key=lambda kind: 0 if kind in behind.values() else 1 if kind in behind else 2)
        return [(kind, n) for kind in (*kinds, *self._config.foreign) for n in self._numbers(kind)]

    def _numbers(self, kind: str) -> range:
        return range(1, (1 if kind in self._config.foreign else self._kits) + 1)

    def _lay(self, kind: str, number: int, spots: list[tuple[str, str, float, float]]) -> bool:
        """Find a place for one more part; return whether a place was found."""
        half_x, half_y = (side / 2 for side in self._config.area)
        cover = self._config.behind.get(kind)
        for _ in range(TRIES):
            if cover is None:
                x, y = self._random.uniform(-half_x, half_x), self._random.uniform(-half_y, half_y)
            else:
                x, y = self._behind(next(spot for spot in spots if spot[0] == f"{cover}_{number}"))
            inside = abs(x) <= half_x and abs(y) <= half_y
            if inside and all(math.hypot(x - spot[2], y - spot[3]) >= self._config.spacing for spot in spots):
                spots.append((f"{kind}_{number}", kind, x, y))
                return True
            if cover is not None:
                return False
        return False

    def _behind(self, cover: tuple[str, str, float, float]) -> tuple[float, float]:
        """Return the place (m, on the table) right behind a part, seen from the camera."""
        eye = np.linalg.inv(self._table.matrix) @ np.append(self._eye, 1.0)
        way = np.array(cover[2:]) - eye[:2]
        x, y = np.array(cover[2:]) + way / np.linalg.norm(way) * (self._config.spacing + 1e-6)
        return float(x), float(y)
