"""A tie between a gripper and the part that it holds, in place of their contacts."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from cellkit.geometry import inverse_transform, quaternion_from_rotation, rotation_from_quaternion, transform
from cellkit_sim.bullet import Client
from cellkit_sim.gripping import PAD_FRICTION, friction_holds

RESERVE = 2.0
"""How often the friction of the pads must carry the load of a tie. With less, the contacts decide whether it slips."""


class GripTie:
    """A fixed constraint between the palm of a gripper and a part; pads and part do not collide meanwhile.

    The engine's contacts slip in proportion to its step, far below the limit of friction. A tied part does not.
    """

    def __init__(self, client: Client, arm: int, palm: int, pads: Sequence[int], part: int) -> None:
        p, cid = client.p, client.id
        self.part, self._client, self._arm, self._pads = part, client, arm, pads
        self._friction = PAD_FRICTION * p.getDynamicsInfo(part, -1, physicsClientId=cid)[1]
        position, quaternion = p.getBasePositionAndOrientation(part, physicsClientId=cid)
        of_part, of_palm = transform(rotation_from_quaternion(quaternion), position), client.link_centre(arm, palm)
        # The torque of the constraint is about the middle of the pads, as that of their friction is.
        middle = np.append(np.mean([client.link_centre(arm, pad)[:3, 3] for pad in pads], axis=0), 1.0)
        self._constraint: int = p.createConstraint(
            arm, palm, part, -1, p.JOINT_FIXED, [0, 0, 0],
            (inverse_transform(of_palm) @ middle)[:3].tolist(), (inverse_transform(of_part) @ middle)[:3].tolist(),
            [0, 0, 0, 1], quaternion_from_rotation(of_part[:3, :3].T @ of_palm[:3, :3]), physicsClientId=cid,
        )  # fmt: skip
        self._set_collisions(False)
        self.loose = False
        """Whether part and pads collide again, so that contacts form before the constraint is removed."""

    def loosen(self) -> None:
        """Let part and pads collide again."""
        self.loose = True
        self._set_collisions(True)

    def remove(self) -> None:
        """Remove the constraint of a loose tie."""
        self._client.p.removeConstraint(self._constraint, physicsClientId=self._client.id)

    @staticmethod
    def suits(client: Client, part: int, force: float) -> bool:
        """Return whether a tie may hold a part between pads that press with ``force`` (N) each.

        Their friction must carry its weight with reserve, and it must be of boxes: the engine finds all contact points
        of two boxes at once, but those of a round body one by one while it moves, so that a peg would tilt afterwards.
        """
        p, cid = client.p, client.id
        kinds = {shape[2] for shape in p.getCollisionShapeData(part, -1, physicsClientId=cid)}
        if kinds != {p.GEOM_BOX} or p.getNumJoints(part, physicsClientId=cid):
            return False
        mass, friction, *_ = p.getDynamicsInfo(part, -1, physicsClientId=cid)
        gravity = p.getPhysicsEngineParameters(physicsClientId=cid)["gravityAccelerationZ"]
        return friction_holds(RESERVE * mass, friction, force, abs(gravity))

    def holds(self, force: float, twist_arm: float) -> bool:
        """Return whether friction carries the load of the last step with ``RESERVE``.

        ``force`` (N): of each pad; ``twist_arm`` (m): lever arm of a pad's friction against a twist.
        """
        x, y, z, *torque = self._client.p.getConstraintState(self._constraint, physicsClientId=self._client.id)
        friction = 2.0 * force * self._friction
        return bool(RESERVE * (math.hypot(x, y, z) + math.hypot(*torque) / twist_arm) <= friction)

    def _set_collisions(self, on: bool) -> None:
        p, cid = self._client.p, self._client.id
        for pad in self._pads:
            p.setCollisionFilterPair(self._arm, self.part, pad, -1, int(on), physicsClientId=cid)
