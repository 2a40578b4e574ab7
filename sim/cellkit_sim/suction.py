"""What a suction cup does in either world: evacuation, release, the vacuum level, loss of the part."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable

from typing_extensions import override

from cellkit.controller.plants.vacuum_gripper import SuctionPlant, SuctionState
from cellkit.models.gripper import VacuumGripperModel
from cellkit_sim.callbacks import tell
from cellkit_sim.gripping import LEAK


class Suction(SuctionPlant, ABC):
    """``SuctionPlant`` over a few hooks. A part is held from the end of evacuation to the end of release.

    A cup that met no part takes one that it meets later; after a loss it takes nothing before it is switched again.
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
        """N that the cup holds now: at full vacuum, less what has leaked."""
        return self._model.holding_force() * self._tight()

    def _tight(self) -> float:
        """Share of the full vacuum that is left by a leak."""
        if self._leak_rate == 0.0 and self._leaked == 0.0:
            return 1.0
        lost = self._leaked + self._leak_rate * (self._now() - self._leak_since)
        return max(0.0, 1.0 - lost / self._model.vacuum_max.known())

    @override
    def leak(self, rate: float) -> None:
        self._leaked = (1.0 - self._tight()) * self._model.vacuum_max.known() if rate else 0.0
        self._leak_rate, self._leak_since = rate, self._now()

    @override
    def switch(self, on: bool) -> asyncio.Future[SuctionState]:
        """A new call takes over: the future before it is cancelled."""
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
        full = self._model.vacuum_max.known() * self._tight()
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
        """Take the part at the cup, if the cup sucks and holds none."""
        if not self._ready or self.held is not None or self._failed:
            return
        name = self._find()
        if name is not None:
            self.held = name
            self._attach(name)

    def forget(self, name: str) -> None:
        """Somebody takes the part away. Under suction that is a loss for the gripper, but nothing has dropped."""
        if self.held == name:
            self._drop()
            if self._on:
                self._failed = True
                tell(self._callbacks)

    def lose(self) -> bool:
        """The part breaks away while suction is on; False: none is held."""
        name = self.held
        if name is None:
            return False
        self._failed = True
        self._drop()
        self._lost(name)
        tell(self._callbacks)
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
        """Time of the world in s."""

    @abstractmethod
    def _find(self) -> str | None:
        """The part that the cup touches."""

    @abstractmethod
    def _attach(self, name: str) -> None:
        """Fix a part to the cup."""

    @abstractmethod
    def _detach(self, name: str) -> None:
        """Let it go."""

    @abstractmethod
    def _lost(self, name: str) -> None:
        """Report it."""
