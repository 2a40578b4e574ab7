"""Callbacks out of a world."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import TypeVarTuple

Ts = TypeVarTuple("Ts")


def tell(callbacks: Iterable[Callable[[*Ts], None]], *args: *Ts) -> None:
    """Call each, as soon as the event loop runs: while a world steps, the loop's clock still shows an earlier time."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        for callback in callbacks:
            callback(*args)
        return
    for callback in callbacks:
        loop.call_soon(callback, *args)
