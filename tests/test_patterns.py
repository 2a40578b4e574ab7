"""Pallet patterns: no box over the edge, none in another, as many as claimed, and layers that bind."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellkit.geometry import Pose
from cellkit.patterns import (
    EUR_PALLET,
    Layer,
    Size,
    Spot,
    binding,
    brick,
    clearance,
    columns,
    coverage,
    interlocking,
    layer_above,
    overhang,
    pinwheel,
    stack,
)

DECK = EUR_PALLET[:2]
HAIR = 1e-9
FEW = settings(max_examples=40, deadline=None)
side = st.floats(0.12, 0.85)
boxes = st.tuples(side, side)
gaps = st.sampled_from([0.0, 0.004, 0.02])


@pytest.mark.parametrize("pattern", [columns, brick, pinwheel, interlocking])
@FEW
@given(box=boxes, gap=gaps, deck=st.tuples(st.floats(0.4, 1.3), st.floats(0.4, 1.3)))
def test_no_box_overhangs_or_meets_another(
    pattern: Callable[[Size, Size, float], Layer], box: Size, gap: float, deck: Size
) -> None:
    layer = pattern(deck, box, gap)
    if not layer:
        return
    assert overhang(layer, deck, box) <= HAIR
    assert clearance(layer, box) >= gap - HAIR
    assert 0.0 < coverage(layer, deck, box) <= 1.0 + HAIR


@FEW
@given(box=boxes, gap=gaps)
def test_interlocking_holds_the_most_and_binds_no_worse(box: Size, gap: float) -> None:
    chosen = interlocking(DECK, box, gap)
    others = [pattern(DECK, box, gap) for pattern in (columns, brick, pinwheel)]
    assert len(chosen) == max(map(len, others))
    bound = binding(chosen, layer_above(chosen, box), box)
    assert all(bound >= binding(other, layer_above(other, box), box) for other in others if len(other) == len(chosen))


@FEW
@given(box=boxes, gap=gaps, layers=st.integers(1, 4))
def test_a_stack_alternates_and_stays_on_the_pallet(box: Size, gap: float, layers: int) -> None:
    layer = interlocking(DECK, box, gap)
    if not layer:
        return
    stacked = stack(layer, box, layers)
    assert len(stacked) == layers
    assert stacked[::2] == [layer] * math.ceil(layers / 2)
    for one in stacked:
        assert len(one) == len(layer)
        assert overhang(one, DECK, box) <= HAIR
        assert clearance(one, box) >= gap - HAIR


@pytest.mark.parametrize(
    ("box", "count", "covered", "bound"),
    [
        ((0.6, 0.4), 4, 1.0, 0.0),  # four quarters of the pallet: there is no other way
        ((0.4, 0.3), 8, 1.0, 0.0),
        ((0.3, 0.2), 16, 1.0, 1.0),
        ((0.5, 0.3), 6, 0.9375, 1.0),
        ((0.8, 0.4), 3, 1.0, 1.0),  # two lengthwise, one across: turned by half, the joints lie elsewhere
    ],
)
def test_known_boxes_on_a_eur_pallet(box: Size, count: int, covered: float, bound: float) -> None:
    layer = interlocking(DECK, box)
    assert len(layer) == count
    assert coverage(layer, DECK, box) == pytest.approx(covered)
    assert binding(layer, layer_above(layer, box), box) == bound


def test_a_pinwheel_leaves_its_middle_free_and_binds_when_mirrored() -> None:
    layer = pinwheel((0.8, 0.8), (0.5, 0.3))
    assert len(layer) == 4
    assert sorted(spot.turned for spot in layer) == [False, False, True, True]
    assert all(
        low_x > 0 or high_x < 0 or low_y > 0 or high_y < 0
        for low_x, low_y, high_x, high_y in (spot.footprint((0.5, 0.3)) for spot in layer)
    )
    turned = tuple(Spot(-spot.x, -spot.y, spot.turned) for spot in layer)
    assert binding(layer, turned, (0.5, 0.3)) == 0.0
    assert binding(layer, layer_above(layer, (0.5, 0.3)), (0.5, 0.3)) == 1.0


def test_what_is_too_large_finds_no_place() -> None:
    assert columns(DECK, (1.3, 0.9)) == brick(DECK, (1.3, 0.9)) == pinwheel(DECK, (1.3, 0.9)) == ()
    assert interlocking(DECK, (1.3, 0.9)) == ()
    assert columns(DECK, (0.9, 1.3)) == ()
    assert len(columns(DECK, (0.8, 1.2))) == 1, "turned it fits"


def test_a_spot_in_the_world() -> None:
    deck = Pose.from_rpy((1.0, 2.0, 0.5), (0.0, 0.0, math.pi / 2), frame="world")
    pose = Spot(0.3, 0.1, turned=True).pose(deck, 0.2)
    assert pose.position.tolist() == pytest.approx([0.9, 2.3, 0.7])
    assert pose.rpy[2] == pytest.approx(math.pi)
