"""Least squares for a few parameters of a non-linear law (K. Levenberg 1944, D. Marquardt 1963)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cellkit.geometry import Array

ROUNDS = 60
STEP = 1e-6
"""Relative step of a numeric derivative."""


def fit(residuals: Callable[[Array], Array], first: Array, scale: Array, lower: Array) -> tuple[Array, float]:
    """Return the parameters (k,) that minimise the sum of squared residuals (m,), and that sum.

    ``scale`` (k,) is the usual size of each parameter; none goes below ``lower`` (k,).
    """
    values = np.maximum(first, lower)
    errors = residuals(values)
    best = float(errors @ errors)
    damping = 1e-3
    for _ in range(ROUNDS):
        slopes = np.stack([_slope(residuals, values, errors, scale, i) for i in range(len(values))], axis=1)
        normal = slopes.T @ slopes
        weight = np.diag(np.diag(normal) + 1e-12 * max(float(np.trace(normal)), 1e-30))
        improved = False
        for _ in range(8):
            change = -np.linalg.solve(normal + damping * weight, slopes.T @ errors) * scale
            trial = np.maximum(values + change, lower)
            trial_errors = residuals(trial)
            total = float(trial_errors @ trial_errors)
            if total < best:
                improved = True
                damping = max(damping / 5.0, 1e-9)
                break
            damping *= 5.0
        if not improved:
            break
        gain = best - total
        values, errors, best = trial, trial_errors, total
        if gain < 1e-10 * best:
            break
    return values, best


def _slope(residuals: Callable[[Array], Array], values: Array, errors: Array, scale: Array, i: int) -> Array:
    """Return the derivative (m,) of the residuals by parameter ``i`` in units of its scale."""
    moved = values.copy()
    moved[i] += STEP * scale[i]
    return (residuals(moved) - errors) / STEP
