"""Joint motions whose speed is stated for the joint that turns furthest."""

from __future__ import annotations

import pytest

from cellkit.motion.leading_joint import leading_angle, of_leading_joint, share_of_limits


def test_the_leading_joint_turns_furthest() -> None:
    """The second joint turns furthest, the first one needs longest: half its limit is 0.75 rad/s of the second."""
    assert leading_angle((0, 0, 0), (1.0, -1.5, 0)) == 1.5
    assert of_leading_joint((0, 0, 0), (1.0, 1.5, 0), (1.0, 2.0, 1.0), 0.5) == pytest.approx(0.75)
    assert share_of_limits((0, 0, 0), (1.0, 1.5, 0), (1.0, 2.0, 1.0), 0.75) == pytest.approx(0.5)
    assert share_of_limits((0, 0, 0), (1.0, 1.5, 0), (1.0, 2.0, 1.0), 9.0) == 1.0
    assert of_leading_joint((0, 0), (0, 0), (1.0, 2.0), 0.5) == 0.5
    assert share_of_limits((0, 0), (0, 0), (1.0, 2.0), 0.5) == 0.5
