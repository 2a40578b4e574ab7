"""A replacement for a world: bodies stay where they are put, and press with the force that the test sets."""

from __future__ import annotations

import numpy as np

from cellkit.controller.world import Body
from cellkit.geometry import Array, Pose


class WeighedWorld:
    """The part of a world that processes with load cells use. Structures must be put where the cell file has them."""

    name = "weighed"

    def __init__(self, structures: dict[str, Pose]) -> None:
        self.poses = dict(structures)
        self.loose: list[str] = []
        self.forces = dict.fromkeys(structures, 0.0)
        self.lost: list[str] = []

    def pressed(self, name: str) -> float | None:
        return self.forces[name]

    def load(self, name: str) -> Array | None:
        return np.array([0.0, 0.0, -self.forces[name]])

    def add_body(self, body: Body) -> None:
        assert body.name not in self.poses
        self.poses[body.name] = body.pose
        self.forces[body.name] = 0.0
        if body.loose:
            self.loose.append(body.name)

    def move_body(self, name: str, pose: Pose) -> None:
        assert name in self.poses
        self.poses[name] = pose

    def remove_body(self, name: str) -> None:
        del self.poses[name], self.forces[name]
        if name in self.loose:
            self.loose.remove(name)

    def body_pose(self, name: str) -> Pose:
        return self.poses[name]

    def loose_bodies(self) -> list[str]:
        return list(self.loose)

    def lose_part(self, arm: str) -> bool:
        self.lost.append(arm)
        return True
