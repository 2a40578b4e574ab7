"""Sensors of the kinematic world, by geometry. They do not detect arms, which have no shape in this world."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from cellkit.controller.plants.camera import CameraPlant, Picture
from cellkit.controller.plants.code_reader import CodePlant
from cellkit.controller.plants.proximity import ProximityPlant
from cellkit.controller.plants.scanner import ScannerPlant
from cellkit.controller.world import CameraGeometry
from cellkit.geometry import Array, Pose
from cellkit_sim.callbacks import notify
from cellkit_sim.compound_shape import CompoundShape
from cellkit_sim.kinematic_bodies import KinematicBodies, KinematicBody
from cellkit_sim.scanning import ScannerBeams
from cellkit_sim.visibility import MIN_VISIBLE_SHARE, visible_share

TICK = 0.02
"""s between two checks of a beam with subscribers while bodies move."""
TOUCHING = 1e-4
"""Distance (m) in front of a point within which another body does not hide it, as a body that touches it there."""


class KinematicProximity(ProximityPlant):
    """``ProximityPlant``: a ray against boxes and cylinders."""

    def __init__(
        self,
        bodies: KinematicBodies,
        pose: Pose,
        reach: float,
        now: Callable[[], float],
        subscribed: Callable[[], None],
    ) -> None:
        self._bodies, self._reach, self._now, self._subscribed = bodies, reach, now, subscribed
        self._origin, self._direction = pose.matrix[:3, 3].copy(), pose.matrix[:3, 2].copy()
        self._callbacks: list[Callable[[], None]] = []
        self._last: str | None = None

    @override
    def distance(self) -> float | None:
        hit = self._hit()
        return None if hit is None else hit[1]

    @override
    def on_change(self, callback: Callable[[], None]) -> None:
        """Call ``callback`` when the first body in the beam changes."""
        if not self._callbacks:
            self._last = self._name()
        self._callbacks.append(callback)
        self._subscribed()

    @property
    def watched(self) -> bool:
        """Whether the beam has subscribers."""
        return bool(self._callbacks)

    def check(self) -> None:
        """Notify subscribers if the first body in the beam has changed since the last check."""
        name = self._name()
        if name != self._last:
            self._last = name
            notify(self._callbacks)

    def _hit(self) -> tuple[str, float] | None:
        return self._bodies.first_hit(self._origin, self._direction, self._reach, self._now())

    def _name(self) -> str | None:
        hit = self._hit()
        return None if hit is None else hit[0]


class BeamMonitor:
    """A monitor of beams with subscribers: checks them when the world changes, and periodically while bodies move."""

    def __init__(self, moving: Callable[[], bool]) -> None:
        self._moving = moving
        self._beams: list[KinematicProximity] = []
        self._timer: asyncio.TimerHandle | None = None

    def add(self, beam: KinematicProximity) -> None:
        """Add a beam. It is checked from its first subscriber on."""
        self._beams.append(beam)

    def changed(self) -> None:
        """Check the beams; the world calls this after every change."""
        watched = [beam for beam in self._beams if beam.watched]
        for beam in watched:
            beam.check()
        if self._timer is None and watched and self._moving():
            try:
                loop = asyncio.get_running_loop()
            except RuntimeError:
                return  # the loop is not running yet; the first change after its start begins the periodic checks
            self._timer = loop.call_later(TICK, self._tick)

    def stop(self) -> None:
        """Stop the periodic checks."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _tick(self) -> None:
        self._timer = None
        self.changed()


class KinematicScanner(ScannerPlant):
    """``ScannerPlant``: rays against boxes and cylinders."""

    def __init__(self, bodies: KinematicBodies, beams: ScannerBeams, now: Callable[[], float]) -> None:
        self._bodies, self._beams, self._now = bodies, beams, now

    @override
    def ranges(self) -> Array:
        beams, now = self._beams, self._now()
        true = np.full(len(beams.directions), np.inf)
        for index, direction in enumerate(beams.directions):
            hit = self._bodies.first_hit(beams.origin, direction, beams.far, now)
            if hit is not None:
                true[index] = hit[1]
        return beams.measured(true)


class KinematicCodeReader(CodePlant):
    """``CodePlant``: a ray against boxes and cylinders."""

    def __init__(self, bodies: KinematicBodies, pose: Pose, reach: float, now: Callable[[], float]) -> None:
        self._bodies, self._reach, self._now = bodies, reach, now
        self._origin, self._direction = pose.matrix[:3, 3].copy(), pose.matrix[:3, 2].copy()

    @override
    def code(self) -> str | None:
        hit = self._bodies.first_hit(self._origin, self._direction, self._reach, self._now())
        return hit[0] if hit is not None and hit[0] in self._bodies.all and self._loose(hit[0]) else None

    def _loose(self, name: str) -> bool:
        return self._bodies.all[name].body.loose


class KinematicCamera(CameraPlant):
    """``CameraPlant`` that locates bodies, but takes no pictures."""

    def __init__(self, bodies: KinematicBodies, pose: Pose, camera: CameraGeometry, now: Callable[[], float]) -> None:
        self._bodies, self._pose, self._camera, self._now = bodies, pose, camera, now

    @override
    def picture(self) -> Picture:
        """Raise ``ValueError``: this world cannot render."""
        raise ValueError("the kinematic world takes no pictures; use --world physics")

    @override
    def visible_bodies(self, kind: str) -> list[tuple[str, Pose]]:
        """Return the bodies with a visible share of at least ``MIN_VISIBLE_SHARE``."""
        now = self._now()
        self._bodies.settle(now)
        visible = []
        for name, body in self._bodies.all.items():
            if body.body.kind != kind:
                continue
            matrix = body.matrix(now)
            blocked = functools.partial(self._blocked, self._before(name, body, matrix, now))
            if visible_share(body.body.shapes, matrix, self._camera, self._pose.matrix, blocked) >= MIN_VISIBLE_SHARE:
                visible.append((name, Pose.trusted(matrix.copy(), "world")))
        return visible

    def _before(self, name: str, body: KinematicBody, matrix: Array, now: float) -> list[tuple[CompoundShape, Array]]:
        """Return the bodies that may be between the camera and a body, with their poses; usually none."""
        eye = self._pose.matrix[:3, 3]
        direction = matrix[:3, 3] - eye
        length = float(np.linalg.norm(direction))
        direction = direction / length
        candidates = []
        for other_name, other in self._bodies.all.items():
            if other_name == name:
                continue
            pose, reach = other.matrix(now), body.shape.radius + other.shape.radius
            gap = pose[:3, 3] - eye
            along = float(gap @ direction)
            if -reach <= along <= length + reach and float(gap @ gap) - along * along <= reach * reach:
                candidates.append((other.shape, pose))
        return candidates

    def _blocked(self, others: Sequence[tuple[CompoundShape, Array]], points: Array) -> NDArray[np.bool_]:
        eye, axis = self._pose.matrix[:3, 3], self._pose.matrix[:3, 2:3].T
        hidden = np.zeros(len(points), dtype=np.bool_)
        farthest = float(((points - eye) @ axis[0]).max())
        # A body that begins behind the farthest point hides none of them; usually the support.
        others = [
            (shape, pose)
            for shape, pose in others
            if float(axis[0] @ (pose[:3, 3] - eye)) + shape.interval(axis @ pose[:3, :3], 0)[0] < farthest
        ]
        gaps = points - eye
        lengths = np.sqrt(np.einsum("ij,ij->i", gaps, gaps))
        directions, reaches = gaps / lengths[:, None], lengths - TOUCHING
        for shape, pose in others:
            hidden |= shape.blocks(pose, eye, directions, reaches)
        return hidden
