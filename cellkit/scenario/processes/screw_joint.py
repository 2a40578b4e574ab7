"""Torque over angle of one screw: run-down against friction, the seat, the rise to the target; and its flaws.

The shape is that of any tightening curve; all figures are those of the scenario file, none is a vendor's.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import Enum

CROSSED_AT = (0.8, 1.4)
"""Turns at which a crossed thread jams."""
CROSSED_RISE = 0.3
"""Share of the usual rise (N m per turn) at which a crossed thread jams."""
STRIPPED_AT = 0.5
"""Share of the target torque at which a stripping thread gives way."""
NOISE = 0.005
"""Standard deviation of the torque signal, as a share of the target."""


class Flaw(Enum):
    """The flaw of a thread."""

    CROSSED = "crossed"
    STRIPPED = "stripped"


@dataclass(frozen=True, slots=True)
class ScrewJoint:
    """A screw joint.

    ``seat``: turns from the thread's beginning until the head sits. Torques in N m, ``rise`` in N m per turn.
    """

    seat: float
    friction: float
    rise: float
    target: float
    flaw: Flaw | None = None
    jams: float = 0.0

    @classmethod
    def drawn(cls, seat: float, target: float, chance: random.Random, flaw: Flaw | None = None) -> ScrewJoint:
        """Return a random joint: friction, stiffness and seat scatter."""
        friction = target * chance.uniform(0.06, 0.14)
        rise = target / chance.uniform(0.12, 0.20)
        return cls(seat * chance.uniform(0.98, 1.02), friction, rise, target, flaw, chance.uniform(*CROSSED_AT))

    def torque(self, turns: float) -> float:
        """Return the torque (N m) that turns the screw further at a number of turns from the thread's beginning."""
        if self.flaw is Flaw.CROSSED and turns > self.jams:
            return self.friction + CROSSED_RISE * self.rise * (turns - self.jams)
        over = max(0.0, turns - self.seat) * self.rise
        if self.flaw is Flaw.STRIPPED and self.friction + over > STRIPPED_AT * self.target:
            return self.friction
        return self.friction + over
