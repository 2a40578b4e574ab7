"""The room around what moves: whether a link can touch another body soon."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from cellkit_sim.bullet import Client, Vector

GAP = 0.005
"""Distance (m) below which a link counts as near at any speed."""
AHEAD = 2.0
"""Periods between two looks for which the motion is foreseen: up to the next look, and the time to untie a part."""
REACH = 0.1
"""Distance (m) up to which others are foreseen to come: one at 3 m/s gets so far in ``AHEAD`` periods of 1/60 s."""


@dataclass(slots=True)
class _Look:
    """The box around a link at a tick of the world, and how far (m) the link may get in ``AHEAD`` periods."""

    tick: int
    low: Vector
    high: Vector
    travel: float


class Clearance:
    """The room around links and parts, from the boxes of the engine's broad phase, then from exact distances.

    The room that a link needs grows with its motion: that of its box since the last look, or the speed of a loose body.
    """

    def __init__(self, client: Client, floor: int, look_ticks: int, tick: float) -> None:
        self._client, self._floor, self._look_ticks, self._ahead = client, floor, look_ticks, AHEAD * look_ticks * tick
        self._looks: dict[tuple[int, int], _Look] = {}

    def links_of(self, body: int) -> range:
        """Return all links of a body; -1 is its base."""
        return range(-1, self._client.p.getNumJoints(body, physicsClientId=self._client.id))

    def look(self, body: int, links: Iterable[int], tick: int) -> None:
        """Measure the motion of links, so that a body that they come near to is found to be near them."""
        for link in links:
            self._look(body, link, tick)

    def is_near(
        self, body: int, links: Iterable[int], own: Collection[int], tick: int, others_come: bool = False
    ) -> bool:
        """Return whether a link of ``body`` can touch a body not in ``own`` until the next look.

        A link whose speed is unknown, since the last look is long ago, counts as near. ``others_come``: whether others
        may be faster than ``body``.
        """
        coming = REACH if others_come else 0.0
        # A list, not a generator: the next call needs the look at each link.
        near = [self._link_is_near(body, link, own, tick, coming) for link in links]
        return any(near)

    def _link_is_near(self, body: int, link: int, own: Collection[int], tick: int, coming: float) -> bool:
        p, cid, look = self._client.p, self._client.id, self._look(body, link, tick)
        if math.isinf(look.travel):
            return True
        low, high, margin = look.low, look.high, GAP + look.travel
        reach = margin + coming
        found = p.getOverlappingObjects([x - reach for x in low], [x + reach for x in high], physicsClientId=cid)
        for other, other_link in found or ():
            if other == body or other in own or (other == self._floor and low[2] > margin):
                continue
            distance = margin + (min(coming, self._travel_of(other, other_link, tick)) if coming else 0.0)
            if p.getClosestPoints(body, other, distance, link, other_link, physicsClientId=cid):
                return True
        return False

    def _look(self, body: int, link: int, tick: int) -> _Look:
        look = self._looks.get((body, link))
        if look is None or look.tick != tick:
            low, high = self._client.p.getAABB(body, link, physicsClientId=self._client.id)
            look = self._looks[body, link] = _Look(tick, low, high, self._travel(look, low, high, tick))
        return look

    def _travel(self, last: _Look | None, low: Vector, high: Vector, tick: int) -> float:
        if last is None or tick - last.tick > self._look_ticks:
            return math.inf
        moved = max(abs(a - b) for a, b in zip((*low, *high), (*last.low, *last.high), strict=True))
        return AHEAD * moved * self._look_ticks / (tick - last.tick)

    def _travel_of(self, body: int, link: int, tick: int) -> float:
        """Return how far a link may get: by the look at this tick, otherwise by the speed of its body."""
        look = self._looks.get((body, link))
        if look is not None and look.tick == tick:
            return look.travel
        velocity, _ = self._client.p.getBaseVelocity(body, physicsClientId=self._client.id)
        return self._ahead * math.hypot(*velocity)
