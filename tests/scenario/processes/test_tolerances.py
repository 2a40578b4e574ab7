"""Tolerances of a scenario file: their defaults, and refused values."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from cellkit.scenario.tolerances import Tolerances


def test_what_is_not_given_is_three_millimetres_and_five_degrees() -> None:
    assert Tolerances() == Tolerances(position=0.003, height=0.003, angle_deg=5.0)
    assert Tolerances(height=0.001).position == 0.003


@pytest.mark.parametrize("key", ["position", "height", "angle_deg"])
@pytest.mark.parametrize("value", [0.0, -0.001, float("nan"), float("inf"), "3 mm", None])
def test_what_they_cannot_be(key: str, value: object) -> None:
    with pytest.raises(ValidationError, match=key):
        Tolerances(**{key: value})


def test_there_are_no_others() -> None:
    with pytest.raises(ValidationError, match="tilt"):
        Tolerances(tilt=1.0)  # type: ignore[call-arg]
