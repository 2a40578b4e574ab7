"""The common part of suction cups in both worlds: evacuation, release, vacuum level, loss of the part."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable

from typing_extensions import override

from cellkit.controller.plants.vacuum_gripper import SuctionPlant, SuctionState
from cellkit.models.gripper import VacuumGripperModel
from cellkit_sim.callbacks import notify
from cellkit_sim.gripping import LEAK


class Suction(SuctionPlant, ABC):
    """A ``SuctionPlant`` with hooks for the world. A part is held from the end of evacuation to the end of release.

    A cup that sucks without a part takes one that it meets later. After a loss it takes no part until it is switched
    again.
    """

    def __init__(self, model: VacuumGripperModel) -> None:
        self._model = model
        self._leak_rate, self._leak_since, self._leaked = 0.0, 0.0, 0.0
        self._on = self._ready = self._failed = False
        self._since = 0.0
        self._future: asyncio.Future[SuctionState] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._callbacks: list[Callable[[], None]] = []
        self.held: str | None = None
        """Name of the body at the cup."""

    @property
    def _force(self) -> float:
        """Holding force (N) now: that of full vacuum, reduced by the leak."""
        return self._model.holding_force() * self._vacuum_share()

    def _vacuum_share(self) -> float:
        """Return the share of the full vacuum that remains with the leak."""
        if self._leak_rate == 0.0 and self._leaked == 0.0:
            return 1.0
        lost = self._leaked + self._leak_rate * (self._now() - self._leak_since)
        return max(0.0, 1.0 - lost / self._model.vacuum_max.known())

    @override
    def leak(self, rate: float) -> None:
        self._leaked = (1.0 - self._vacuum_share()) * self._model.vacuum_max.known() if rate else 0.0
        self._leak_rate, self._leak_since = rate, self._now()

    @override
    def switch(self, on: bool) -> asyncio.Future[SuctionState]:
        """Switch suction on or off. A new call cancels the future of the one before."""
        loop = asyncio.get_running_loop()
        if self._future is not None and not self._future.done():
            self._future.cancel()
        if self._timer is not None:
            self._timer.cancel()
        self._on, self._ready, self._failed, self._since = on, False, False, loop.time()
        self._future = loop.create_future()
        delay = self._model.evacuation_time.known() if on else self._model.release_time.known()
        self._timer = loop.call_later(delay, self._finish, self._future)
        return self._future

    @override
    def state(self) -> SuctionState:
        self.seek()
        now = self._now()
        full = self._model.vacuum_max.known() * self._vacuum_share()
        elapsed = max(0.0, now - self._since)
        if self._on:
            level = full if self.held else LEAK * full * min(1.0, elapsed / self._model.evacuation_time.known())
        else:
            level = full * max(0.0, 1.0 - elapsed / self._model.release_time.known()) if self.held else 0.0
        return SuctionState(now, level, self.held is not None)

    @override
    def on_slip(self, callback: Callable[[], None]) -> None:
        self._callbacks.append(callback)

    def seek(self) -> None:
        """Take the part at the cup, if the cup sucks and holds no part."""
        if not self._ready or self.held is not None or self._failed:
            return
        name = self._find()
        if name is not None:
            self.held = name
            self._attach(name)

    def forget(self, name: str) -> None:
        """Release a part that was removed from the cup. Under suction that is a loss, but no part has dropped."""
        if self.held == name:
            self._drop()
            if self._on:
                self._failed = True
                notify(self._callbacks)

    def lose(self) -> bool:
        """Let the held part break away. Return False if no part is held."""
        name = self.held
        if name is None:
            return False
        self._failed = True
        self._drop()
        self._lost(name)
        notify(self._callbacks)
        return True

    def _drop(self) -> None:
        name, self.held = self.held, None
        if name is not None:
            self._detach(name)

    def _finish(self, future: asyncio.Future[SuctionState]) -> None:
        if self._on:
            self._ready = True
            self.seek()
        else:
            self._drop()
        if not future.done():
            future.set_result(self.state())

    @abstractmethod
    def _now(self) -> float:
        """Return the time of the world in s."""

    @abstractmethod
    def _find(self) -> str | None:
        """Return the name of the part that the cup touches."""

    @abstractmethod
    def _attach(self, name: str) -> None:
        """Fix a part to the cup."""

    @abstractmethod
    def _detach(self, name: str) -> None:
        """Release a part from the cup."""

    @abstractmethod
    def _lost(self, name: str) -> None:
        """Report the loss of a part."""
