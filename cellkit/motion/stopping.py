"""The law of stops, for all stop categories (IEC 60204-1): a reaction time at unchanged speed, then a deceleration.

After the reaction time t0 a joint of speed v decelerates by a + c v: a by brakes or drives, c v by what brakes in
proportion to the speed (friction, short-circuited motors). From speed v it is at rest after t0 + ln(1 + c v / a) / c,
which is t0 + v / a without c. The solution of dv/dt = -(a + c v) is from any textbook of mechanics; the figures are in
the arm's model. A stop of a model is no substitute for the stopping time and distance of the vendor's manual.

Joints in rad, time in s.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from cellkit.geometry import Array
from cellkit.joints import JointLimits
from cellkit.masses import Load
from cellkit.models.arm import ArmModel
from cellkit.motion.stop_trajectory import Coast, Commanded, FreeStop, PathStop, braking_times, braking_ways
from cellkit.motion.trajectory import Trajectory

PROTECTIVE = 2
"""The category of a protective stop, and so of the stop in a separation distance."""
ASSUMED_REACTION = 0.1
"""s; cellkit's assumption where no stop is published."""
ASSUMED_TIME = 0.5
"""s from full speed to rest; cellkit's assumption where no stop is published."""
ASSUMED_SHARE = 2 / 3
"""Of the acceleration that motions use: no assumed stop brakes harder; cellkit's assumption."""
_ATTEMPTS, _SOFTER = 12, 0.85
_PROBES = 48
_TOLERATED = 1.02  # of the acceleration limits, and of what the motion itself does

Decelerations = Callable[[Array, Load], Array]
"""The decelerations (n,) in rad/s² of all joints at joints (n,) in rad with a load at the flange."""


@dataclass(frozen=True, slots=True, eq=False)
class StopLaw:
    """The stops of one category of an arm: ``reaction`` in s, ``decelerations``, ``damping`` (n,) in 1/s.

    ``assumed``: the names of the joints whose deceleration is cellkit's assumption, because no stop is published.
    ``certainty``: that of the model; ``none`` where all is assumed.
    """

    category: int
    reaction: float
    decelerations: Decelerations
    damping: Array
    assumed: tuple[str, ...]
    certainty: str

    def braking_times(self, joints: ArrayLike, velocity: ArrayLike, load: Load) -> Array:
        """Return how long each joint (n,) brakes, in s, without the reaction time; 0 for a joint at rest."""
        return braking_times(_speeds(velocity), self._at(joints, load), self.damping)

    def duration(self, joints: ArrayLike, velocity: ArrayLike, load: Load) -> float:
        """Return the time (s) from the request until the slowest joint is at rest; 0.0 for an arm at rest."""
        longest = float(self.braking_times(joints, velocity, load).max())
        return self.reaction + longest if longest > 0.0 else 0.0

    def distances(self, joints: ArrayLike, velocity: ArrayLike, load: Load) -> Array:
        """Return the way of each joint (n,) in rad from the request until it is at rest on its own."""
        speeds, decelerations = _speeds(velocity), self._at(joints, load)
        times = braking_times(speeds, decelerations, self.damping)
        return speeds * self.reaction + braking_ways(speeds, decelerations, self.damping, times)

    @property
    def notice(self) -> str:
        """What must be said beside a result of this law: what is assumed; empty if nothing is."""
        if not self.assumed:
            return ""
        joints = "this arm" if len(self.assumed) == len(self.damping) else ", ".join(self.assumed)
        return (
            f"stop category {self.category}: no published stop of {joints} is known; assumed: {self.reaction:g} s of "
            f"reaction, then {ASSUMED_TIME:g} s or more from full speed to rest"
        )

    def _at(self, joints: ArrayLike, load: Load) -> Array:
        return self.decelerations(np.asarray(joints, dtype=np.float64), load)


def stop_law(model: ArmModel, category: int, decelerations: Decelerations | None = None) -> StopLaw:
    """Return the law of an arm's stops of a category (0, 1, 2).

    The model's figures hold for the condition under which they were published (mostly the greatest load at full reach)
    and are used for every load. ``decelerations`` replaces them by a function of joints and load.
    """
    published = None if model.stopping is None else model.stopping.of(category)
    limits = model.joint_limits()
    assumed = np.minimum(limits.velocity / ASSUMED_TIME, limits.acceleration * ASSUMED_SHARE)
    known = ["unknown"] * model.dof if published is None else published.deceleration
    constant = np.array([own if figure == "unknown" else figure for figure, own in zip(known, assumed, strict=True)])
    damping = None if published is None else published.damping
    return StopLaw(
        category,
        ASSUMED_REACTION if published is None else published.reaction,
        decelerations or (lambda joints, load: constant),
        np.zeros(model.dof) if damping is None else np.array(damping),
        tuple(name for name, figure in zip(limits.names, known, strict=True) if figure == "unknown"),
        "none" if published is None else published.certainty,
    )


def commanded_stop(model: ArmModel, category: int) -> StopLaw:
    """Return the law of a stop that cellkit itself commands to a robot, set-point by set-point.

    It begins at once, and brakes as hard as motions may: what the robot adds is the robot's, not a model's.
    """
    limits = model.joint_limits()
    # A ramp on the path has 1.5 times its mean deceleration at its peak.
    braking = limits.acceleration * (1.0 if category == 0 else ASSUMED_SHARE)
    return StopLaw(category, 0.0, lambda joints, load: braking, np.zeros(model.dof), (), "high")


def stop_freely(law: StopLaw, command: Commanded, since: float, load: Load) -> FreeStop:
    """Return the stop of every joint on its own, as by brakes without drive power: category 0."""
    joints = command.sample(since + law.reaction)[0]
    return FreeStop(command, since, law.reaction, law.decelerations(joints, load), law.damping)


def stop_in_proportion(law: StopLaw, position: ArrayLike, velocity: ArrayLike, load: Load) -> FreeStop:
    """Return the stop of an arm without a path: straight on in joint space; the slowest joint decides the time."""
    speeds = _speeds(velocity)
    longest = float(law.braking_times(position, velocity, load).max())
    even = np.where(speeds > 0.0, speeds / (longest or 1.0), 1.0)
    return FreeStop(Coast(position, velocity), 0.0, law.reaction, even, np.zeros(speeds.shape))


def stop_on_path(
    law: StopLaw, trajectory: Trajectory, since: float, rate: float, limits: JointLimits, load: Load
) -> PathStop:
    """Return the stop on the path: all joints keep their proportion, and the slowest decides. Categories 1 and 2.

    ``since``: the path time (s) of the request; ``rate``: that of path time against time. Where the path bends so that
    a joint would exceed its acceleration limit, the stop is longer than the law.
    """
    joints = trajectory.sample(since + rate * law.reaction)[0]
    deceleration = law.decelerations(joints, load)
    ahead = np.linspace(since, min(trajectory.duration, since + rate * ASSUMED_TIME), _PROBES)
    own = np.abs([trajectory.acceleration(float(u)) for u in ahead]).max(axis=0) * rate**2
    allowed = _TOLERATED * np.maximum(limits.acceleration, own)
    for _ in range(_ATTEMPTS):
        stop = PathStop(trajectory, since, rate, law.reaction, deceleration)
        moments = np.linspace(0.0, stop.duration, _PROBES)
        bends = np.array([stop.acceleration(float(t)) for t in moments])
        if (np.abs(bends) <= allowed).all():
            break
        deceleration = deceleration * _SOFTER
    return stop


def _speeds(velocity: ArrayLike) -> Array:
    return np.abs(np.asarray(velocity, dtype=np.float64))
