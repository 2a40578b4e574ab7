"""What the vendor's frames have to do with cellkit's: where WORLD is, and the lengths of an arm."""

from __future__ import annotations

import numpy as np

from cellkit.geometry import Array, transform
from cellkit.models.arm import ArmModel
from cellkit_fanuc.protocol.frames import Shape


def shape_of(model: ArmModel) -> Shape:
    """Return the lengths of a six-axis arm in the order that FANUC's descriptions have."""
    joints = model.kinematics.joints
    first, second, third, fourth, fifth = (joint.xyz for joint in joints[:5])
    return Shape(
        shoulder=second[0],
        upper_arm=third[2],
        elbow=fourth[2],
        forearm=fourth[0] + fifth[0],
        world_height=model.kinematics.base_to_first.xyz[2] + first[2] + second[2],
    )


def world_of(model: ArmModel) -> Array:
    """(4, 4) pose of the vendor's WORLD in ``base``."""
    return transform(np.eye(3), (0.0, 0.0, shape_of(model).world_height))
