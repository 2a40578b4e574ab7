"""The tightening curve: friction, the seat, the rise; and two flaws that torque over angle must show."""

from __future__ import annotations

import random

import pytest

from cellkit.scenario.processes.screw_joint import CROSSED_AT, Flaw, ScrewJoint

SEAT, TARGET = 8.0, 3.0


def joint(flaw: Flaw | None = None, seed: int = 1) -> ScrewJoint:
    return ScrewJoint.drawn(SEAT, TARGET, random.Random(seed), flaw)


def tight_at(one: ScrewJoint, target: float = TARGET) -> float | None:
    return next((turns / 100 for turns in range(1600) if one.torque(turns / 100) >= target), None)


@pytest.mark.parametrize("seed", range(20))
def test_a_good_one_is_tight_soon_after_its_seat(seed: int) -> None:
    one = joint(seed=seed)
    assert one.torque(1.0) == one.torque(one.seat) == one.friction < 0.15 * TARGET
    tight = tight_at(one)
    assert tight is not None
    assert SEAT * 0.98 <= one.seat < tight < one.seat + 0.25


@pytest.mark.parametrize("seed", range(20))
def test_a_crossed_one_is_tight_long_before(seed: int) -> None:
    one = joint(Flaw.CROSSED, seed)
    assert one.torque(CROSSED_AT[0]) == one.friction
    tight = tight_at(one)
    assert tight is not None
    assert tight < 3.0


@pytest.mark.parametrize("seed", range(20))
def test_a_stripped_one_never_is(seed: int) -> None:
    one = joint(Flaw.STRIPPED, seed)
    assert tight_at(one) is None
    assert tight_at(one, TARGET * 0.4) is not None, "it gives way only under load"


def test_chance_goes_by_the_seed() -> None:
    assert joint(seed=3) == joint(seed=3) != joint(seed=4)
