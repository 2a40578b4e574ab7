"""The electric model: from the motors' mechanical power to the electric power of an arm.

::

    P = standby + driving / efficiency + friction · Σ τ_max |ω| + copper · Σ τ_max ω_max (τ / τ_max)²
        - regeneration · braking · efficiency, never below 0

``driving`` and ``braking`` are the sums over the joints of the positive and the negative τω, with the torque τ of the
motors: that of links and load, and those of rotors and friction where the arm's model knows them. The copper term is
the power that holds a torque, at rest and in motion. The friction term is only for joints with unknown friction. It is
counted in full during braking too, although it reduces the braking power: a conservative estimate. All coefficients are
assumed (``EnergyConfig``); no arm's electric power was measured.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from cellkit.geometry import Array
from cellkit.models.arm import ArmModel
from cellkit.study.assumption import Assumption
from cellkit.study.energy.config import EnergyConfig
from cellkit.study.energy.meter import ArmLog


@dataclass(frozen=True)
class ArmElectric:
    """The coefficients of one arm: ``standby`` in W, the others as shares."""

    standby: Assumption
    efficiency: Assumption
    friction: Assumption
    copper: Assumption
    regeneration: Assumption

    def parts(self, log: ArmLog) -> dict[str, Array]:
        """Return the electric power (W) of every sample by cause; ``regenerated`` is negative, at most the rest."""
        count = len(log.driving)
        parts = {
            "standby": np.full(count, self.standby.value),
            "motion": np.array(log.driving) / self.efficiency.value,
            "friction": np.array(log.rubbing) * self.friction.value,
            "copper": np.array(log.load) * self.copper.value,
        }
        regenerated = np.array(log.braking) * self.regeneration.value * self.efficiency.value
        parts["regenerated"] = -np.minimum(regenerated, sum(parts.values()))
        return parts

    def named(self) -> Iterator[tuple[str, str, Assumption]]:
        """Yield name, unit and figure of every coefficient."""
        yield "standby", "W", self.standby
        for name in ("efficiency", "friction", "copper", "regeneration"):
            yield name, "share", getattr(self, name)

    def shifted(self, by: float) -> ArmElectric:
        """Return the coefficients with every unverified one changed by the share ``by``.

        ``by`` > 0 changes it in the direction of more power, ``by`` < 0 in the direction of less power.
        """
        return replace(
            self,
            standby=shifted(self.standby, by),
            efficiency=shifted(self.efficiency, -by, most=1.0),
            friction=shifted(self.friction, by),
            copper=shifted(self.copper, by),
            regeneration=shifted(self.regeneration, -by, most=1.0),
        )


def shifted(figure: Assumption, by: float, most: float = float("inf")) -> Assumption:
    """Return the figure times 1 + ``by``, at most ``most``; a verified figure is not changed."""
    if figure.verified:
        return figure
    return figure.model_copy(update={"value": min(most, figure.value * (1.0 + by))})


def arm_electric(model: ArmModel, config: EnergyConfig) -> ArmElectric:
    """Return the coefficients of an arm: those that the study states for it, else those of all arms."""
    stated = config.arms.get(model.id)
    standby = config.standby if stated is None else stated.standby
    return ArmElectric(standby, config.efficiency, config.friction, config.copper, config.regeneration)
