"""Calls of callbacks from a world."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import TypeVarTuple

Ts = TypeVarTuple("Ts")


def notify(callbacks: Iterable[Callable[[*Ts], None]], *args: *Ts) -> None:
    """Call each callback when the event loop next runs, since the loop's clock is behind while a world steps.

    Without a running loop they are called at once.
    """
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        for callback in callbacks:
            callback(*args)
        return
    for callback in callbacks:
        loop.call_soon(callback, *args)
