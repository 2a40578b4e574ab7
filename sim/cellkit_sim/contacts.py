"""Watches arms for contact with what they may not touch."""

from __future__ import annotations

from collections.abc import Callable

from cellkit.controller.world import Contact, WorldEvent
from cellkit_sim.bullet import Client
from cellkit_sim.physics_arm import PhysicsArm

GAP = 0.25
"""s without contact after which the next contact of the same pair is a new collision."""


class CollisionWatch:
    """Counts collisions as episodes of one arm and one other thing, whichever links take part.

    Allowed: the base on what it stands on, fingers and cup on parts, neighbouring links of one arm.
    """

    def __init__(self, client: Client, report: Callable[[WorldEvent], None]) -> None:
        self._client, self._report = client, report
        self._arms: dict[int, PhysicsArm] = {}
        self._soft: dict[int, frozenset[int]] = {}
        self._names: dict[int, str] = {}
        self._parts: set[int] = set()
        self._last_seen: dict[tuple[int, int], float] = {}
        self.count = 0

    def add_arm(self, arm: PhysicsArm) -> None:
        """Watch an arm."""
        self._arms[arm.body] = arm
        self._soft[arm.body] = arm.fingertips | arm.cups

    def add_body(self, number: int, name: str, part: bool) -> None:
        """Know a body by name; parts may be touched with fingers and cup."""
        self._names[number] = name
        if part:
            self._parts.add(number)

    def remove_body(self, number: int) -> None:
        """Forget a body that is gone."""
        self._names.pop(number, None)
        self._parts.discard(number)

    def contacts(self) -> list[Contact]:
        """Every point at which an arm presses on something else now; what its base stands on is left out."""
        found = []
        for body, arm in self._arms.items():
            for point in self._client.p.getContactPoints(bodyA=body, physicsClientId=self._client.id):
                link, other = point[3], point[2]
                if link == -1 or other == body or point[9] <= 0.0:
                    continue
                x, y, z = point[7]
                force = (x * point[9], y * point[9], z * point[9])
                name = f"{arm.name}/{arm.link_names[link]}"
                found.append(Contact(name, self._name(other, point[4]), point[6], force))
        return found

    def _name(self, body: int, link: int) -> str:
        against = self._arms.get(body)
        return self._names.get(body, "?") if against is None else f"{against.name}/{against.link_names[link]}"

    def check(self, time: float) -> None:
        """Look at the contacts after a step at ``time`` (s)."""
        get, cid, parts = self._client.p.getContactPoints, self._client.id, self._parts
        for body, arm in self._arms.items():
            points = get(bodyA=body, physicsClientId=cid)
            if not points:
                continue
            soft = self._soft[body]
            for point in points:
                other, link = point[2], point[3]
                if other in parts and link in soft:
                    continue
                if (link == -1 and other != body) or (point[8] > 0.0 and point[9] <= 0.0):
                    continue
                self._touch(arm, link, other, point[4], point[8], point[9], time)

    def _touch(
        self, arm: PhysicsArm, link: int, other: int, other_link: int, distance: float, force: float, time: float
    ) -> None:
        pair = (min(arm.body, other), max(arm.body, other))
        seen = self._last_seen.get(pair)
        self._last_seen[pair] = time
        if seen is not None and time - seen < GAP:
            return
        self.count += 1
        against = self._arms.get(other)
        name = self._names.get(other, "?") if against is None else f"{against.name}.{against.link_names[other_link]}"
        detail = f"depth {max(0.0, -distance) * 1e3:.1f} mm, force {force:.0f} N"
        self._report(WorldEvent(time, "collision", f"{arm.name}.{arm.link_names[link]}", name, detail))
