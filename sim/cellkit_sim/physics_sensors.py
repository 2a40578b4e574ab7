"""Beam sensors, cameras and pictures in PyBullet."""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from cellkit.controller.plants.camera import CameraPlant, Picture
from cellkit.controller.plants.code_reader import CodePlant
from cellkit.controller.plants.proximity import ProximityPlant
from cellkit.controller.plants.scanner import ScannerPlant
from cellkit.controller.world import CameraGeometry
from cellkit.geometry import Array, Pose
from cellkit_sim.bullet import Client
from cellkit_sim.callbacks import tell
from cellkit_sim.physics_bodies import PhysicsBody
from cellkit_sim.scanning import Beams
from cellkit_sim.views import vertical_angle
from cellkit_sim.visibility import SEEN, share_in_sight

LIGHT = (1.2, -0.9, 2.0)
BEHIND = 1e-3
"""Share of its length that a ray to a point of a surface goes on, so that it surely meets it."""


class PhysicsProximity(ProximityPlant):
    """``ProximityPlant`` over one ray; arms and the floor are seen too. Watched each step only for a subscriber."""

    def __init__(self, client: Client, pose: Pose, reach: float) -> None:
        self._client, self._reach = client, reach
        self._from = pose.position.tolist()
        self._to = pose.offset(z=reach).position.tolist()
        self._callbacks: list[Callable[[], None]] = []
        self._last: int | None = None

    @override
    def distance(self) -> float | None:
        hit = self._hit()
        return None if hit[0] < 0 else float(hit[2]) * self._reach

    @override
    def on_change(self, callback: Callable[[], None]) -> None:
        """What changes is the body that the beam meets first."""
        if not self._callbacks:
            self._last = self._hit()[0]
        self._callbacks.append(callback)

    @property
    def watched(self) -> bool:
        """Whether somebody has subscribed."""
        return bool(self._callbacks)

    def watch(self, _time: float) -> None:
        """After each step."""
        body = self._hit()[0]
        if body != self._last:
            self._last = body
            tell(self._callbacks)

    def _hit(self) -> Any:
        return self._client.p.rayTest(self._from, self._to, physicsClientId=self._client.id)[0]


class PhysicsScanner(ScannerPlant):
    """``ScannerPlant`` over rays; arms and the floor are seen too."""

    def __init__(self, client: Client, beams: Beams) -> None:
        self._client, self._beams = client, beams
        self._from = (beams.origin + beams.directions * beams.near).tolist()
        self._to = (beams.origin + beams.directions * beams.far).tolist()

    @override
    def ranges(self) -> Array:
        beams = self._beams
        hits = self._client.p.rayTestBatch(self._from, self._to, physicsClientId=self._client.id)
        share = np.array([hit[2] if hit[0] >= 0 else np.inf for hit in hits])
        return beams.measured(beams.near + share * (beams.far - beams.near))


class PhysicsCodeReader(CodePlant):
    """``CodePlant`` over one ray."""

    def __init__(self, client: Client, pose: Pose, reach: float, bodies: Callable[[], Iterable[PhysicsBody]]) -> None:
        self._client, self._bodies = client, bodies
        self._from, self._to = pose.position.tolist(), pose.offset(z=reach).position.tolist()

    @override
    def code(self) -> str | None:
        hit = self._client.p.rayTest(self._from, self._to, physicsClientId=self._client.id)[0][0]
        return next((one.body.name for one in self._bodies() if one.id == hit and one.body.loose), None)


class PhysicsCamera(CameraPlant):
    """``CameraPlant`` over TinyRenderer."""

    def __init__(
        self, client: Client, pose: Pose, camera: CameraGeometry, bodies: Callable[[], Iterable[PhysicsBody]]
    ) -> None:
        self._client, self._pose, self._camera, self._bodies = client, pose, camera, bodies

    @override
    def picture(self) -> Picture:
        colour, depth = take(self._client, self._camera, self._pose)
        return Picture(colour, depth)

    @override
    def visible_bodies(self, kind: str) -> list[tuple[str, Pose]]:
        """The bodies of which at least ``SEEN`` is in sight."""
        found = []
        for one in self._bodies():
            if one.body.kind != kind:
                continue
            matrix = one.pose()
            blocked = functools.partial(self._blocked, one.id)
            if share_in_sight(one.body.shapes, matrix, self._camera, self._pose.matrix, blocked) >= SEEN:
                found.append((one.body.name, Pose.trusted(matrix, "world")))
        return found

    def _blocked(self, body: int, points: Array) -> NDArray[np.bool_]:
        """Which points of a body lie behind something else; arms and what they carry stand in the way too."""
        eye = self._pose.position
        ends = points + (points - eye) * BEHIND
        hits = self._client.p.rayTestBatch([eye.tolist()] * len(points), ends.tolist(), physicsClientId=self._client.id)
        return np.array([hit[0] not in (body, -1) for hit in hits])


def take(client: Client, camera: CameraGeometry, pose: Pose) -> tuple[Any, Array]:
    """Colour (h, w, 3) uint8 and depth (h, w) in m of what a camera at ``pose`` (frame world) sees."""
    p = client.p
    matrix = pose.matrix
    view = p.computeViewMatrix(
        matrix[:3, 3].tolist(), (matrix[:3, 3] + matrix[:3, 2]).tolist(), (-matrix[:3, 1]).tolist()
    )
    projection = p.computeProjectionMatrixFOV(
        math.degrees(vertical_angle(camera)), camera.width / camera.height, camera.near, camera.far
    )
    image = p.getCameraImage(
        camera.width, camera.height, view, projection, lightDirection=LIGHT, lightColor=[1.0, 1.0, 1.0],
        lightDistance=4.0, shadow=1, lightAmbientCoeff=0.55, lightDiffuseCoeff=0.45, lightSpecularCoeff=0.08,
        renderer=p.ER_TINY_RENDERER, physicsClientId=client.id,
    )  # fmt: skip
    shape = (camera.height, camera.width)
    colour = np.array(image[2], dtype=np.uint8).reshape(*shape, 4)[:, :, :3].copy()
    buffer = np.array(image[3], dtype=np.float64).reshape(shape)
    near, far = camera.near, camera.far
    depth = far * near / (far - (far - near) * buffer)
    depth[buffer >= 1.0 - 1e-6] = np.nan
    return colour, depth


def save(client: Client, file: Path, camera: CameraGeometry, pose: Pose) -> None:
    """Write a PNG, drawn at twice the size and scaled down: TinyRenderer does not smooth edges."""
    from PIL import Image

    twice = dataclasses.replace(camera, width=camera.width * 2, height=camera.height * 2)
    colour, _ = take(client, twice, pose)
    Image.fromarray(colour).resize((camera.width, camera.height), Image.Resampling.LANCZOS).save(file, format="PNG")
