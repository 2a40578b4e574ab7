"""Moments of a cell in columns: one snapshot, or many between which nothing acts. Both are recorded the same way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from cellkit.controller.drawing import DrawnLinks, Places
from cellkit.geometry import Array
from cellkit.recording.messages import nanoseconds
from cellkit.scenario.kinds.recorded_kind import Values
from cellkit.scenario.observers import IdleSpan, Snapshot


@dataclass(frozen=True, slots=True, eq=False)
class LinkMotion:
    """The links of an arm at k moments: positions (k, n) of its joints, openings (k, hands) of its grippers."""

    links: DrawnLinks
    positions: Array
    widths: Array


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """The cell at k moments: ``seconds`` and ``times`` (ns) of cell time, and one row a moment.

    ``bodies``: poses (4, 4) of those at rest, (k, 4, 4) of those that may move. By arm: ``joints``, rows of positions,
    velocities and torques where known, and ``wrenches``, rows of force and torque. ``measured``: k values by role.
    """

    seconds: Sequence[float]
    times: Sequence[int]
    bodies: Mapping[str, Array]
    links: Sequence[LinkMotion]
    joints: Mapping[str, Array]
    wrenches: Mapping[str, Array]
    measured: Mapping[str, Sequence[Values]]

    @classmethod
    def of_snapshot(cls, snapshot: Snapshot) -> Self:
        """Return the one moment of a snapshot."""
        places = snapshot.places
        assert isinstance(places, Places)
        return cls(
            [snapshot.time],
            [nanoseconds(snapshot.time)],
            places.bodies,
            [LinkMotion(arm.links, arm.position[None], np.array([arm.widths])) for arm in places.arms],
            {arm: _row(state.position, state.velocity, state.effort) for arm, state in snapshot.joints.items()},
            {arm: _row(wrench.force, wrench.torque) for arm, wrench in snapshot.wrenches.items()},
            {role: [values] for role, values in snapshot.measured.items()},
        )

    @classmethod
    def of_span(cls, span: IdleSpan) -> Self:
        """Return the moments of an idle span."""
        arms = span.motion.arms
        return cls(
            span.times,
            [nanoseconds(time) for time in span.times],
            span.motion.bodies,
            [LinkMotion(arm.links, arm.positions, arm.widths) for arm in arms.values()],
            {name: np.hstack([arm.positions, arm.velocities]) for name, arm in arms.items()},
            {name: arm.wrenches for name, arm in arms.items()},
            span.measured,
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The names of everything drawn: bodies, then the links of all arms."""
        return (*self.bodies, *(name for arm in self.links for name in arm.links.names))


def _row(*vectors: Array | None) -> Array:
    return np.concatenate([vector for vector in vectors if vector is not None])[None]


def all_places(moments: Sequence[Moments], names: Sequence[str]) -> Array:
    """Return the places (k, n, 4, 4) in world of named bodies, then of all links of the same arms, in all moments."""
    bodies = [name for name in names if name in moments[0].bodies]
    fixed = np.empty((sum(len(one.times) for one in moments), len(bodies), 4, 4))
    row = 0
    for one in moments:
        rows = fixed[row : row + len(one.times)]
        for column, name in enumerate(bodies):
            rows[:, column] = one.bodies[name]
        row += len(one.times)
    links = [
        arms[0].links.places(
            np.concatenate([arm.positions for arm in arms]), np.concatenate([arm.widths for arm in arms])
        )
        for arms in zip(*(one.links for one in moments), strict=True)
    ]
    return np.concatenate([fixed, *links], axis=1)
