"""A device that moves, reduced to what the rules need: its hooks do as a test tells them."""

from __future__ import annotations

import asyncio
from typing import Any

from cellkit.devices.actuator import Actuator
from cellkit.errors import DeviceError


class Slider(Actuator):
    def __init__(self, name: str = "slider") -> None:
        super().__init__(name)
        self.log: list[str] = []
        self.position = 0.0
        self.stop_time: float = 0.2
        self.stop_error: DeviceError | None = None
        self.connect_time = 0.0

    async def work(
        self, seconds: float, *, timeout: float = 60.0, replace: bool = False, error: Exception | None = None
    ) -> float:
        async def operation() -> float:
            await asyncio.sleep(seconds)
            if error is not None:
                raise error
            self.position += seconds
            return self.position

        return await self._run("work", operation, timeout=timeout, replace=replace)

    async def run(self, operation: Any, timeout: float = 60.0) -> Any:
        return await self._run("run", operation, timeout=timeout, replace=False)

    async def _stop(self) -> None:
        self.log.append("stop begins")
        await asyncio.sleep(self.stop_time)
        if self.stop_error is not None:
            raise self.stop_error
        self.log.append("stands")

    async def _connect(self) -> None:
        await asyncio.sleep(self.connect_time)
        self.log.append("link opened")

    async def _close(self) -> None:
        self.log.append("link closed")

    def lose_link(self, why: str = "the cable is out") -> None:
        self._link_lost(why)
