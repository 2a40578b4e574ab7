"""The pneumatics behind the signals: an ejector valve, a cup, and a vacuum switch with hysteresis."""

from __future__ import annotations

import asyncio

from cellkit.controller.plants.signal_image import IoImage
from cellkit.controller.plants.vacuum_gripper import SuctionPlant
from cellkit.models.gripper import VacuumGripperModel
from cellkit_vacuum.config import VacuumConfig

SWITCHES_ON, SWITCHES_OFF = 0.6, 0.5
"""Shares of the model's full vacuum at which the switch closes and opens again; an assumption."""
LOOK = 0.01
"""s between two checks of the vacuum, while suction or a vacuum is possible."""


class VacuumCircuit:
    """Follows the outputs of an image and sets its input. The valve is monostable: no signal, no suction."""

    def __init__(self, model: VacuumGripperModel, suction: SuctionPlant, image: IoImage, config: VacuumConfig) -> None:
        self._full = model.vacuum_max.known()
        self._suction = suction
        self._image = image
        self._config = config
        self._beat: asyncio.TimerHandle | None = None
        image.watch(config.ejector, self._switched)

    def close(self) -> None:
        """Stop the checks of the vacuum."""
        if self._beat is not None:
            self._beat.cancel()
            self._beat = None

    def _switched(self) -> None:
        self._suction.switch(self._image[self._config.ejector])
        if self._beat is None:
            self._look()

    def _look(self) -> None:
        self._beat = None
        state = self._suction.state()
        name = self._config.switch
        least = SWITCHES_OFF if self._image[name] else SWITCHES_ON
        self._image[name] = state.vacuum >= least * self._full
        if self._image[self._config.ejector] or self._image[name]:
            self._beat = asyncio.get_running_loop().call_later(LOOK, self._look)
