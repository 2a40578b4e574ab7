"""Cached values equal computed ones, are bounded in number, and cannot be changed by a caller."""

from __future__ import annotations

import numpy as np
import pytest

from cellkit.errors import Unreachable
from cellkit.models.load import load_arm
from cellkit.motion.kinematics import REMEMBERED, ArmKinematics
from cellkit.motion.lru_cache import LruCache


def test_the_ones_last_asked_for_are_kept() -> None:
    kept: LruCache[int, str] = LruCache(2)
    made: list[int] = []

    def get(key: int) -> str:
        def make() -> str:
            made.append(key)
            return str(key)

        return kept.get(key, make)

    assert [get(key) for key in (1, 2, 1, 3, 1, 2)] == ["1", "2", "1", "3", "1", "2"]
    assert made == [1, 2, 3, 2]
    assert len(kept) == 2


def test_what_cannot_be_made_is_not_kept() -> None:
    kept: LruCache[int, str] = LruCache(2)
    with pytest.raises(ZeroDivisionError):
        kept.get(1, lambda: str(1 / 0))
    assert kept.get(1, lambda: "one") == "one"


@pytest.mark.parametrize("arm", ["ur5e", "fr3"])
def test_a_solution_that_comes_again_has_the_bits_of_the_first(arm: str) -> None:
    model = load_arm(arm)
    kinematics = ArmKinematics(model)
    home = np.array(model.home)
    target = kinematics.forward(home + 0.2)
    first = kinematics.inverse(target, home)
    expected = first.tobytes()
    first[:] = 0.0  # the array belongs to its caller
    assert kinematics.inverse(target.copy(), home.tolist()).tobytes() == expected
    assert ArmKinematics(model).inverse(target, home).tobytes() == expected, "independent of earlier calls"
    assert len(kinematics._solutions) == 1
    kinematics.inverse(target, home, seed=1)
    kinematics.inverse(target, home, candidates=3)
    kinematics.inverse(target, home + 1e-15)
    assert len(kinematics._solutions) == 4, "every difference is a new key"


def test_no_more_solutions_are_kept_than_said_and_no_failures() -> None:
    model = load_arm("ur5e")
    kinematics = ArmKinematics(model)
    home = np.array(model.home)
    target = kinematics.forward(home)
    for number in range(REMEMBERED + 10):
        kinematics.inverse(target, home + 1e-5 * number)
    assert len(kinematics._solutions) == REMEMBERED
    away = target.copy()
    away[0, 3] += 10.0
    for _ in range(2):
        with pytest.raises(Unreachable):
            kinematics.inverse(away, home)
    assert len(kinematics._solutions) == REMEMBERED
