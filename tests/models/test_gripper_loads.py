"""A gripper as a load of the arm, turned or with plates behind it: mass, centre, inertia, TCP, flange."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cellkit.devices import Tool
from cellkit.masses import six
from cellkit.models.gripper import ParallelGripperModel, VacuumGripperModel, with_spacer
from cellkit.models.load import load_gripper

JAWS = load_gripper("2f-85")
HAND = load_gripper("franka-hand")
GRIPPERS = ["2f-140", "2f-85", "franka-hand", "rg2", "rg6", "vacuum", "vg10", "wsg-50"]


def test_without_figures_of_its_own_a_gripper_resists_turning_as_an_even_box_does() -> None:
    load = JAWS.load()
    assert load.mass == 0.925
    np.testing.assert_allclose(load.centre_of_gravity, [0, 0, 0.058])
    across, along = 0.925 / 12 * (0.075**2 + 0.163**2), 0.925 / 12 * 2 * 0.075**2  # as long as to the tcp
    assert six(load.inertia) == pytest.approx([across, 0, 0, across, 0, along])


def test_figures_of_its_own_are_taken() -> None:
    assert HAND.inertia is not None
    assert six(HAND.own_load().inertia) == pytest.approx(HAND.inertia)


def test_a_hand_bolted_on_at_45_degrees() -> None:
    assert HAND.turn == pytest.approx(math.pi / 4)
    load = HAND.load()
    np.testing.assert_allclose(load.centre_of_gravity, [0.0109 * math.sqrt(0.5), 0.0109 * math.sqrt(0.5), 0.0256])
    xx, yy, xz = 0.000507, 0.002088, 0.000018
    leaning = xz * math.sqrt(0.5)
    assert six(load.inertia) == pytest.approx([(xx + yy) / 2, (xx - yy) / 2, leaning, (xx + yy) / 2, leaning, 0.001765])
    tcp = Tool.of_gripper(HAND).tcp
    assert tcp.frame == "flange"
    np.testing.assert_allclose(tcp.position, [0, 0, 0.1034])
    np.testing.assert_allclose(tcp.rpy, [0, 0, math.pi / 4], atol=1e-12)
    # The jaws close along x of the gripper: along the diagonal of the flange.
    np.testing.assert_allclose(tcp.rotation[:, 0], [math.sqrt(0.5), math.sqrt(0.5), 0], atol=1e-12)


@pytest.mark.parametrize("name", GRIPPERS)
def test_the_tool_is_what_the_model_says(name: str) -> None:
    model = load_gripper(name)
    tool = Tool.of_gripper(model)
    assert tool.name == name
    assert tool.load.mass == model.mass.known()
    assert tool.flange_code == model.flange_code.value
    assert float(np.linalg.norm(tool.load.centre_of_gravity)) == pytest.approx(
        float(np.linalg.norm(model.centre_of_gravity))
    )
    assert tool.tcp.position[2] == model.tcp


def test_a_plate_behind_a_gripper() -> None:
    mounted = with_spacer(JAWS, 0.010, 0.12, "31.5-4-M5")
    assert mounted.mass.known() == pytest.approx(1.045)
    centre = (0.12 * 0.005 + 0.925 * 0.068) / 1.045
    np.testing.assert_allclose(mounted.centre_of_gravity, [0, 0, centre])
    plate_across, plate_along = 0.12 / 12 * (0.075**2 + 0.010**2), 0.12 / 12 * 2 * 0.075**2
    own_across, own_along = 0.925 / 12 * (0.075**2 + 0.163**2), 0.925 / 12 * 2 * 0.075**2
    levers = 0.12 * (centre - 0.005) ** 2 + 0.925 * (0.068 - centre) ** 2
    across = plate_across + own_across + levers
    assert mounted.inertia == pytest.approx([across, 0, 0, across, 0, plate_along + own_along])
    assert mounted.tcp == pytest.approx(0.173)
    assert mounted.body_size == pytest.approx([0.075, 0.075, 0.108])
    assert mounted.flange_code.value == "31.5-4-M5"
    # It grips as before, and the shipped model is as it was.
    assert isinstance(mounted, ParallelGripperModel)
    assert isinstance(JAWS, ParallelGripperModel)
    assert mounted.finger_size == JAWS.finger_size
    assert mounted.stroke == JAWS.stroke
    assert JAWS.mass.known() == 0.925
    assert JAWS.flange_code.value == "50-4-M6"


def test_fingers_stay_where_they_are_on_the_body() -> None:
    """The fingers begin at the end of the body, so the body must grow by as much as the TCP."""
    mounted = with_spacer(JAWS, 0.033, 0.3, None)
    assert mounted.tcp - mounted.body_size[2] == pytest.approx(JAWS.tcp - JAWS.body_size[2])
    assert mounted.flange_code.value is None


def test_two_plates_one_after_the_other_are_both_there() -> None:
    at_once = with_spacer(JAWS, 0.020, 0.24, None)
    stepwise = with_spacer(with_spacer(JAWS, 0.010, 0.12, None), 0.010, 0.12, None)
    assert stepwise.mass.known() == pytest.approx(at_once.mass.known())
    np.testing.assert_allclose(stepwise.centre_of_gravity, at_once.centre_of_gravity)
    assert stepwise.inertia == pytest.approx(at_once.inertia)
    assert stepwise.tcp == pytest.approx(at_once.tcp)


def test_a_plate_behind_a_turned_hand_turns_with_it() -> None:
    mounted = with_spacer(HAND, 0.010, 0.2, "50-4-M6")
    assert mounted.turn == HAND.turn
    share = 0.7126 / 0.9126
    centre = mounted.load().centre_of_gravity
    np.testing.assert_allclose(centre[:2], [0.0109 * share * math.sqrt(0.5)] * 2)
    assert centre[2] == pytest.approx((0.2 * 0.005 + 0.7126 * 0.0356) / 0.9126)
    np.testing.assert_allclose(Tool.of_gripper(mounted).tcp.position, [0, 0, 0.1134])
    np.testing.assert_allclose(
        np.linalg.eigvalsh(mounted.load().inertia), np.linalg.eigvalsh(mounted.own_load().inertia)
    )


def test_a_plate_behind_a_cup() -> None:
    cup = load_gripper("vacuum")
    mounted = with_spacer(cup, 0.02, 0.1, None)
    assert isinstance(mounted, VacuumGripperModel)
    assert isinstance(cup, VacuumGripperModel)
    assert mounted.holding_force() == cup.holding_force()
    assert mounted.tcp == pytest.approx(0.14)
    assert mounted.mass.known() == pytest.approx(0.4)
