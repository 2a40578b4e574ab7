"""Joint angles along a path, q(s): a quintic spline, made by :mod:`cellkit.motion.path_ik`."""

from __future__ import annotations

from bisect import bisect_left

import numpy as np

from cellkit.geometry import Array

GRID = 8
"""Every segment is looked at in so many steps, for bounds and limits."""

_HERMITE = np.array(
    [
        [1.0, 0.0, 0.0, 0.0, 0.0, 0.0],
        [0.0, 1.0, 0.0, 0.0, 0.0, 0.0],
        [0.0, 0.0, 0.5, 0.0, 0.0, 0.0],
        [-10.0, -6.0, -1.5, 10.0, -4.0, 0.5],
        [15.0, 8.0, 1.5, -15.0, 7.0, -1.0],
        [-6.0, -3.0, -0.5, 6.0, -3.0, 0.5],
    ]
)
"""From value, h·first, h²·second derivative at both ends to the six coefficients of a polynomial on [0, 1]."""
_ORDERS = np.array([0.0, 1.0, 2.0, 0.0, 1.0, 2.0])
"""Powers of the width that values and derivatives are multiplied by."""
_U = np.linspace(0.0, 1.0, GRID + 1)
_LOOK = np.vstack(
    [
        np.column_stack([_U**k for k in range(6)]),
        np.column_stack([k * _U ** max(k - 1, 0) for k in range(6)]),
        np.column_stack([k * (k - 1) * _U ** max(k - 2, 0) for k in range(6)]),
    ]
)


class JointCurve:
    """q(s), C2: ``nodes`` (m + 1,) values of s, ``coefficients`` (m, 6, n) of the polynomials between them."""

    def __init__(self, nodes: Array, coefficients: Array) -> None:
        self.nodes = nodes
        self._coefficients = coefficients
        self._widths: Array = nodes[1:] - nodes[:-1]
        self._last = len(self._widths) - 1
        # Plain floats: what follows is done for every set-point, and numpy's scalars are slow.
        self._starts: list[float] = nodes[:-1].tolist()
        self._lengths: list[float] = self._widths.tolist()
        self.grid = self._looked()
        """s (k,), and q, |dq/ds|, |d²q/ds²| (k, n) at GRID + 1 points of every segment, the nodes twice."""

    def position(self, s: float) -> list[float]:
        """(n,) q in rad at ``s`` (m), as plain floats."""
        i, u, _ = self._located(s)
        u2 = u * u
        u3 = u2 * u
        angles: list[float] = self._coefficients[i].T.dot((1.0, u, u2, u3, u2 * u2, u2 * u3)).tolist()
        return angles

    def at(self, s: float) -> Array:
        """(3, n): q in rad, dq/ds in rad/m, d²q/ds² in rad/m² at ``s`` (m)."""
        i, u, h = self._located(s)
        u2 = u * u
        u3 = u2 * u
        g = 1.0 / h
        weights = np.array(
            (
                (1.0, u, u2, u3, u2 * u2, u2 * u3),
                (0.0, g, 2 * u * g, 3 * u2 * g, 4 * u3 * g, 5 * u2 * u2 * g),
                (0.0, 0.0, 2 * g * g, 6 * u * g * g, 12 * u2 * g * g, 20 * u3 * g * g),
            )
        )
        result: Array = weights @ self._coefficients[i]
        return result

    def _located(self, s: float) -> tuple[int, float, float]:
        """The segment that ``s`` lies in, where in it (0 to 1), and its length."""
        i = bisect_left(self._starts, s, 1) - 1 if self._last else 0
        h = self._lengths[i]
        return i, (s - self._starts[i]) / h, h

    def _looked(self) -> tuple[Array, Array, Array, Array]:
        looked = _LOOK @ self._coefficients
        h = self._widths[:, None]
        n = looked.shape[2]
        q = looked[:, : GRID + 1].reshape(-1, n)
        rates = np.abs(looked[:, GRID + 1 :])
        first = (rates[:, : GRID + 1] / h[:, None]).reshape(-1, n)
        second = (rates[:, GRID + 1 :] / (h * h)[:, None]).reshape(-1, n)
        s = (self.nodes[:-1, None] + h * _U).reshape(-1)
        return s, q, first, second


def hermite(widths: Array, q: Array, first: Array, second: Array) -> Array:
    """(m, 6, n) coefficients on [0, 1] from the values (m + 1, n) at the nodes and their derivatives by s."""
    data = np.empty((len(widths), 6, q.shape[1]))
    data[:, 0], data[:, 1], data[:, 2] = q[:-1], first[:-1], second[:-1]
    data[:, 3], data[:, 4], data[:, 5] = q[1:], first[1:], second[1:]
    coefficients: Array = (_HERMITE * widths[:, None, None] ** _ORDERS) @ data
    return coefficients


def middles(coefficients: Array) -> Array:
    """(m, n) values in the middle of every segment, where a Hermite spline is furthest off."""
    values: Array = _LOOK[GRID // 2] @ coefficients
    return values
