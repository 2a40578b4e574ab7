"""The base class of devices for whose reports a program can wait without polling."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from cellkit.devices.device import Device
from cellkit.errors import MotionTimeout


class Observed(Device):
    """A device that lets a program wait for a change; ``close()`` and a lost link end every wait."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._waiting: set[asyncio.Event] = set()
        self._observers: list[Callable[[], None]] = []

    def _observe(self, on_change: Callable[[], None]) -> Callable[[], None]:
        """Call ``on_change`` at every ``_notify_observers``; return a function that ends this."""
        self._observers.append(on_change)
        return lambda: self._observers.remove(on_change)

    def _notify_observers(self) -> None:
        """Notify the observers that a value may have changed, so that waits check it again. Drivers call this."""
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
        """Wait until ``reached()`` returns True, for at most ``timeout`` s.

        ``watch(on_change)`` registers the callback that starts the next check and returns a function that ends this.
        If the wait is necessary, the events ``waiting`` and ``waited`` report it under the name ``awaited``; None: no
        events. Raises ``MotionTimeout`` with ``complaint``, ``ConnectionLost``, and ``CommandRejected`` once closed.
        """
        self._require_open()
        changed = asyncio.Event()
        forget = watch(changed.set)
        self._waiting.add(changed)
        announced = False
        try:
            async with asyncio.timeout(timeout) as deadline:
                while True:
                    changed.clear()  # before the check, so that a change during the check is not missed
                    if await reached():
                        return
                    if awaited is not None and not announced:
                        self._emit("waiting", awaited=awaited)
                        announced = True
                    await changed.wait()
                    self._require_open()
        except TimeoutError:
            if not deadline.expired():
                raise
            raise MotionTimeout(self.name, f"{complaint} within {timeout:g} s") from None
        finally:
            self._waiting.discard(changed)
            forget()
            if announced:
                self._emit("waited", awaited=awaited)

    def _link_lost(self, why: str) -> None:
        super()._link_lost(why)
        self._wake()

    async def _before_close(self) -> None:
        self._wake()

    def _wake(self) -> None:
        """Make every wait check the life cycle again."""
        for changed in self._waiting:
            changed.set()
