"""Sleep of loose bodies: the engine leaves out a body that rests, until something touches it.

An awake box costs ten times as much per step as a sleeping one. The engine wakes a sleeping body when a moving loose
body or an arm touches it. It does not do so when a fixed body is moved, or when a belt starts; these cases are here.
"""

from __future__ import annotations

from collections.abc import Iterable

from cellkit_sim.bullet import Client

RESTING = 1e-4
"""Sum of the squared speed (m²/s²) and angular speed (rad²/s²) below which a body rests: 10 mm/s, or 10 mrad/s.

A standing box trembles with up to 2.3 mrad/s. A body sleeps after 2 s of rest, which is a
constant of the engine.
"""
WAKE_EVERY = 1.0
"""Time (s) between two calls of ``wake_touching`` for bodies that must not sleep: half of the engine's 2 s."""
NEAR = 0.005
"""Distance (m) within which a body counts as a neighbour of another one."""


class SleepingBodies:
    """The loose bodies that may sleep, by their number in PyBullet."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._bodies: set[int] = set()

    def add(self, body: int) -> None:
        """Let a loose body sleep when it rests."""
        self._bodies.add(body)
        self.hold_awake(body, False)
        self._client.p.changeDynamics(body, -1, sleepThreshold=RESTING, physicsClientId=self._client.id)

    def remove(self, body: int) -> None:
        """Forget a body that is removed from the world."""
        self._bodies.discard(body)

    def hold_awake(self, body: int, awake: bool) -> None:
        """Forbid a body to sleep, or allow it again; in both cases the body is awake now."""
        if body in self._bodies:
            p = self._client.p
            state = p.ACTIVATION_STATE_DISABLE_SLEEPING if awake else p.ACTIVATION_STATE_ENABLE_SLEEPING
            p.changeDynamics(
                body, -1, activationState=state | p.ACTIVATION_STATE_WAKE_UP, physicsClientId=self._client.id
            )

    def wake_touching(self, bodies: Iterable[int]) -> None:
        """Wake all that touches one of some bodies, and begin their 2 s of rest anew."""
        for body in bodies:
            points = self._client.p.getContactPoints(bodyA=body, physicsClientId=self._client.id)
            self._wake({point[2] for point in points})

    def wake_near(self, body: int) -> None:
        """Wake a body and its neighbours: a fixed body comes or goes, so their support may change."""
        p, cid = self._client.p, self._client.id
        found: set[int] = {body}
        for link in range(-1, p.getNumJoints(body, physicsClientId=cid)):
            low, high = p.getAABB(body, link, physicsClientId=cid)
            reach = [x - NEAR for x in low], [x + NEAR for x in high]
            found |= {number for number, _ in p.getOverlappingObjects(*reach, physicsClientId=cid) or ()}
        self._wake(found)

    def _wake(self, bodies: set[int]) -> None:
        p, cid = self._client.p, self._client.id
        for body in sorted(bodies & self._bodies):
            p.changeDynamics(body, -1, activationState=p.ACTIVATION_STATE_WAKE_UP, physicsClientId=cid)
