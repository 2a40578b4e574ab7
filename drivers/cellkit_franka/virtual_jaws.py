"""Fingers without a world: a width that changes at the speed asked for. Used for a hand without a plant."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from typing_extensions import override

from cellkit.controller.plants.parallel_gripper import JawPlant, JawState
from cellkit.timing import now

MAX_WIDTH = 0.08
"""m; the Franka hand, from memory and the constants of franky-sim 1.0.4."""


class FreeJaws(JawPlant):
    """A ``JawPlant``. ``part``: width (m) of what lies between the fingers, None for nothing."""

    def __init__(self, width: float = MAX_WIDTH) -> None:
        self.part: float | None = None
        self._from = self._to = width
        self._since = 0.0
        self._speed = 0.1
        self._force = 0.0
        self._pending: asyncio.Future[JawState] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def _width(self) -> float:
        way = self._to - self._from
        gone = min(abs(way), (now() - self._since) * self._speed)
        return self._from + (gone if way > 0 else -gone)

    @override
    def drive(self, width: float, speed: float, force: float) -> asyncio.Future[JawState]:
        self.halt()
        at = self._width()
        part = self.part
        blocked = part is not None and width < part <= at
        goal = part if part is not None and blocked else width
        self._from, self._to, self._since, self._speed = at, goal, now(), speed
        self._force = 0.0
        loop = asyncio.get_running_loop()
        pending: asyncio.Future[JawState] = loop.create_future()
        self._pending = pending

        def arrived() -> None:
            self._from = self._to
            self._force = force if blocked else 0.0
            if not pending.done():
                pending.set_result(self.state())

        self._timer = loop.call_later(abs(self._to - at) / speed, arrived)
        return pending

    @override
    def halt(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._from = self._to = self._width()
        if self._pending is not None and not self._pending.done():
            self._pending.cancel()

    @override
    def state(self) -> JawState:
        width = self._width()
        return JawState(now(), width, self._force, width != self._to)

    @override
    def on_slip(self, callback: Callable[[], None]) -> None:
        """Ignore the listener: nothing slips here."""
