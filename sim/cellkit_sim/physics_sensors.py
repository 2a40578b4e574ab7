"""Beam sensors, scanners, code readers and cameras in PyBullet."""

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
from cellkit_sim.callbacks import notify
from cellkit_sim.physics_bodies import PhysicsBody
from cellkit_sim.scanning import ScannerBeams
from cellkit_sim.views import vertical_angle
from cellkit_sim.visibility import MIN_VISIBLE_SHARE, visible_share

LIGHT = (1.2, -0.9, 2.0)
OVERSHOOT = 1e-3
"""Share of its length by which a ray to a point of a surface is extended, so that it meets the surface."""


class PhysicsProximity(ProximityPlant):
    """``ProximityPlant`` over one ray, which also meets arms and the floor; with subscribers checked every step."""

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
        """Call ``callback`` when the first body in the beam changes."""
        if not self._callbacks:
            self._last = self._hit()[0]
        self._callbacks.append(callback)

    @property
    def watched(self) -> bool:
        """Whether the beam has subscribers."""
        return bool(self._callbacks)

    def watch(self, _time: float) -> None:
        """Notify subscribers after a step if the first body in the beam has changed."""
        body = self._hit()[0]
        if body != self._last:
            self._last = body
            notify(self._callbacks)

    def _hit(self) -> Any:
        return self._client.p.rayTest(self._from, self._to, physicsClientId=self._client.id)[0]


class PhysicsScanner(ScannerPlant):
    """``ScannerPlant`` over rays, which also meet arms and the floor."""

    def __init__(self, client: Client, beams: ScannerBeams) -> None:
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
        return next((body.body.name for body in self._bodies() if body.id == hit and body.body.loose), None)


class PhysicsCamera(CameraPlant):
    """``CameraPlant`` over TinyRenderer."""

    def __init__(
        self, client: Client, pose: Pose, camera: CameraGeometry, bodies: Callable[[], Iterable[PhysicsBody]]
    ) -> None:
        self._client, self._pose, self._camera, self._bodies = client, pose, camera, bodies

    @override
    def picture(self) -> Picture:
        colour, depth = render_picture(self._client, self._camera, self._pose)
        return Picture(colour, depth)

    @override
    def visible_bodies(self, kind: str) -> list[tuple[str, Pose]]:
        """Return the bodies with a visible share of at least ``MIN_VISIBLE_SHARE``."""
        visible = []
        for body in self._bodies():
            if body.body.kind != kind:
                continue
            matrix = body.pose()
            blocked = functools.partial(self._blocked, body.id)
            if visible_share(body.body.shapes, matrix, self._camera, self._pose.matrix, blocked) >= MIN_VISIBLE_SHARE:
                visible.append((body.body.name, Pose.trusted(matrix, "world")))
        return visible

    def _blocked(self, body: int, points: Array) -> NDArray[np.bool_]:
        """Return which points of a body are hidden by other bodies, including arms and held parts."""
        eye = self._pose.position
        ends = points + (points - eye) * OVERSHOOT
        hits = self._client.p.rayTestBatch([eye.tolist()] * len(points), ends.tolist(), physicsClientId=self._client.id)
        return np.array([hit[0] not in (body, -1) for hit in hits])


def render_picture(client: Client, camera: CameraGeometry, pose: Pose) -> tuple[Any, Array]:
    """Return colour (h, w, 3) uint8 and depth (h, w; m) of the picture of a camera at ``pose`` (frame world)."""
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


def save_png(client: Client, file: Path, camera: CameraGeometry, pose: Pose) -> None:
    """Write a PNG, rendered at twice the size and scaled down, since TinyRenderer does not smooth edges."""
    from PIL import Image

    twice = dataclasses.replace(camera, width=camera.width * 2, height=camera.height * 2)
    colour, _ = render_picture(client, twice, pose)
    Image.fromarray(colour).resize((camera.width, camera.height), Image.Resampling.LANCZOS).save(file, format="PNG")
