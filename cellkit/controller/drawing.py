"""The appearance of a world, for viewers and recordings: solids on links, and bodies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, Protocol

import numpy as np
from typing_extensions import override

from cellkit.geometry import Array

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


class DrawnLinks(Protocol):
    """The drawn links of one arm."""

    names: tuple[str, ...]

    def places(self, positions: Array, widths: Array) -> Array:
        """Return the places (k, links, 4, 4) of all links in world, at k moments.

        ``positions`` (k, n): angles of the joints in rad; ``widths`` (k, hands): openings of the grippers in m.
        """


@dataclass(frozen=True, slots=True)
class ArmPosture:
    """An arm at one moment: its links, the angles (n,) of its joints in rad, the openings of its grippers in m."""

    links: DrawnLinks
    position: Array
    widths: Sequence[float]


@dataclass(frozen=True, slots=True, eq=False)
class ArmMotion:
    """An arm at k moments: its links, and one row a moment.

    ``positions`` and ``velocities`` (k, n) in rad and rad/s; ``widths`` (k, hands) of its grippers in m; ``wrenches``
    (k, 6): force (N) and torque (N m) of the tool on the flange, in frame ``flange``.
    """

    links: DrawnLinks
    positions: Array
    velocities: Array
    widths: Array
    wrenches: Array


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """A world at k moments: the motion of every arm by name, and the poses of all bodies in world, in their order.

    A pose is (4, 4) for a body at rest, and (k, 4, 4) for one that may move.
    """

    bodies: Mapping[str, Array]
    arms: Mapping[str, ArmMotion]


class Places(Mapping[str, Array]):
    """The places (4, 4) in world of everything drawn at one moment; those of links are computed when first read."""

    def __init__(self, bodies: Mapping[str, Array], arms: Sequence[ArmPosture]) -> None:
        self.bodies, self.arms = bodies, arms
        self.names = tuple(bodies)
        for arm in arms:
            self.names += arm.links.names

    @cached_property
    def _all(self) -> dict[str, Array]:
        return dict(zip(self.names, (*self.bodies.values(), *link_places([self.arms])[0]), strict=True))

    @override
    def __getitem__(self, name: str) -> Array:
        return self.bodies[name] if name in self.bodies else self._all[name]

    @override
    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    @override
    def __len__(self) -> int:
        return len(self.names)


def link_places(moments: Sequence[Sequence[ArmPosture]]) -> Array:
    """Return the places (k, links, 4, 4) of the links of the same arms at k moments."""
    columns = [
        arms[0].links.places(np.array([arm.position for arm in arms]), np.array([arm.widths for arm in arms]))
        for arms in zip(*moments, strict=True)
    ]
    return np.concatenate([np.empty((len(moments), 0, 4, 4)), *columns], axis=1)
