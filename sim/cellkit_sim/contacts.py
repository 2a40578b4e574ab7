"""Detection of forbidden contacts of arms."""

from __future__ import annotations

from collections.abc import Callable

from cellkit.controller.world import Contact, WorldEvent
from cellkit_sim.bullet import Client
from cellkit_sim.physics_arm import PhysicsArm

GAP = 0.25
"""s without contact after which the next contact of the same pair is a new collision."""


class CollisionMonitor:
    """A counter of collisions: one for each period of contact between an arm and another body, with any of their links.

    Allowed contacts: the base with its support, fingers and cup with parts, neighbouring links of one arm.
    """

    def __init__(self, client: Client, report: Callable[[WorldEvent], None]) -> None:
        self._client, self._report = client, report
        self._arms: dict[int, PhysicsArm] = {}
        self._gripping_links: dict[int, frozenset[int]] = {}
        self._names: dict[int, str] = {}
        self._parts: set[int] = set()
        self._last_contact: dict[tuple[int, int], float] = {}
        self.count = 0

    def add_arm(self, arm: PhysicsArm) -> None:
        """Monitor an arm."""
        self._arms[arm.body] = arm
        self._gripping_links[arm.body] = arm.fingertips | arm.cups

    def add_body(self, number: int, name: str, part: bool) -> None:
        """Add a body; fingers and cups may touch a ``part``."""
        self._names[number] = name
        if part:
            self._parts.add(number)

    def remove_body(self, number: int) -> None:
        """Remove a body."""
        self._names.pop(number, None)
        self._parts.discard(number)

    def contacts(self) -> list[Contact]:
        """Return all points at which an arm presses on another body now, except those of its base."""
        contacts = []
        for body, arm in self._arms.items():
            for point in self._client.p.getContactPoints(bodyA=body, physicsClientId=self._client.id):
                link, other = point[3], point[2]
                if link == -1 or other == body or point[9] <= 0.0:
                    continue
                x, y, z = point[7]
                force = (x * point[9], y * point[9], z * point[9])
                name = f"{arm.name}/{arm.link_names[link]}"
                contacts.append(Contact(name, self._name(other, point[4]), point[6], force))
        return contacts

    def _name(self, body: int, link: int) -> str:
        arm = self._arms.get(body)
        return self._names.get(body, "?") if arm is None else f"{arm.name}/{arm.link_names[link]}"

    def check(self, time: float) -> None:
        """Check the contacts after a step that ended at ``time`` (s)."""
        get, cid, parts = self._client.p.getContactPoints, self._client.id, self._parts
        for body, arm in self._arms.items():
            points = get(bodyA=body, physicsClientId=cid)
            if not points:
                continue
            gripping_links = self._gripping_links[body]
            for point in points:
                other, link = point[2], point[3]
                if other in parts and link in gripping_links:
                    continue
                if (link == -1 and other != body) or (point[8] > 0.0 and point[9] <= 0.0):
                    continue
                self._count_contact(arm, link, other, point[4], point[8], point[9], time)

    def _count_contact(
        self, arm: PhysicsArm, link: int, other: int, other_link: int, distance: float, force: float, time: float
    ) -> None:
        pair = (min(arm.body, other), max(arm.body, other))
        last = self._last_contact.get(pair)
        self._last_contact[pair] = time
        if last is not None and time - last < GAP:
            return
        self.count += 1
        other_arm = self._arms.get(other)
        name = self._names.get(other, "?")
        if other_arm is not None:
            name = f"{other_arm.name}.{other_arm.link_names[other_link]}"
        detail = f"depth {max(0.0, -distance) * 1e3:.1f} mm, force {force:.0f} N"
        self._report(WorldEvent(time, "collision", f"{arm.name}.{arm.link_names[link]}", name, detail))
