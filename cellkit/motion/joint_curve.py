"""Joint angles along a path, q(s): a quintic spline, made by :mod:`cellkit.motion.path_ik`."""

from __future__ import annotations

from bisect import bisect_left

import numpy as np

from cellkit.geometry import Array

GRID = 8
"""The steps in which every segment is sampled, for bounds and limits."""

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
"""Matrix from value, h·first and h²·second derivative at both ends to the six coefficients on [0, 1]."""
_ORDERS = np.array([0.0, 1.0, 2.0, 0.0, 1.0, 2.0])
"""Powers of the width by which values and derivatives are multiplied."""
_U = np.linspace(0.0, 1.0, GRID + 1)
_SAMPLING = np.vstack(
    [
        np.column_stack([_U**k for k in range(6)]),
        np.column_stack([k * _U ** max(k - 1, 0) for k in range(6)]),
        np.column_stack([k * (k - 1) * _U ** max(k - 2, 0) for k in range(6)]),
    ]
)


class JointCurve:
    """Joint angles q(s), C2.

    ``nodes`` (m + 1,) are values of s; ``coefficients`` (m, 6, n) are those of the polynomials between them.
    """

    def __init__(self, nodes: Array, coefficients: Array) -> None:
        self.nodes = nodes
        self._coefficients = coefficients
        self._widths: Array = nodes[1:] - nodes[:-1]
        self._last = len(self._widths) - 1
        # Plain floats: they are used for every set-point, and numpy's scalars are slow.
        self._starts: list[float] = nodes[:-1].tolist()
        self._lengths: list[float] = self._widths.tolist()
        self.grid = self._sampled()
        """Values of s (k,), and q, dq/ds, d²q/ds² (k, n), at GRID + 1 points of every segment, the nodes twice."""

    def position(self, s: float) -> list[float]:
        """Return q (n,) in rad at ``s`` (m), as plain floats."""
        i, u, _ = self._located(s)
        u2 = u * u
        u3 = u2 * u
        angles: list[float] = self._coefficients[i].T.dot((1.0, u, u2, u3, u2 * u2, u2 * u3)).tolist()
        return angles

    def at(self, s: float) -> Array:
        """Return q in rad, dq/ds in rad/m and d²q/ds² in rad/m² at ``s`` (m), as one array (3, n)."""
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
        result: Array = weights.dot(self._coefficients[i])  # ``@`` takes twice as long
        return result

    def _located(self, s: float) -> tuple[int, float, float]:
        """Return the segment of ``s``, the place in it (0 to 1), and its length."""
        i = bisect_left(self._starts, s, 1) - 1 if self._last else 0
        h = self._lengths[i]
        return i, (s - self._starts[i]) / h, h

    def _sampled(self) -> tuple[Array, Array, Array, Array]:
        samples = _SAMPLING @ self._coefficients
        h = self._widths[:, None]
        n = samples.shape[2]
        q = samples[:, : GRID + 1].reshape(-1, n)
        rates = samples[:, GRID + 1 :]
        first = (rates[:, : GRID + 1] / h[:, None]).reshape(-1, n)
        second = (rates[:, GRID + 1 :] / (h * h)[:, None]).reshape(-1, n)
        s = (self.nodes[:-1, None] + h * _U).reshape(-1)
        return s, q, first, second


def hermite(widths: Array, q: Array, first: Array, second: Array) -> Array:
    """Return the (m, 6, n) coefficients on [0, 1] from the node values (m + 1, n) and their derivatives by s."""
    data = np.empty((len(widths), 6, q.shape[1]))
    data[:, 0], data[:, 1], data[:, 2] = q[:-1], first[:-1], second[:-1]
    data[:, 3], data[:, 4], data[:, 5] = q[1:], first[1:], second[1:]
    coefficients: Array = (_HERMITE * widths[:, None, None] ** _ORDERS) @ data
    return coefficients


def middles(coefficients: Array) -> Array:
    """Return the (m, n) values in the middle of every segment, where the error of a Hermite spline is largest."""
    values: Array = _SAMPLING[GRID // 2] @ coefficients
    return values
