"""Speed and separation monitoring: the required distance of a person from a robot of a given speed, and the inverse.

The equation is that of ISO/TS 15066, now in ISO 10218-2: S_p = S_h + S_r + S_s + C + Z_d + Z_r, discussed term by term
in J. Marvel, R. Norcross, "Implementing speed and separation monitoring in collaborative robot workcells" (2017). The
equation and its constants are written down from memory of these texts (unverified): compare them with the standard
before you rely on them. Nothing here is a safety certification; verify against the standard and by measurement.

Lengths in m, times in s, speeds in m/s.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

NOTICE = "not a safety certification; verify against the standard and by measurement"
WALKING = 1.6
"""Speed (m/s) of a person whose speed is not measured (ISO 13855; unverified)."""
FINE, COARSE = 0.040, 0.070
"""Resolution (m) up to which a sensor detects hands and arms, and legs and bodies (ISO 13855; unverified)."""
ARM_LENGTH = 0.850
"""Reach (m) of an arm past a sensor that detects legs only (ISO 13855; unverified)."""


@dataclass(frozen=True, slots=True)
class Stop:
    """The stop of an arm: from ``speed`` in ``time`` over ``distance``, from its request on, measured or predicted.

    ``reaction``: the part of ``time`` in which the arm keeps its speed before it brakes; 0 where it is not known. For
    other speeds the reaction stays, and the same deceleration profile is assumed: the time of braking grows with the
    speed, its distance with the square.
    """

    speed: float
    time: float
    distance: float
    reaction: float = 0.0

    @classmethod
    def braking(cls, speed: float, deceleration: float, reaction: float = 0.0) -> Stop:
        """Return the stop with a constant deceleration in m/s²."""
        return cls.lasting(speed, speed / deceleration, reaction)

    @classmethod
    def lasting(cls, speed: float, braking: float, reaction: float = 0.0) -> Stop:
        """Return the stop with a constant deceleration that takes ``braking`` s after the reaction."""
        return cls(speed, reaction + braking, speed * (reaction + braking / 2), reaction)

    def scaled(self, speed: float) -> Stop:
        """Return the stop from another speed. Raises ``ValueError`` for a stop that was measured at rest."""
        if self.speed <= 0.0:
            raise ValueError("a stop from rest does not determine the stop from another speed")
        share = speed / self.speed
        braked = self.distance - self.speed * self.reaction
        time = self.reaction + (self.time - self.reaction) * share
        return Stop(speed, time, speed * self.reaction + braked * share**2, self.reaction)


@dataclass(frozen=True, slots=True)
class Monitoring:
    """The given values of one installation.

    ``reaction_time`` T_r: from a person's step to the beginning of the stop, sensor, logic and communication together.
    ``intrusion`` C: the distance that a part of a person gets before the sensor detects it. ``person_uncertainty`` Z_d
    and ``robot_uncertainty`` Z_r: the errors of both positions. ``person_speed`` v_h: towards the robot.
    """

    reaction_time: float
    intrusion: float
    person_uncertainty: float = 0.0
    robot_uncertainty: float = 0.0
    person_speed: float = WALKING

    @property
    def fixed(self) -> float:
        """C + Z_d + Z_r: the distance that must be left when the arm has stopped."""
        return self.intrusion + self.person_uncertainty + self.robot_uncertainty


@dataclass(frozen=True, slots=True)
class ProtectiveDistance:
    """S_p by its terms: the person's path, the robot's path before it reacts, its stop, and C, Z_d, Z_r."""

    person: float
    reaction: float
    stopping: float
    intrusion: float
    person_uncertainty: float
    robot_uncertainty: float

    @property
    def total(self) -> float:
        """S_p in m."""
        return (
            self.person
            + self.reaction
            + self.stopping
            + self.intrusion
            + self.person_uncertainty
            + self.robot_uncertainty
        )


def protective_distance(monitoring: Monitoring, stop: Stop) -> ProtectiveDistance:
    """Return S_p of an arm that moves at ``stop.speed`` towards a person and would make this stop."""
    return ProtectiveDistance(
        person=monitoring.person_speed * (monitoring.reaction_time + stop.time),
        reaction=stop.speed * monitoring.reaction_time,
        stopping=stop.distance,
        intrusion=monitoring.intrusion,
        person_uncertainty=monitoring.person_uncertainty,
        robot_uncertainty=monitoring.robot_uncertainty,
    )


def allowed_speed(monitoring: Monitoring, separation: float, stop: Stop) -> float:
    """Return the greatest speed (m/s) whose S_p is no more than ``separation``; 0.0 where no speed is allowed.

    This is the inverse of ``protective_distance`` with ``stop.scaled(speed)``: the root of a quadratic equation in the
    speed. Raises ``ValueError`` for a ``stop`` measured at rest.
    """
    unit = stop.scaled(1.0)
    reaction = monitoring.reaction_time + unit.reaction
    left = separation - monitoring.fixed - monitoring.person_speed * reaction
    if left <= 0.0:
        return 0.0
    linear = monitoring.person_speed * (unit.time - unit.reaction) + reaction
    # Stable where the quadratic term is small or zero.
    root = linear + math.sqrt(linear**2 + 4 * (unit.distance - unit.reaction) * left)
    return 2 * left / root if root > 0.0 else math.inf


def intrusion_distance(resolution: float) -> float:
    """Return C of a sensor that is approached across its field, from the smallest object (m) that it surely detects.

    8 (d - 14 mm) up to 40 mm, 850 mm up to 70 mm (ISO 13855; unverified). Raises ``ValueError`` above that: a leg may
    pass undetected.
    """
    if not 0.0 < resolution <= COARSE + 1e-12:
        raise ValueError(
            f"a resolution of {resolution * 1000:.3g} mm is outside 0 to {COARSE * 1000:g} mm: "
            "a leg may pass undetected"
        )
    return max(0.0, 8 * (resolution - 0.014)) if resolution <= FINE else ARM_LENGTH


def intrusion_over_plane(height: float) -> float:
    """Return C of a sensor with a horizontal plane, ``height`` m above the floor, that is approached along the plane.

    1200 mm - 0.4 H, at least 850 mm: an arm reaches over a sensor that detects the legs (ISO 13855; unverified). Raises
    ``ValueError`` above 1 m, where a person can crawl beneath the plane.
    """
    if not 0.0 <= height <= 1.0:
        raise ValueError(f"a plane {height:g} m above the floor is outside 0 to 1 m: a person can crawl beneath it")
    return max(ARM_LENGTH, 1.2 - 0.4 * height)
