"""The appearance of a world, for viewers and recordings: solids on links, and bodies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Colour = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Solid:
    """One solid, placed in the frame of its link.

    ``size`` in m, as in ``Shape``: box x, y, z; cylinder, capsule and sphere diameter, diameter, height along z, caps
    included. ``colour`` is red, green, blue, 0 to 1.
    """

    kind: Literal["box", "cylinder", "capsule", "sphere"]
    size: tuple[float, float, float]
    xyz: tuple[float, float, float]
    rpy: tuple[float, float, float]
    colour: Colour


@dataclass(frozen=True, slots=True)
class Drawn:
    """A link of an arm (``robot/link_1``), with what is mounted on it, or a body, by its name.

    ``owner`` is the role of the arm, or the kind of the body; ``loose``: a gripper can pick it up.
    """

    name: str
    owner: str
    solids: tuple[Solid, ...]
    loose: bool = False
