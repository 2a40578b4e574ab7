"""Finds out when nothing can touch, so that steps may be longer and held parts may be tied."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from cellkit_sim.clearance import Clearance
from cellkit_sim.physics_arm import PhysicsArm
from cellkit_sim.physics_bodies import PhysicsBody, PhysicsConveyor
from cellkit_sim.physics_jaws import PhysicsJaws
from cellkit_sim.physics_sensors import PhysicsProximity
from cellkit_sim.physics_suction import PhysicsSuction

FREE_TICKS = 2
"""Ticks that a step lasts while nothing can touch."""
LOOK_EVERY = 8
"""Ticks between two looks, a multiple of ``FREE_TICKS``."""


@dataclass
class FreeMotion:
    """The state of what can touch, from the last look until the next one. The lists are those of the world."""

    clearance: Clearance
    loose: Callable[[], Iterable[PhysicsBody]]
    number_of: Callable[[str], int]
    """Returns the PyBullet number of a body."""
    hands: dict[str, list[PhysicsJaws | PhysicsSuction]]
    """The grippers of each arm, by its name."""
    arms: list[PhysicsArm] = field(default_factory=list)
    belts: list[PhysicsConveyor] = field(default_factory=list)
    beams: list[PhysicsProximity] = field(default_factory=list)
    _clear: bool = False

    def ticks(self) -> int:
        """Return the ticks of the next step. It depends on the world alone: waiting for a timer changes nothing."""
        return FREE_TICKS if self._clear and self._nothing_acts() else 1

    def disturb(self) -> None:
        """Make steps of one tick up to the next look, since bodies have changed."""
        self._clear = False

    def after_step(self, tick: int, ticks: int) -> None:
        """Look around, every ``LOOK_EVERY`` ticks. ``ticks``: those of the step that ended at ``tick``."""
        if ticks == 1:
            self.disturb()
        if tick % LOOK_EVERY == 0:
            self._tie_parts(tick)
            self._clear = self._nothing_acts() and self._all_clear(tick)

    def _nothing_acts(self) -> bool:
        """Return whether no gripper, belt or sensor acts that needs steps of one tick."""
        return not (
            any(hand.busy for hands in self.hands.values() for hand in hands)
            or any(belt.moving for belt in self.belts)
            or any(beam.watched for beam in self.beams)
        )

    def _tie_parts(self, tick: int) -> None:
        """Tie the held parts that nothing is near, and untie the others."""
        hands = [hand for hands in self.hands.values() for hand in hands if isinstance(hand, PhysicsJaws)]
        holding = [(hand, hand.held) for hand in hands if hand.held is not None and hand.settled]
        if holding:
            for arm in self.arms:
                self.clearance.look(arm.body, arm.moving_links, tick)
        for hand, part in holding:
            links = self.clearance.links_of(part)
            if self.clearance.is_near(part, links, (hand.arm.body,), tick, others_come=True):
                hand.untie()
            else:
                hand.tie()

    def _all_clear(self, tick: int) -> bool:
        """Return whether neither an arm nor a held part is near a body, and all other loose bodies rest."""
        clear, held = True, set[int]()
        for arm in self.arms:
            parts = [part for part in map(self._held_by, self.hands.get(arm.name, ())) if part is not None]
            held.update(parts)
            moving = {arm.body: arm.moving_links, **{part: self.clearance.links_of(part) for part in parts}}
            for body, links in moving.items():
                clear = not self.clearance.is_near(body, links, moving, tick) and clear
        # What rested at the last look moves only if something has touched it, in steps of one tick.
        return clear and (self._clear or all(body.rests() for body in self.loose() if body.id not in held))

    def _held_by(self, hand: PhysicsJaws | PhysicsSuction) -> int | None:
        return self.number_of(hand.held) if isinstance(hand.held, str) else hand.held
