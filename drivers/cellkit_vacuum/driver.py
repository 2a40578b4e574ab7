"""A vacuum gripper over digital signals: the driver needs nothing but a ``DigitalIO``, whoever's it is."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from cellkit.devices import DeviceEvent, DigitalIO, VacuumGripper, VacuumState
from cellkit.errors import ConnectionFailed, DeviceError, DeviceFault, MotionTimeout
from cellkit.models.gripper import VacuumGripperModel
from cellkit.timing import now
from cellkit_vacuum.config import VacuumConfig


class SignalVacuumGripper(VacuumGripper):
    """An ejector and a vacuum switch. How deep the vacuum is, a switch does not tell."""

    def __init__(self, name: str, model: VacuumGripperModel, config: VacuumConfig, io: DigitalIO) -> None:
        super().__init__(name, model)
        self.config = config
        self._io = io
        self._end_events: Callable[[], None] = lambda: None
        self._watcher: asyncio.Task[None] | None = None
        self._sees = False
        self._stamp = 0.0

    async def _connect(self) -> None:
        try:
            await self._io.connect()
            await self._look()
        except DeviceError as error:
            raise ConnectionFailed(self.name, f"the signals that it hangs on: {error.message}") from None
        self._end_events = self._io.on_event(self._heard)
        self._watcher = asyncio.get_running_loop().create_task(self._watch())

    async def _close(self) -> None:
        watcher, self._watcher = self._watcher, None
        if watcher is not None and watcher is not asyncio.current_task():
            watcher.cancel()
            await asyncio.wait({watcher})
            self._end_events()

    def _heard(self, event: DeviceEvent) -> None:
        if event.what in ("connection_lost", "closed"):
            self._link_lost(str(event.data.get("why", "the signals that it hangs on were closed")))

    async def _watch(self) -> None:
        """The switch opens while a part is held and nobody releases: the part is gone, or soon will be."""
        switch = self.config.switch
        try:
            while True:
                await self._io.wait_for(switch, not self._sees, timeout=1e9)
                if not await self._look() and self.holding and not self.busy:
                    self._part_lost()
        except DeviceError as error:
            self._link_lost(f"{self._io.name}: {error.message}")

    async def _look(self) -> bool:
        self._sees = await self._io.read(self.config.switch)
        self._stamp = now()
        return self._sees

    async def _read_state(self) -> VacuumState:
        return VacuumState(self._stamp, None, self._sees)

    async def _switch(self, on: bool) -> VacuumState:
        config, io = self.config, self._io
        if on:
            if config.blow_off is not None:
                await io.write(config.blow_off, False)
            await io.write(config.ejector, True)
            with contextlib.suppress(MotionTimeout):
                await io.wait_for(config.switch, True, timeout=config.grip_time)
            await self._look()
            return await self._read_state()
        await io.write(config.ejector, False)
        if config.blow_off is not None:
            await io.pulse(config.blow_off, config.blow_time)
        try:
            await io.wait_for(config.switch, False, timeout=config.release_time)
        except MotionTimeout:
            text = f"the vacuum is still there {config.release_time:g} s after the ejector was switched off"
            raise DeviceFault(self.name, text, code="vacuum-stays") from None
        await asyncio.sleep(config.settle_time)
        await self._look()
        return await self._read_state()

    async def _stop(self) -> None:
        """Nothing of a cup moves; the vacuum stays as it is, so that a part is not dropped."""
