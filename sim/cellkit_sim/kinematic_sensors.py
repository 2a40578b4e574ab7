"""Beams and cameras of the kinematic world, by geometry. Arms are not seen: they have no shape here."""

from __future__ import annotations

import asyncio
import functools
import math
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
from cellkit_sim.callbacks import tell
from cellkit_sim.forms import Form
from cellkit_sim.kinematic_bodies import KinematicBodies, KinematicBody
from cellkit_sim.scanning import Beams
from cellkit_sim.visibility import SEEN, share_in_sight

TICK = 0.02
"""s between two looks along a beam while something moves and somebody has subscribed."""
TOUCHING = 1e-4
"""m before a point of a surface up to which something else hides it: what touches it there does not."""


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
        """What changes is the body that the beam meets first."""
        if not self._callbacks:
            self._last = self._name()
        self._callbacks.append(callback)
        self._subscribed()

    @property
    def watched(self) -> bool:
        """Whether somebody has subscribed."""
        return bool(self._callbacks)

    def look(self) -> None:
        """Compare with the last look."""
        name = self._name()
        if name != self._last:
            self._last = name
            tell(self._callbacks)

    def _hit(self) -> tuple[str, float] | None:
        return self._bodies.first_hit(self._origin, self._direction, self._reach, self._now())

    def _name(self) -> str | None:
        hit = self._hit()
        return None if hit is None else hit[0]


class BeamWatch:
    """Looks along watched beams when the world changes, and at a tick while bodies move."""

    def __init__(self, moving: Callable[[], bool]) -> None:
        self._moving = moving
        self._beams: list[KinematicProximity] = []
        self._timer: asyncio.TimerHandle | None = None

    def add(self, beam: KinematicProximity) -> None:
        """Know a beam; nothing is watched before it has a subscriber."""
        self._beams.append(beam)

    def changed(self) -> None:
        """To be called when something in the world has changed."""
        watched = [beam for beam in self._beams if beam.watched]
        for beam in watched:
            beam.look()
        if self._timer is None and watched and self._moving():
            try:
                loop = asyncio.get_running_loop()
            except RuntimeError:
                return  # not started yet; the first change after that begins the tick
            self._timer = loop.call_later(TICK, self._tick)

    def stop(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _tick(self) -> None:
        self._timer = None
        self.changed()


class KinematicScanner(ScannerPlant):
    """``ScannerPlant``: rays against boxes and cylinders."""

    def __init__(self, bodies: KinematicBodies, beams: Beams, now: Callable[[], float]) -> None:
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
    """``CameraPlant`` that knows what it sees, but takes no pictures."""

    def __init__(self, bodies: KinematicBodies, pose: Pose, camera: CameraGeometry, now: Callable[[], float]) -> None:
        self._bodies, self._pose, self._camera, self._now = bodies, pose, camera, now

    def picture(self) -> Picture:
        """Raises ``ValueError``: there is nothing to draw with."""
        raise ValueError("the kinematic world takes no pictures; use --world physics")

    @override
    def visible_bodies(self, kind: str) -> list[tuple[str, Pose]]:
        """The bodies of which at least ``SEEN`` is in sight."""
        now = self._now()
        self._bodies.settle(now)
        found = []
        for name, body in self._bodies.all.items():
            if body.body.kind != kind:
                continue
            matrix = body.matrix(now)
            blocked = functools.partial(self._blocked, self._before(name, body, matrix, now))
            if share_in_sight(body.body.shapes, matrix, self._camera, self._pose.matrix, blocked) >= SEEN:
                found.append((name, Pose.trusted(matrix.copy(), "world")))
        return found

    def _before(self, name: str, body: KinematicBody, matrix: Array, now: float) -> list[tuple[Form, Array]]:
        """The bodies that may stand between the camera and a body, with their poses: few, as a rule none."""
        eye = self._pose.matrix[:3, 3]
        way = matrix[:3, 3] - eye
        length = float(np.linalg.norm(way))
        way = way / length
        found = []
        for other_name, other in self._bodies.all.items():
            if other_name == name:
                continue
            pose, room = other.matrix(now), body.form.radius + other.form.radius
            gap = pose[:3, 3] - eye
            along = float(gap @ way)
            if -room <= along <= length + room and float(gap @ gap) - along * along <= room * room:
                found.append((other.form, pose))
        return found

    def _blocked(self, others: Sequence[tuple[Form, Array]], points: Array) -> NDArray[np.bool_]:
        eye, axis = self._pose.matrix[:3, 3], self._pose.matrix[:3, 2:3].T
        hidden = np.zeros(len(points), dtype=np.bool_)
        farthest = float(((points - eye) @ axis[0]).max())
        # What begins behind the farthest point hides none: what the body stands on, as a rule.
        others = [
            (form, pose)
            for form, pose in others
            if float(axis[0] @ (pose[:3, 3] - eye)) + form.interval(axis @ pose[:3, :3], 0)[0] < farthest
        ]
        for index, gap in enumerate(points - eye if others else ()):
            length = math.sqrt(gap.dot(gap))
            way, reach = gap / length, length - TOUCHING
            hidden[index] = any(form.ray(pose, eye, way, reach) is not None for form, pose in others)
        return hidden
