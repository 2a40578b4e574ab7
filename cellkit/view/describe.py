"""The scene of a built cell, as the page receives it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from cellkit.cell.build import BuiltCell
from cellkit.cell.kinds.code_reader import CodeReaderDevice
from cellkit.cell.kinds.proximity import DEFAULT_RANGE, ProximityDevice
from cellkit.cell.kinds.scanner import ScannerDevice
from cellkit.controller.drawing import Drawn
from cellkit.geometry import Array
from cellkit.models.sensor import DistanceModel, ScannerModel
from cellkit.scenario.overview import overview
from cellkit.view.scene import DeviceInfo, Figure, FigureSolid, Matrix, ProgramText, Scene, SensorField, triple


def figures(drawn: Iterable[Drawn]) -> list[dict[str, Any]]:
    """Return the figures of a world as data for a message."""
    return [
        Figure(
            name=body.name,
            owner=body.owner,
            looks=tuple(
                FigureSolid(kind=solid.kind, size=solid.size, xyz=solid.xyz, rpy=solid.rpy, colour=solid.colour)
                for solid in body.solids
            ),
        ).model_dump(mode="json")
        for body in drawn
    ]


def scene_of(
    built: BuiltCell,
    title: str,
    subtitle: str,
    program: ProgramText | None = None,
    seed: int = 0,
    steered: bool = False,
    period: float = 1.0 / 30.0,
) -> Scene:
    """Return the scene of a built cell."""
    plan = built.plan
    models = {**plan.arms, **plan.grippers, **plan.sensors}
    camera, view = overview(plan)
    eye = view.position
    ahead = view.matrix[:3, 2]
    size = max((model.reach.value or 1.0 for model in plan.arms.values()), default=1.0)
    return Scene(
        title=title,
        subtitle=subtitle,
        devices=tuple(
            DeviceInfo(
                role=role,
                kind=device.kind.replace("_", " "),
                what=models[role].name if role in models else "",
            )
            for role, device in plan.file.devices.items()
        ),
        frames={name: _matrix(pose.matrix) for name, pose in plan.layout.frames.items()},
        fields=tuple(_fields(built)),
        program=program or ProgramText(),
        eye=triple(eye),
        target=triple(eye + ahead * 3.05 * size),
        angle=camera.field_of_view,
        seed=seed,
        steered=steered,
        period=period,
    )


def _fields(built: BuiltCell) -> Iterable[SensorField]:
    plan = built.plan
    for role, device in plan.file.devices.items():
        if isinstance(device, ProximityDevice | CodeReaderDevice):
            model = plan.sensors.get(role)
            own = model.range_max.value if isinstance(model, DistanceModel) else None
            reach = device.range or own or DEFAULT_RANGE
            pose = _matrix(plan.layout.pose(device.pose, ("devices", role, "pose")).matrix)
            yield SensorField(
                sensor=role, name=role, kind="beam", pose=pose, corners=((0.0, 0.0, 0.0), (0.0, 0.0, reach))
            )
        elif isinstance(device, ScannerDevice):
            pose = _matrix(plan.layout.pose(device.pose, ("devices", role, "pose")).matrix)
            scanner = plan.sensors[role]
            assert isinstance(scanner, ScannerModel)
            for name, corners in device.fields.items():
                yield SensorField(
                    sensor=role,
                    name=name,
                    kind="field",
                    pose=pose,
                    corners=tuple((x, y, 0.0) for x, y in corners),
                    closed=True,
                )
    for role, camera in built.cameras.items():
        aspect = camera.geometry.width / camera.geometry.height
        angle = 2.0 * math.atan(math.tan(camera.geometry.field_of_view / 2.0) / aspect)
        yield SensorField(
            sensor=role, name=role, kind="camera", pose=_matrix(camera.pose.matrix), angle=angle, aspect=aspect
        )


def _matrix(matrix: Array) -> Matrix:
    rows: Matrix = matrix.tolist()
    return rows
