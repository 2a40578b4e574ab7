"""The moves of a log, cut where the arm is at rest and where it passes through rest from one move to the next."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from cellkit.calibration.log import Log
from cellkit.geometry import Array

SLOW = 0.1
"""Below this share of the log's usual top speed the arm is between two moves, or in the ramp of one."""
REST = 0.01
"""Below this share of the log's usual top speed the arm is at rest."""
LEAST_DISTANCE = 0.02
"""A move turns a joint by at least this (rad); shorter ones are too near to the noise of a position."""
LEAST_SAMPLES = 8


@dataclass(frozen=True)
class Move:
    """One move from rest to rest: rows ``first`` to ``last`` of a log; the arm rests until row ``rested``.

    ``start`` and ``end`` (n,) in rad are the positions at ``first`` and ``rested``, when the arm has come to its goal.
    ``whole`` is False for a move that the log's beginning or end cuts: it lacks the ramp on that side.
    """

    first: int
    last: int
    rested: int
    begins: bool
    ends: bool
    start: Array
    end: Array

    @property
    def whole(self) -> bool:
        """Whether the log holds the whole move."""
        return self.begins and self.ends

    @property
    def distance(self) -> Array:
        """The angle (n,) in rad that every joint turns, with its sign."""
        return self.end - self.start

    @property
    def leader(self) -> int:
        """The joint with the largest angle."""
        return int(np.abs(self.distance).argmax())


def cut(log: Log) -> list[Move]:
    """Return the moves of a log in order, those that its ends cut included."""
    speed = np.abs(log.planned_velocity).max(axis=1)
    top = float(np.percentile(speed, 95.0))
    if top <= 0.0:
        return []
    zones = _runs(speed < SLOW * top)
    borders: list[tuple[int, int]] = []  # the last row of a move, and the first row of the next one
    for begin, stop in zones:
        at_rest = np.flatnonzero(speed[begin:stop] < REST * top)
        if len(at_rest):
            borders.append((begin + int(at_rest[0]), begin + int(at_rest[-1])))
        else:
            lowest = begin + int(speed[begin:stop].argmin())
            borders.append((lowest, lowest))
    edge = len(speed) - 1
    moves = []
    for (_, first), (last, rested) in pairwise([(0, 0), *borders, (edge, edge)]):
        begins = bool(speed[first] < SLOW * top)
        ends = bool(speed[last] < SLOW * top)
        move = Move(first, last, rested, begins, ends, log.planned_position[first], log.planned_position[rested])
        if last - first >= LEAST_SAMPLES and np.abs(move.distance).max() >= LEAST_DISTANCE:
            moves.append(move)
    return moves


def _runs(where: Array) -> list[tuple[int, int]]:
    """Return begin and end (exclusive) of every run of True in (m,)."""
    edges = np.diff(np.concatenate([[0], where.astype(np.int8), [0]]))
    return list(zip(np.flatnonzero(edges == 1).tolist(), np.flatnonzero(edges == -1).tolist(), strict=True))
