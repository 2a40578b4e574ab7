"""Inverse kinematics: cellkit's call over the bare solver of roboticstoolbox, on the same targets in the same run.

The bare call is ``ets.ik_LM(target, q0=near)`` as a user would write it: its tolerance is 1e-6 in half the squared
error, about 1.4 mm, where cellkit's meets 1e-6 m; it may stop outside the range nearest to ``near``, and its restarts
are not repeatable. The bare call with cellkit's tolerance is shown beside it.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from cellkit.geometry import Array
from cellkit.models.arm import ArmModel
from cellkit.motion.kinematics import REMEMBERED, TOLERANCE, ArmKinematics
from cellkit.motion.lru_cache import LruCache
from cellkit.motion.solver import public_solver
from cellkit.yamlfile import read_yaml, validate

MODEL = Path(__file__).resolve().parent.parent / "drivers" / "cellkit_ur" / "models" / "ur5e.yaml"
TARGETS = 200
ROUNDS = 9


def targets(kinematics: ArmKinematics, *, warm: bool) -> list[tuple[Array, Array]]:
    """Return pairs of a flange pose and a start: within 0.05 rad of the solution, or anywhere."""
    generator = np.random.default_rng(7)
    home = np.array(kinematics.model.home)
    pairs = []
    for _ in range(TARGETS):
        q = generator.uniform(-np.pi, np.pi, kinematics.dof)
        near = q + generator.uniform(-0.05, 0.05, kinematics.dof) if warm else home
        pairs.append((np.ascontiguousarray(kinematics.forward(q)), np.clip(near, -np.pi, np.pi)))
    return pairs


def _seconds(call: Callable[[Array, Array], object], pairs: list[tuple[Array, Array]]) -> float:
    begin = time.perf_counter()
    for target, near in pairs:
        call(target, near)
    return time.perf_counter() - begin


def measure(*, warm: bool) -> tuple[float, float, float]:
    """Return the median seconds per call: own, bare, bare with our tolerance. Rounds are interleaved."""
    kinematics = ArmKinematics(validate(ArmModel, read_yaml(MODEL)))
    ets = public_solver(kinematics.elements).handle
    pairs = targets(kinematics, warm=warm)
    calls: list[Callable[[Array, Array], object]] = [
        kinematics.inverse,
        lambda target, near: ets.ik_LM(target, q0=near),
        lambda target, near: ets.ik_LM(target, q0=near, tol=TOLERANCE),
    ]
    rounds = []
    for _ in range(ROUNDS):
        kinematics._solutions = LruCache(REMEMBERED)  # every target is new: earlier solutions are cached
        rounds.append([_seconds(call, pairs) / len(pairs) for call in calls])
    own, bare, same = (statistics.median(column) for column in zip(*rounds, strict=True))
    return own, bare, same


def ratio(*, warm: bool = True) -> float:
    """Return the ratio of our inverse kinematics to the bare call (target: at most 1.5)."""
    own, bare, _ = measure(warm=warm)
    return own / bare


if __name__ == "__main__":
    for warm in (True, False):
        own, bare, same = measure(warm=warm)
        print(
            f"{'warm' if warm else 'random'} targets: own {own * 1e6:.1f} µs, bare {bare * 1e6:.1f} µs, "
            f"bare with our tolerance {same * 1e6:.1f} µs: ratio {own / bare:.2f}, {own / same:.2f}"
        )
