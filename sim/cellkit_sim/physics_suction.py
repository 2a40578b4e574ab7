"""A suction cup in PyBullet: a fixed constraint that breaks when pull or shear exceeds the holding force."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import numpy as np

from cellkit.geometry import Array, inverse_transform, quaternion_from_rotation
from cellkit.models.gripper import VacuumGripperModel
from cellkit_sim.gripper_urdf import GripperLinks
from cellkit_sim.gripping import cup_gap
from cellkit_sim.physics_arm import PhysicsArm
from cellkit_sim.suction import Suction

if TYPE_CHECKING:
    from cellkit_sim.physics_bodies import PhysicsBody

BREAK_STEPS = 2
"""Consecutive steps with too much force after which the part breaks away, since the solver's forces may oscillate."""
SEEK_EVERY = 4
"""Steps between two searches for a part, while the cup sucks and holds no part."""


class PhysicsSuction(Suction):
    """``SuctionPlant``. The cup is soft: it does not collide with parts.

    This class tests for breaking itself, since a limit on the constraint's force would let the part sag, not fall.
    """

    def __init__(
        self,
        arm: PhysicsArm,
        hand: GripperLinks,
        model: VacuumGripperModel,
        time: Callable[[], float],
        parts: Callable[[], Iterable[PhysicsBody]],
        body_of: Callable[[str], PhysicsBody],
        on_lost: Callable[[str], None],
        hold_awake: Callable[[int, bool], None],
    ) -> None:
        super().__init__(model)
        self._hand = hand
        self._arm, self._time, self._parts, self._body_of, self._on_lost = arm, time, parts, body_of, on_lost
        self._hold_awake = hold_awake
        self._client = arm.client
        self.cup = arm.links[hand.cup]
        self._constraint: int | None = None
        self._count = self._overloaded = 0

    def watch(self, _time: float) -> None:
        """Check after each step whether the cup still holds its part, or meets a part."""
        if self._constraint is not None:
            x, y, z, *_ = self._client.p.getConstraintState(self._constraint, physicsClientId=self._client.id)
            if x * x + y * y + z * z > self._force * self._force and self._load(x, y, z) > self._force:
                self._overloaded += 1
                if self._overloaded >= BREAK_STEPS:
                    self.lose()
            else:
                self._overloaded = 0
        elif self._ready:
            self._count += 1
            if self._count % SEEK_EVERY == 0:
                self.seek()

    @property
    def busy(self) -> bool:
        """Whether the cup looks for a part, or is about to lose it."""
        return self._overloaded > 0 or (self._ready and self._constraint is None)

    def ignore(self, body: int) -> None:
        """Disable collisions of the cup with a part."""
        p = self._client.p
        p.setCollisionFilterPair(self._arm.body, body, self.cup, -1, 0, physicsClientId=self._client.id)

    def _load(self, x: float, y: float, z: float) -> float:
        """Return the load (N) of the cup from a force (world axes): pull and shear; pressing does not count."""
        outward = self._arm.face(self._hand)[:3, 2]
        force = np.array((x, y, z))
        pull = float(force @ outward)
        return float(np.linalg.norm(force if pull > 0 else force - pull * outward))

    def _now(self) -> float:
        return self._time()

    def _face(self) -> Array:
        face = self._arm.face(self._hand)
        face[:3, 3] += face[:3, 2] * self._model.tcp
        return face

    def _find(self) -> str | None:
        face = self._face()
        gaps = ((cup_gap(part.shape, part.pose(), face), part.body.name) for part in self._parts())
        reached = [(gap, name) for gap, name in gaps if gap is not None]
        return min(reached)[1] if reached else None

    def _attach(self, name: str) -> None:
        p, cid = self._client.p, self._client.id
        part = self._body_of(name)
        self._hold_awake(part.id, True)  # the cup does not collide with it, so no contact wakes it
        relative = inverse_transform(self._client.link_centre(self._arm.body, self.cup)) @ part.pose()
        for link in self._arm.links.values():
            p.setCollisionFilterPair(self._arm.body, part.id, link, -1, 0, physicsClientId=cid)
        self._constraint = p.createConstraint(
            self._arm.body, self.cup, part.id, -1, p.JOINT_FIXED, [0, 0, 0], relative[:3, 3].tolist(), [0, 0, 0],
            quaternion_from_rotation(relative[:3, :3]), [0, 0, 0, 1], physicsClientId=cid,
        )  # fmt: skip

    def _detach(self, name: str) -> None:
        p, cid = self._client.p, self._client.id
        if self._constraint is not None:
            p.removeConstraint(self._constraint, physicsClientId=cid)
            self._constraint = None
        part = self._body_of(name)
        self._hold_awake(part.id, False)
        for link in self._arm.links.values():
            if link not in self._arm.cups:
                p.setCollisionFilterPair(self._arm.body, part.id, link, -1, 1, physicsClientId=cid)

    def _lost(self, name: str) -> None:
        self._on_lost(name)
