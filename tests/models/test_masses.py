"""Loads: added, moved and turned, against the mechanics of simple bodies."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellkit.geometry import Array, rotation_from_rpy
from cellkit.masses import Load, principal, six, symmetric


def same(a: Load, b: Load) -> None:
    assert a.mass == pytest.approx(b.mass)
    np.testing.assert_allclose(a.centre_of_gravity, b.centre_of_gravity, atol=1e-9)
    np.testing.assert_allclose(a.inertia, b.inertia, atol=1e-9)


numbers = st.floats(-0.5, 0.5)
masses = st.floats(0.01, 20.0)


@st.composite
def loads(draw: st.DrawFn) -> Load:
    sides = draw(st.tuples(*[st.floats(0.01, 0.5)] * 3))
    turned = rotation_from_rpy(*draw(st.tuples(*[st.floats(-3, 3)] * 3)))
    return Load.box(draw(masses), sides, (0.0, 0.0, 0.0)).turned(turned).moved(draw(st.tuples(*[numbers] * 3)))


def test_a_box() -> None:
    load = Load.box(6.0, (0.2, 0.3, 0.4), (0.0, 0.0, 0.1))
    # m/12 (a² + b²), each axis with the two others' sides
    np.testing.assert_allclose(np.diag(load.inertia), [0.5 * 0.25, 0.5 * 0.2, 0.5 * 0.13])
    assert not (load.inertia - np.diag(np.diag(load.inertia))).any()
    assert load.centre_of_gravity.tolist() == [0.0, 0.0, 0.1]


def test_two_halves_of_a_box_are_the_box() -> None:
    half = Load.box(1.5, (0.1, 0.2, 0.15), (0.0, 0.0, 0.075))
    same(half + half.moved((0.0, 0.0, 0.15)), Load.box(3.0, (0.1, 0.2, 0.3), (0.0, 0.0, 0.15)))


def test_two_mass_points_are_a_dumbbell() -> None:
    one, other = (Load(2.0, np.array([x, 0.0, 0.0])) for x in (0.3, -0.3))
    both = one + other
    assert both.mass == 4.0
    assert both.centre_of_gravity.tolist() == [0.0, 0.0, 0.0]
    # m d² for each about y and z; nothing about the line that joins them
    np.testing.assert_allclose(both.inertia, np.diag([0.0, 0.36, 0.36]))


def test_the_heavier_one_draws_the_centre() -> None:
    both = Load(3.0, np.array([0.0, 0.0, 0.1])) + Load(1.0, np.array([0.0, 0.0, 0.5]))
    assert both.centre_of_gravity[2] == pytest.approx(0.2)
    # reduced mass 3·1/4 times the distance squared
    np.testing.assert_allclose(both.inertia, np.diag([0.75 * 0.16, 0.75 * 0.16, 0.0]), atol=1e-15)


def test_points_off_the_axes_give_products_of_inertia() -> None:
    both = Load(1.0, np.array([0.1, 0.2, 0.0])) + Load(1.0, np.array([-0.1, -0.2, 0.0]))
    assert six(both.inertia) == pytest.approx([0.08, -0.04, 0.0, 0.02, 0.0, 0.10])


def test_nothing_added_to_a_load_leaves_it() -> None:
    load = Load.box(2.0, (0.1, 0.1, 0.3), (0.01, 0.0, 0.15))
    same(load + Load(), load)
    same(Load() + load, load)
    same(Load() + Load(), Load())


def test_moved_changes_the_place_only() -> None:
    load = Load.box(2.0, (0.1, 0.2, 0.3), (0.0, 0.0, 0.15)).moved((0.1, -0.2, 0.3))
    np.testing.assert_allclose(load.centre_of_gravity, [0.1, -0.2, 0.45])
    np.testing.assert_allclose(load.inertia, Load.box(2.0, (0.1, 0.2, 0.3), (0, 0, 0)).inertia)


def test_a_quarter_turn_about_z_swaps_x_and_y() -> None:
    load = Load.box(12.0, (0.1, 0.2, 0.3), (0.1, 0.0, 0.2))
    turned = load.turned(rotation_from_rpy(0.0, 0.0, math.pi / 2))
    np.testing.assert_allclose(turned.centre_of_gravity, [0.0, 0.1, 0.2], atol=1e-15)
    same(turned, Load.box(12.0, (0.2, 0.1, 0.3), (0.0, 0.1, 0.2)))


def test_an_eighth_turn_gives_products_of_inertia() -> None:
    xx, yy = 0.13, 0.10  # of 12 kg in 0.1 x 0.2 x 0.3 m: 0.2² + 0.3², 0.1² + 0.3²
    turned = Load.box(12.0, (0.1, 0.2, 0.3), (0.0, 0.0, 0.0)).turned(rotation_from_rpy(0.0, 0.0, math.pi / 4))
    assert six(turned.inertia) == pytest.approx([(xx + yy) / 2, (xx - yy) / 2, 0.0, (xx + yy) / 2, 0.0, 0.05])


@given(loads(), loads(), loads())
def test_the_order_does_not_matter(a: Load, b: Load, c: Load) -> None:
    same(a + b, b + a)
    same((a + b) + c, a + (b + c))


@given(loads(), loads(), st.tuples(*[st.floats(-3, 3)] * 3), st.tuples(*[numbers] * 3))
def test_moving_and_turning_both_is_moving_and_turning_their_sum(
    a: Load, b: Load, rpy: tuple[float, float, float], by: tuple[float, float, float]
) -> None:
    rotation = rotation_from_rpy(*rpy)
    same(a.moved(by) + b.moved(by), (a + b).moved(by))
    same(a.turned(rotation) + b.turned(rotation), (a + b).turned(rotation))
    np.testing.assert_allclose(np.linalg.eigvalsh(a.turned(rotation).inertia), np.linalg.eigvalsh(a.inertia), atol=1e-9)


@given(loads(), loads())
def test_a_sum_is_a_body_that_can_exist(a: Load, b: Load) -> None:
    smallest, middle, largest = np.linalg.eigvalsh((a + b).inertia)
    assert smallest > 0
    assert smallest + middle >= largest * (1 - 1e-9)


@pytest.mark.parametrize("mass", [-0.1, math.nan, math.inf])
def test_masses_that_are_none(mass: float) -> None:
    with pytest.raises(ValueError, match="a load of"):
        Load(mass)


@pytest.mark.parametrize(
    ("centre", "inertia"),
    [((0.0, 0.0), np.zeros((3, 3))), ((0.0, 0.0, math.nan), np.zeros((3, 3))), ((0.0, 0.0, 0.0), np.zeros(6))],
)
def test_shapes_and_numbers_are_looked_at(centre: tuple[float, ...], inertia: Array) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Load(1.0, np.array(centre), inertia)


def test_nobody_can_write_into_a_load() -> None:
    load = Load.box(1.0, (0.1, 0.1, 0.1), (0.0, 0.0, 0.0))
    with pytest.raises(ValueError, match="read-only"):
        load.inertia[0, 0] = 9.0
    with pytest.raises(ValueError, match="read-only"):
        load.centre_of_gravity[0] = 9.0


@given(st.lists(st.floats(-10, 10), min_size=6, max_size=6))
def test_six_figures_and_the_matrix(figures: list[float]) -> None:
    matrix = symmetric(figures)
    assert (matrix == matrix.T).all()
    assert six(matrix) == figures
    assert matrix[0].tolist() == figures[:3]
    assert matrix[1, 1:].tolist() == figures[3:5]


@given(loads())
def test_principal_axes_give_the_tensor_back(load: Load) -> None:
    axes, moments = principal(load.inertia)
    np.testing.assert_allclose(axes @ np.diag(moments) @ axes.T, load.inertia, atol=1e-8 * np.abs(load.inertia).max())
    np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-9)
    assert np.linalg.det(axes) == pytest.approx(1.0), "right-handed"
    assert sorted(moments) == pytest.approx(np.linalg.eigvalsh(load.inertia).tolist(), abs=1e-12)


def test_axes_that_are_principal_already_stay_where_they_are() -> None:
    load = Load.box(6.0, (0.4, 0.3, 0.2), (0.0, 0.0, 0.0))  # moments that fall, which a solver would sort
    axes, moments = principal(load.inertia)
    assert np.array_equal(axes, np.eye(3))
    assert moments == np.diag(load.inertia).tolist()


def test_a_slight_turn_turns_the_axes_slightly() -> None:
    turn = rotation_from_rpy(0.1, -0.2, 0.15)
    axes, moments = principal(Load.box(6.0, (0.4, 0.3, 0.2), (0.0, 0.0, 0.0)).turned(turn).inertia)
    np.testing.assert_allclose(axes, turn, atol=1e-9)
    assert moments == pytest.approx([0.065, 0.1, 0.125])
