"""Guarded motions: an arm moves until a condition is met, such as a contact force."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from cellkit.devices.arm import Arm
from cellkit.errors import MotionAborted

FeltT = TypeVar("FeltT")


async def move_until(arm: Arm, motion: Coroutine[Any, Any, None], felt: Coroutine[Any, Any, FeltT]) -> FeltT | None:
    """Carry out a motion of ``arm`` until ``felt`` ends, then stop the arm; return when it is at rest.

    Example: ``move_until(arm, arm.move_linear(deepest, speed=0.005), wrist.wait_for(20.0))``. Returns the result of
    ``felt``; None: the motion reached its end before. Raises the errors of both; the arm is at rest then as well.
    """
    moving, feeling = asyncio.ensure_future(motion), asyncio.ensure_future(felt)
    try:
        await asyncio.wait((moving, feeling), return_when=asyncio.FIRST_COMPLETED)
        if not feeling.done():
            moving.result()
            return None
        result = feeling.result()
        if not moving.done():
            await arm.stop()
        with suppress(MotionAborted):  # the expected end of the motion, caused by this stop
            await moving
        return result
    finally:
        for task in (moving, feeling):
            task.cancel()
        await asyncio.gather(moving, feeling, return_exceptions=True)
