"""Waiting for what a device reports, without polling it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from cellkit.devices.device import Device
from cellkit.errors import MotionTimeout


class Observed(Device):
    """A device whose changes can be waited for; a lost link or closing ends every wait."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._waiting: set[asyncio.Event] = set()
        self._observers: list[Callable[[], None]] = []

    def _observe(self, on_change: Callable[[], None]) -> Callable[[], None]:
        """Call ``on_change`` whenever ``_notify_observers`` is called; return what ends that."""
        self._observers.append(on_change)
        return lambda: self._observers.remove(on_change)

    def _notify_observers(self) -> None:
        """For drivers: something that can be waited for has changed, or may have."""
        for on_change in tuple(self._observers):
            on_change()

    async def _wait_until(
        self,
        reached: Callable[[], Awaitable[bool]],
        watch: Callable[[Callable[[], None]], Callable[[], None]],
        timeout: float,
        complaint: str,
        awaited: str | None = None,
    ) -> None:
        """Wait until ``reached()``; ``watch(on_change)`` says when to look again and returns what ends that.

        Where it has to be waited for, events tell so, under the name ``awaited``; None: that is nobody's business.
        Raises ``MotionTimeout`` with ``complaint``, ``ConnectionLost``, and ``CommandRejected`` once closed.
        """
        self._require_open()
        changed = asyncio.Event()
        forget = watch(changed.set)
        self._waiting.add(changed)
        told = False
        try:
            async with asyncio.timeout(timeout) as deadline:
                while True:
                    changed.clear()  # before looking: a change while the answer is on its way is not missed
                    if await reached():
                        return
                    if awaited is not None and not told:
                        self._emit("waiting", awaited=awaited)
                        told = True
                    await changed.wait()
                    self._require_open()
        except TimeoutError:
            if not deadline.expired():
                raise
            raise MotionTimeout(self.name, f"{complaint} within {timeout:g} s") from None
        finally:
            self._waiting.discard(changed)
            forget()
            if told:
                self._emit("waited", awaited=awaited)

    def _link_lost(self, why: str) -> None:
        super()._link_lost(why)
        self._wake()

    async def _before_close(self) -> None:
        self._wake()

    def _wake(self) -> None:
        """Let every wait look at the life cycle again."""
        for changed in self._waiting:
            changed.set()
