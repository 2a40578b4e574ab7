"""Guarded motions: an arm moves until something is felt."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from cellkit.devices.arm import Arm
from cellkit.errors import MotionAborted

FeltT = TypeVar("FeltT")


async def move_until(arm: Arm, motion: Coroutine[Any, Any, None], felt: Coroutine[Any, Any, FeltT]) -> FeltT | None:
    """Carry out a motion of ``arm`` until ``felt`` ends, and stop then. Returns when the arm stands.

    Such as ``move_until(arm, arm.move_linear(deepest, speed=0.005), wrist.wait_for(20.0))``. What ``felt`` returned is
    returned; None: the motion came to its end before. Raises what either raises: the arm stands then as well.
    """
    moving, feeling = asyncio.ensure_future(motion), asyncio.ensure_future(felt)
    try:
        await asyncio.wait((moving, feeling), return_when=asyncio.FIRST_COMPLETED)
        if not feeling.done():
            moving.result()
            return None
        found = feeling.result()
        if not moving.done():
            await arm.stop()
        with suppress(MotionAborted):  # by this stop: that is how it is to end
            await moving
        return found
    finally:
        for task in (moving, feeling):
            task.cancel()
        await asyncio.gather(moving, feeling, return_exceptions=True)
