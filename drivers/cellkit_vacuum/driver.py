"""A vacuum gripper over digital signals: the driver needs only a ``DigitalIO``, of any device."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from cellkit.devices import DeviceEvent, DigitalIO, VacuumGripper, VacuumState
from cellkit.devices.device import to_completion
from cellkit.errors import ConnectionFailed, DeviceError, DeviceFault, MotionTimeout
from cellkit.models.gripper import VacuumGripperModel
from cellkit.timing import now
from cellkit_vacuum.config import VacuumConfig

FOREVER = 1e9  # s
GLANCE = 0.01  # s between two checks of a command's end


class SignalVacuumGripper(VacuumGripper):
    """An ejector and a vacuum switch. The level of the vacuum is not known: a switch does not report it.

    A grip that finds no part, is stopped, or fails, leaves the ejector as it was before. The ejector stays on when a
    held part is lost: where the vacuum only decays, the part still hangs. Raises ``DeviceFault`` with the code
    ``switch-stuck`` or ``vacuum-stays`` for a switch that stays closed without suction, and ``ConfigError`` when ``io``
    does not have the signals of ``config``. A switch that stays open looks like a missing part.
    """

    def __init__(self, name: str, model: VacuumGripperModel, config: VacuumConfig, io: DigitalIO) -> None:
        super().__init__(name, model)
        config.require(io.name, io.inputs, io.outputs)
        self.config = config
        self._io = io
        self._end_events: Callable[[], None] = lambda: None
        self._watcher: asyncio.Task[None] | None = None
        self._stamp = 0.0
        self._sees = False
        self._trying = False  # the last command switched the ejector on, or may have; it goes off unless a part is held

    # --- life cycle -------------------------------------------------------------------------------------------

    async def _connect(self) -> None:
        try:
            await self._io.connect()
            sees = await self._look()
        except DeviceError as error:
            raise ConnectionFailed(self.name, f"the digital signals of the gripper: {error.message}") from None
        if not sees:
            self._lose()  # the part was lost while the link was lost
        self._end_events = self._io.on_event(self._heard)
        self._watcher = asyncio.get_running_loop().create_task(self._watch(sees))

    async def _close(self) -> None:
        watcher, self._watcher = self._watcher, None
        if watcher is not None and watcher is not asyncio.current_task():
            watcher.cancel()
            await asyncio.wait({watcher})
            self._end_events()

    def _heard(self, event: DeviceEvent) -> None:
        if event.what in ("connection_lost", "closed"):
            self._link_lost(str(event.data.get("why", "the digital signals of the gripper were closed")))

    # --- the switch -------------------------------------------------------------------------------------------

    async def _watch(self, sees: bool) -> None:
        """Report a lost part when the switch opens while a part is held and no release runs."""
        try:
            while True:
                await self._io.wait_for(self.config.switch, not sees, timeout=FOREVER)
                sees = not sees
                if not sees:
                    await self._opened()
        except DeviceError as error:
            self._link_lost(f"{self._io.name}: {error.message}")

    async def _opened(self) -> None:
        while self.busy:  # noqa: ASYNC110  (a release opens the switch, and a grip knows its result only at its end)
            await asyncio.sleep(GLANCE)
        if not await self._look():
            self._lose()

    def _lose(self) -> None:
        if self.holding:
            self._trying = False
            self._part_lost()

    async def _look(self) -> bool:
        self._sees = await self._io.read(self.config.switch)
        self._stamp = now()
        return self._sees

    async def _read_state(self) -> VacuumState:
        await self._look()
        return VacuumState(self._stamp, None, self._sees)

    # --- the valves -------------------------------------------------------------------------------------------

    async def _switch(self, on: bool) -> VacuumState:
        try:
            await (self._suck() if on else self._vent())
        except BaseException:
            await self._give_up()
            raise
        return await self._read_state()

    async def _suck(self) -> None:
        config, io = self.config, self._io
        self._trying = not await io.read(config.ejector)
        if self._trying:
            await self._require_no_vacuum(
                "switch-stuck",
                f"the vacuum switch stays closed with the ejector off for {config.release_time:g} s",
            )
        if config.blow_off is not None:
            await io.write(config.blow_off, False)
        await io.write(config.ejector, True)
        with contextlib.suppress(MotionTimeout):
            await io.wait_for(config.switch, True, timeout=config.grip_time)
        if not await self._look():
            self._lose()
            await self._give_up()

    async def _vent(self) -> None:
        config, io = self.config, self._io
        self._trying = True
        await io.write(config.ejector, False)
        if config.blow_off is not None:
            await io.pulse(config.blow_off, config.blow_time)
        await self._require_no_vacuum(
            "vacuum-stays", f"the vacuum is still present {config.release_time:g} s after the ejector was switched off"
        )
        await asyncio.sleep(config.settle_time)
        self._trying = False

    async def _require_no_vacuum(self, code: str, complaint: str) -> None:
        try:
            await self._io.wait_for(self.config.switch, False, timeout=self.config.release_time)
        except MotionTimeout:
            raise DeviceFault(self.name, complaint, code=code) from None

    async def _give_up(self) -> None:
        """Switch the ejector off if the last command has switched it on, or may have."""
        if self._trying and not self.holding:
            with contextlib.suppress(DeviceError):  # the first error has the cause
                await to_completion(self._io.write(self.config.ejector, False))

    async def _stop(self) -> None:
        """Keep a held part; a grip without a part ends. No part of a cup moves."""
        await self._give_up()
