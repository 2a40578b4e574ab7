"""Patterns of boxes on a pallet: layers, and how layers bind. Plain geometry, in m.

A layer lies in the plane of the pallet's deck, x along its length, the origin in its middle. No box overhangs the deck,
and boxes stand at least ``gap`` apart.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

from cellkit.geometry import Pose

EUR_PALLET = (1.200, 0.800, 0.144)
"""Length, width and height of a EUR pallet in m."""
_HAIR = 1e-9

Size = tuple[float, float]
Footprint = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Spot:
    """The place of the middle of one box.

    A box that is ``turned`` by a quarter has its x side along the deck's y.
    """

    x: float
    y: float
    turned: bool = False

    def footprint(self, box: Size) -> Footprint:
        """Return the lowest x and y and the highest x and y of a box of size x, y."""
        along, across = (box[1], box[0]) if self.turned else box
        return self.x - along / 2, self.y - across / 2, self.x + along / 2, self.y + across / 2

    def pose(self, deck: Pose, height: float) -> Pose:
        """Return the pose of a box ``height`` m above ``deck``, the pose of the middle of the deck's top."""
        return deck @ Pose.from_rpy((self.x, self.y, height), (0.0, 0.0, math.pi / 2 if self.turned else 0.0))


Layer = tuple[Spot, ...]


def columns(deck: Size, box: Size, gap: float = 0.0) -> Layer:
    """Return rows of boxes that all have the same orientation, the one that holds more.

    Such layers do not bind.
    """
    return max((_block(deck, box, gap, turned) for turned in (False, True)), key=len)


def brick(deck: Size, box: Size, gap: float = 0.0) -> Layer:
    """Return two blocks side by side, the boxes of one turned against those of the other, that hold the most boxes.

    Of divisions that hold as many, the most uneven one is chosen: turned by half, it covers its own joint. Empty where
    no division exists.
    """
    whole = (*_bricks(deck, box, gap), *(_quarter(bricks) for bricks in _bricks((deck[1], deck[0]), box, gap)))
    return max(whole, key=lambda layer: (len(layer), _unevenness(layer)), default=())


def pinwheel(deck: Size, box: Size, gap: float = 0.0) -> Layer:
    """Return four blocks around a middle that may stay free, each turned against its neighbours.

    The pattern that holds the most boxes is chosen; empty where none exists. Mirrored, it covers its own joints.
    """
    return max(_pinwheels(deck, box, gap), key=len, default=())


def interlocking(deck: Size, box: Size, gap: float = 0.0) -> Layer:
    """Return the pattern that holds the most boxes; of equal ones the one whose layers bind best."""
    patterns = (columns(deck, box, gap), brick(deck, box, gap), pinwheel(deck, box, gap))
    return max(patterns, key=lambda layer: (len(layer), binding(layer, layer_above(layer, box), box)))


def layer_above(layer: Layer, box: Size) -> Layer:
    """Return the same layer unchanged, turned by half, or mirrored, whichever binds best with the one below."""
    turned = tuple(Spot(-spot.x, -spot.y, spot.turned) for spot in layer)
    mirrored = tuple(Spot(-spot.x, spot.y, spot.turned) for spot in layer)
    return max((layer, turned, mirrored), key=lambda above: binding(layer, above, box))


def stack(layer: Layer, box: Size, layers: int) -> list[Layer]:
    """Return ``layers`` layers from the lowest on; every second one is laid so that it binds best with the first."""
    above = layer_above(layer, box)
    return [above if number % 2 else layer for number in range(layers)]


def binding(below: Layer, above: Layer, box: Size) -> float:
    """Return the share (0 to 1) of the boxes above that rest on more than one box below."""
    lower, upper = ([spot.footprint(box) for spot in layer] for layer in (below, above))
    resting = [sum(_overlap(box_above, box_below) > _HAIR for box_below in lower) for box_above in upper]
    return sum(count > 1 for count in resting) / len(resting) if resting else 0.0


def coverage(layer: Layer, deck: Size, box: Size) -> float:
    """Return the share (0 to 1) of the deck that boxes stand on."""
    return len(layer) * box[0] * box[1] / (deck[0] * deck[1])


def overhang(layer: Layer, deck: Size, box: Size) -> float:
    """Return how far (m) the boxes reach over the deck's edges; 0 or less: no box does."""
    corners = [spot.footprint(box) for spot in layer]
    return max(max(-deck[0] / 2 - a, -deck[1] / 2 - b, c - deck[0] / 2, d - deck[1] / 2) for a, b, c, d in corners)


def clearance(layer: Layer, box: Size) -> float:
    """Return the smallest distance (m) between the sides of two boxes; less than 0: they overlap."""
    pairs = combinations([spot.footprint(box) for spot in layer], 2)
    return min((max(a[0] - b[2], b[0] - a[2], a[1] - b[3], b[1] - a[3]) for a, b in pairs), default=math.inf)


def _overlap(a: Footprint, b: Footprint) -> float:
    """Return the area (m²) that two footprints share."""
    x, y = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    return x * y if x > 0.0 and y > 0.0 else 0.0


def _room(length: float, side: float, gap: float) -> int:
    """Return how many boxes with this side stand along a length."""
    return max(0, int((length + gap + _HAIR) / (side + gap)))


def _block(area: Size, box: Size, gap: float, turned: bool) -> Layer:
    """Return as many boxes of one orientation as the area holds, in its middle."""
    along, across = (box[1], box[0]) if turned else box
    count = _room(area[0], along, gap), _room(area[1], across, gap)
    return _grid(count, (along + gap, across + gap), (0.0, 0.0), turned)


def _grid(count: tuple[int, int], pitch: Size, middle: Size, turned: bool) -> Layer:
    xs = [middle[0] + (column - (count[0] - 1) / 2) * pitch[0] for column in range(count[0])]
    ys = [middle[1] + (row - (count[1] - 1) / 2) * pitch[1] for row in range(count[1])]
    return tuple(Spot(x, y, turned) for y in ys for x in xs)


def _bricks(deck: Size, box: Size, gap: float) -> Iterable[Layer]:
    """Yield two blocks beside each other along x, for every division of the deck's length."""
    for number in range(1, _room(deck[0], box[0], gap) + 1):
        length = number * (box[0] + gap)
        left, right = (
            _block((length - gap, deck[1]), box, gap, False),
            _block((deck[0] - length, deck[1]), box, gap, True),
        )
        if left and right:
            yield _centred([*_shifted(left, (length - gap) / 2), *_shifted(right, (length + deck[0]) / 2)], box)


def _pinwheels(deck: Size, box: Size, gap: float) -> Iterable[Layer]:
    """Yield blocks a, b, a, b, anticlockwise from the lower left: a unturned and b turned, or reversed."""
    for first in (False, True):
        length, width = (box[1], box[0]) if first else box
        for columns_a in range(1, _room(deck[0], length, gap) + 1):
            for rows_a in range(1, _room(deck[1], width, gap) + 1):
                a = columns_a * (length + gap), rows_a * (width + gap)
                columns_b, rows_b = _room(deck[0] - a[0], width, gap), _room(deck[1] - a[1], length, gap)
                b = columns_b * (width + gap), rows_b * (length + gap)
                if not columns_b or not rows_b or (a[0] > b[0] + _HAIR and a[1] > b[1] + _HAIR):
                    continue
                if b[0] > a[0] + _HAIR and b[1] > a[1] + _HAIR:
                    continue
                x, y = (a[0] + b[0]) / 2, (a[1] + b[1]) / 2
                one = _grid((columns_a, rows_a), (length + gap, width + gap), (a[0] / 2 - x, a[1] / 2 - y), first)
                two = _grid((columns_b, rows_b), (width + gap, length + gap), (x - b[0] / 2, b[1] / 2 - y), not first)
                yield (*one, *two, *(Spot(-spot.x, -spot.y, spot.turned) for spot in (*one, *two)))


def _quarter(layer: Layer) -> Layer:
    return tuple(Spot(-spot.y, spot.x, not spot.turned) for spot in layer)


def _shifted(layer: Layer, x: float) -> Layer:
    return tuple(Spot(spot.x + x, spot.y, spot.turned) for spot in layer)


def _centred(spots: Iterable[Spot], box: Size) -> Layer:
    spots = tuple(spots)
    prints = [spot.footprint(box) for spot in spots]
    x = (min(one[0] for one in prints) + max(one[2] for one in prints)) / 2
    y = (min(one[1] for one in prints) + max(one[3] for one in prints)) / 2
    return tuple(Spot(spot.x - x, spot.y - y, spot.turned) for spot in spots)


def _unevenness(layer: Layer) -> int:
    turned = sum(spot.turned for spot in layer)
    return abs(len(layer) - 2 * turned)
