"""Waiting for what a device reports, without polling it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from cellkit.devices.device import Device
from cellkit.errors import ConnectionLost, MotionTimeout


class Observed(Device):
    """A device whose changes can be waited for; a lost link ends every wait."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._waiting: set[asyncio.Future[None]] = set()

    async def _wait_until(
        self,
        reached: Callable[[], Awaitable[bool]],
        watch: Callable[[Callable[[], None]], Callable[[], None]],
        timeout: float,
        complaint: str,
    ) -> None:
        """Wait until ``reached()``; ``watch(on_change)`` says when to look again and returns what ends that.

        Raises ``MotionTimeout`` with ``complaint``, and ``ConnectionLost``.
        """
        self._require_open()
        changed: asyncio.Future[None] | None = None

        def on_change() -> None:
            if changed is not None and not changed.done():
                changed.set_result(None)

        forget = watch(on_change)
        try:
            async with asyncio.timeout(timeout):
                while not await reached():
                    changed = asyncio.get_running_loop().create_future()
                    self._waiting.add(changed)
                    try:
                        await changed
                    finally:
                        self._waiting.discard(changed)
                    self._require_open()
        except TimeoutError:
            raise MotionTimeout(self.name, f"{complaint} within {timeout:g} s") from None
        finally:
            forget()

    def _link_lost(self, why: str) -> None:
        super()._link_lost(why)
        for future in tuple(self._waiting):
            if not future.done():
                future.set_exception(ConnectionLost(self.name, why))
