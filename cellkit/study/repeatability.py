"""Random scatter of a simulated arm's poses, from the vendor's published repeatability alone.

With one standard deviation s along x, y and z the distances from the barycentre follow Maxwell's distribution:
mean 2 s √(2/π), standard deviation s √(3 - 8/π). RP of ISO 9283 is the mean plus three deviations: about 3.616 s. A
test of n poses measures from the barycentre of these n poses, which is nearer to them than the true one: its RP is
smaller by √((n - 1) / n), n = 30.
"""

from __future__ import annotations

import math
import random

import numpy as np

from cellkit.errors import ConfigError
from cellkit.geometry import Array
from cellkit.models.arm import ArmModel

POSES = 30
"""Number of poses in the test behind a published repeatability."""
RP_OVER_DEVIATION = (2 * math.sqrt(2 / math.pi) + 3 * math.sqrt(3 - 8 / math.pi)) * math.sqrt((POSES - 1) / POSES)


class Scatter:
    """Draws offsets (3,) in m whose RP is ``repeatability`` (m), by seed.

    ``description`` states the repeatability and its certainty.
    """

    def __init__(self, repeatability: float, seed: int = 1, description: str = "") -> None:
        self.description = description or f"{repeatability * 1000:g} mm"
        self._deviation = repeatability / RP_OVER_DEVIATION
        self._random = random.Random(seed)

    @classmethod
    def of(cls, model: ArmModel, seed: int = 1) -> Scatter:
        """Return the scatter of a model. Raises ``ConfigError`` if its repeatability is not known."""
        figure = model.repeatability
        if figure.value is None:
            raise ConfigError(f"{model.id}: its repeatability is not known, so no scatter can be drawn from it")
        checked = "verified" if figure.verified else "not verified"
        source = model.sources[figure.source].title
        return cls(figure.value, seed, f"{figure.value * 1000:g} mm ({checked}: {source})")

    def offset(self) -> Array:
        """Draw the next offset (3,) in m."""
        return np.array([self._random.gauss(0.0, self._deviation) for _ in range(3)])
