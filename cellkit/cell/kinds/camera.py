"""The kind ``camera`` in a cell: RGB-D cameras that locate parts."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import override

from cellkit.cell.factory import DeviceRequest, Role
from cellkit.cell.kinds.cell_kind import Bench, CellKind
from cellkit.cell.kinds.fields import (
    DeviceSection,
    Name,
    Placement,
)
from cellkit.cell.kinds.surroundings import Building, PlacedCamera
from cellkit.controller.world import Body, CameraGeometry, Shape, World
from cellkit.geometry import Pose
from cellkit.models.load import AnyModel
from cellkit.registry import WireSpec
from cellkit.yamlfile import near_names


class CameraDevice(DeviceSection):
    """A camera that looks along the z axis of ``pose``; ``finds`` are the workpieces that it can locate."""

    kind: Literal["camera"]
    pose: Placement
    width: Annotated[int, Field(ge=16, le=4096)] = 320
    height: Annotated[int, Field(ge=16, le=4096)] = 240
    field_of_view_deg: Annotated[float, Field(gt=1, lt=170)] = 60.0
    finds: list[Name] = []
    answer_time: Annotated[float, Field(ge=0, le=60)] = Field(
        default=0.0, description="s from a picture until the poses of the parts are known"
    )


BENCH_HEIGHT = 1.0
"""m from the camera of a device bench down to the plate."""


class CameraInCell(CellKind[CameraDevice]):
    """The kind of cameras. No camera has a wire driver: on the wire path, a simulated cell has the reference camera."""

    section = CameraDevice
    wired_in_simulation = False

    @override
    def request(self, building: Building, role: Role, section: CameraDevice) -> DeviceRequest:
        for index, kind in enumerate(section.finds):
            if kind not in building.workpieces:
                known = near_names(kind, building.workpieces)
                raise building.error(role.name, f"unknown workpiece {kind!r}; {known}", "finds", index)
        view = math.radians(section.field_of_view_deg)
        geometry = CameraGeometry(section.width, section.height, view, answer_time=section.answer_time)
        pose = building.pose(role.name, section.pose)
        plant = building.world.add_camera(role.name, pose, geometry)
        building.cameras[role.name] = PlacedCamera(plant, geometry, pose)
        return DeviceRequest(role, section.kind, (geometry, pose, section.finds), plant)

    @override
    def bench(self, model: AnyModel | None, world: World, wire: WireSpec | None = None) -> Bench:
        plate = Body("plate", "plate", (Shape("box", (4.0, 4.0, 0.02)),), Pose.from_rpy((0, 0, 0.49), frame="world"))
        at = Pose.from_rpy((0, 0, 0.55), frame="world")
        world.add_body(plate)
        world.add_body(Body("part", "part", (Shape("box", (0.2, 0.2, 0.1)),), at, colour=(0.85, 0.1, 0.1)))
        pose = Pose.from_rpy((0.0, 0.0, 0.5 + BENCH_HEIGHT), (math.pi, 0.0, 0.0), frame="world")
        geometry = CameraGeometry(160, 120, math.radians(60))
        return Bench((geometry, pose, ("part",)), world.add_camera("camera", pose, geometry))


CAMERA = CameraInCell()
