"""Moments of a cell in columns: many snapshots, or many moments between which nothing acts, recorded the same way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from cellkit.controller.drawing import DrawnLinks, Places
from cellkit.geometry import Array
from cellkit.joints import JointState
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
    """The cell at k moments: ``seconds`` of cell time, and one row a moment.

    ``bodies``: poses (4, 4) of those at rest, (k, 4, 4) of those that may move. By arm: ``joints``, rows of positions,
    velocities and torques where known, and ``wrenches``, rows of force and torque. ``measured``: k values by role.
    """

    seconds: Sequence[float]
    bodies: Mapping[str, Array]
    links: Sequence[LinkMotion]
    joints: Mapping[str, Array]
    wrenches: Mapping[str, Array]
    measured: Mapping[str, Sequence[Values]]

    @classmethod
    def of_snapshots(cls, snapshots: Sequence[Snapshot]) -> Self:
        """Return the moments of snapshots of the same bodies, arms, known torques and devices."""
        first, count = snapshots[0], len(snapshots)
        places = [snapshot.places for snapshot in snapshots if isinstance(snapshot.places, Places)]
        return cls(
            [snapshot.time for snapshot in snapshots],
            {name: _poses([one.bodies[name] for one in places]) for name in places[0].bodies},
            [
                LinkMotion(
                    arm.links,
                    np.array([one.arms[n].position for one in places]),
                    np.array([one.arms[n].widths for one in places]),
                )
                for n, arm in enumerate(places[0].arms)
            ],
            {arm: np.array([_known(one.joints[arm]) for one in snapshots]).reshape(count, -1) for arm in first.joints},
            {
                arm: np.array([(one.wrenches[arm].force, one.wrenches[arm].torque) for one in snapshots]).reshape(
                    count, -1
                )
                for arm in first.wrenches
            },
            {role: [one.measured[role] for one in snapshots] for role in first.measured},
        )

    @classmethod
    def of_span(cls, span: IdleSpan) -> Self:
        """Return the moments of an idle span."""
        arms = span.motion.arms
        return cls(
            span.times,
            span.motion.bodies,
            [LinkMotion(arm.links, arm.positions, arm.widths) for arm in arms.values()],
            {name: np.hstack([arm.positions, arm.velocities]) for name, arm in arms.items()},
            {name: arm.wrenches for name, arm in arms.items()},
            span.measured,
        )


def _poses(poses: Sequence[Array]) -> Array:
    """Return one pose (4, 4) if all are the same array, as those of a body at rest are; else all (k, 4, 4)."""
    return poses[0] if all(pose is poses[0] for pose in poses) else np.array(poses)


def _known(state: JointState) -> tuple[Array, ...]:
    return (state.position, state.velocity) if state.effort is None else (state.position, state.velocity, state.effort)


def all_places(moments: Sequence[Moments], names: Sequence[str]) -> Array:
    """Return the places (k, n, 4, 4) in world of named bodies, then of all links of the same arms, in all moments."""
    bodies = [name for name in names if name in moments[0].bodies]
    fixed = np.empty((sum(len(one.seconds) for one in moments), len(bodies), 4, 4))
    row = 0
    for one in moments:
        rows = fixed[row : row + len(one.seconds)]
        for column, name in enumerate(bodies):
            rows[:, column] = one.bodies[name]
        row += len(one.seconds)
    links = [
        arms[0].links.places(
            np.concatenate([arm.positions for arm in arms]), np.concatenate([arm.widths for arm in arms])
        )
        for arms in zip(*(one.links for one in moments), strict=True)
    ]
    return np.concatenate([fixed, *links], axis=1)
