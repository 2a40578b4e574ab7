"""Holding an actuator: what runs ends, what comes waits, and a stop gets through."""

from __future__ import annotations

import asyncio

import pytest

from cellkit.devices.actuator import Actuator
from cellkit.errors import ConnectionLost, MotionAborted
from cellkit.timing import now, run


class Wheel(Actuator):
    """An actuator that turns for a second on command."""

    async def _connect(self) -> None: ...

    async def _close(self) -> None: ...

    async def _stop(self) -> None: ...

    async def turn(self) -> float:
        return await self._run("turn", self._turn, timeout=10.0, replace=False)

    async def _turn(self) -> float:
        await asyncio.sleep(1.0)
        return now()

    def lose(self) -> None:
        self._link_lost("cut")


async def wheel() -> Wheel:
    made = Wheel("wheel")
    await made.connect()
    return made


def test_what_runs_goes_on_and_what_comes_waits() -> None:
    async def main() -> None:
        device = await wheel()
        first = asyncio.ensure_future(device.turn())
        await asyncio.sleep(0.5)
        device.hold()
        assert await first == 1.0
        second = asyncio.ensure_future(device.turn())
        await asyncio.sleep(5.0)
        assert not device.busy
        assert device.held
        device.resume()
        assert await second == pytest.approx(7.0)
        assert not device.held

    run(main())


@pytest.mark.parametrize("end", ["stop", "close", "lose", "cancel"])
def test_who_waits_hears_of_it_when_the_hold_ends_otherwise(end: str) -> None:
    async def main() -> None:
        device = await wheel()
        device.hold()
        waiting = asyncio.ensure_future(device.turn())
        await asyncio.sleep(1.0)
        if end == "stop":
            await device.stop()
            with pytest.raises(MotionAborted, match="stopped by stop\\(\\) before it began"):
                await waiting
            assert await device.turn() > 1.0, "a stop ends the hold too"
        elif end == "close":
            await device.close()
            with pytest.raises(Exception, match=r"closed|not connected"):
                await waiting
        elif end == "lose":
            device.lose()
            with pytest.raises(ConnectionLost):
                await waiting
        else:
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            assert device.held, "it is still held for everybody else"
            device.resume()
        assert not device.busy

    run(main())


def test_holding_twice_is_holding_once() -> None:
    async def main() -> None:
        device = await wheel()
        device.hold()
        device.hold()
        device.resume()
        device.resume()
        assert await device.turn() == 1.0

    run(main())
