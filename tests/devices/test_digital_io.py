"""Waiting for signals and pulsing them, over a wire that takes its time."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable

import pytest

from cellkit.controller.plants.signal_image import IoImage
from cellkit.devices import DigitalIO
from cellkit.errors import CommandRejected, ConnectionLost, MotionTimeout
from cellkit.timing import now, run

ON_THE_WIRE = 0.05  # s


class SlowIO(DigitalIO):
    """Every answer shows what was true when the question arrived."""

    def __init__(self) -> None:
        super().__init__("io", ("ready", "door"), ("clamp",))
        self.image = IoImage((*self.inputs, *self.outputs))
        self.watching = 0

    async def _read(self, signal: str) -> bool:
        value = self.image[signal]
        await asyncio.sleep(ON_THE_WIRE)
        return value

    async def _write(self, signal: str, value: bool) -> None:
        await asyncio.sleep(ON_THE_WIRE)
        self.image[signal] = value

    def _watch(self, signal: str, on_change: Callable[[], None]) -> Callable[[], None]:
        self.watching += 1
        end = self.image.watch(signal, on_change)

        def forget() -> None:
            self.watching -= 1
            end()

        return forget

    async def _connect(self) -> None: ...
    async def _close(self) -> None: ...

    def lose_link(self) -> None:
        self._link_lost("the cable is out")


def later(seconds: float, what: Callable[[], None]) -> None:
    asyncio.get_running_loop().call_later(seconds, what)


# --- wait_for -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("moment", [0.01, 0.049, 0.2, 3.0])
def test_a_change_is_never_missed(moment: float) -> None:
    """Also one that comes while the answer to the first look is on its way."""

    async def main() -> float:
        async with SlowIO() as io:
            later(moment, lambda: io.image.__setitem__("ready", True))
            await io.wait_for("ready", timeout=10.0)
            assert io.watching == 0
            return now()

    assert run(main()) <= moment + 2 * ON_THE_WIRE + 1e-9


def test_a_value_that_is_there_is_not_waited_for() -> None:
    async def main() -> float:
        async with SlowIO() as io:
            await io.wait_for("ready", False)
            return now()

    assert run(main()) == pytest.approx(ON_THE_WIRE)


def test_a_signal_that_does_not_come_times_out() -> None:
    async def main() -> float:
        async with SlowIO() as io:
            later(0.5, lambda: io.image.__setitem__("door", True))
            with pytest.raises(MotionTimeout, match="ready did not become True within 2 s"):
                await io.wait_for("ready", timeout=2.0)
            assert io.watching == 0
            return now()

    assert run(main()) == pytest.approx(2.0)


@pytest.mark.parametrize("moment", [0.01, 1.0])
def test_a_lost_link_ends_every_wait(moment: float) -> None:
    async def main() -> None:
        async with SlowIO() as io:
            waits = [asyncio.ensure_future(io.wait_for(signal)) for signal in ("ready", "door")]
            later(moment, io.lose_link)
            for wait in waits:
                with pytest.raises(ConnectionLost, match="cable is out"):
                    await wait
            assert io.watching == 0
            assert now() <= moment + ON_THE_WIRE

    run(main())


def test_closing_ends_every_wait() -> None:
    async def main() -> None:
        io = SlowIO()
        await io.connect()
        wait = asyncio.ensure_future(io.wait_for("ready"))
        await asyncio.sleep(1.0)
        await io.close()
        with pytest.raises(CommandRejected, match="is not connected"):
            await wait
        assert now() == pytest.approx(1.0)

    run(main())


def test_a_time_error_of_the_wire_is_not_taken_for_the_timeout() -> None:
    class Broken(SlowIO):
        async def _read(self, signal: str) -> bool:
            raise TimeoutError("the bus is mute")

    async def main() -> None:
        async with Broken() as io:
            with pytest.raises(TimeoutError, match="the bus is mute"):
                await io.wait_for("ready")

    run(main())


def test_many_may_wait_for_one_signal() -> None:
    async def main() -> None:
        async with SlowIO() as io:
            waits = [asyncio.ensure_future(io.wait_for("ready", timeout=5.0)) for _ in range(5)]
            waits[0].cancel()
            later(1.0, lambda: io.image.__setitem__("ready", True))
            await asyncio.gather(*waits, return_exceptions=True)
            assert waits[0].cancelled()
            assert all(wait.exception() is None for wait in waits[1:])

    run(main())


# --- pulse --------------------------------------------------------------------------------------------------------


def test_a_pulse_lasts_as_long_as_asked_for() -> None:
    async def main() -> list[tuple[float, bool]]:
        async with SlowIO() as io:
            seen: list[tuple[float, bool]] = []
            io.image.watch("clamp", lambda: seen.append((round(now(), 3), io.image["clamp"])))
            await io.pulse("clamp", 0.5)
            return seen

    assert run(main()) == [(0.05, True), (0.6, False)]


@pytest.mark.parametrize("moment", [0.01, 0.2, 0.56])
def test_a_pulse_that_is_cancelled_is_reset(moment: float) -> None:
    """While it is being set, while it lasts, while it is being reset; and also when it is cancelled again."""

    async def main() -> None:
        async with SlowIO() as io:
            pulse = asyncio.ensure_future(io.pulse("clamp", 0.5))
            await asyncio.sleep(moment)
            pulse.cancel()
            await asyncio.sleep(0.01)
            pulse.cancel()
            await asyncio.wait({pulse})
            assert pulse.cancelled()
            assert io.image["clamp"] is False

    run(main())


def test_a_pulse_over_a_lost_link_says_so() -> None:
    async def main() -> None:
        async with SlowIO() as io:
            later(0.2, io.lose_link)
            with pytest.raises(ConnectionLost):
                await io.pulse("clamp", 0.5)
            pulse = asyncio.ensure_future(io.pulse("clamp", 0.5))
            with pytest.raises(ConnectionLost):
                await pulse

    run(main())


@pytest.mark.parametrize("seconds", [-0.1, math.nan, math.inf])
def test_a_pulse_must_have_a_length(seconds: float) -> None:
    async def main() -> None:
        async with SlowIO() as io:
            with pytest.raises(CommandRejected, match="a pulse of"):
                await io.pulse("clamp", seconds)
            assert io.image["clamp"] is False

    run(main())


# --- names --------------------------------------------------------------------------------------------------------


def test_unknown_signals_are_refused_with_those_that_are_alike() -> None:
    async def main() -> None:
        async with SlowIO() as io:
            with pytest.raises(CommandRejected, match="has no signal 'redy'; did you mean ready"):
                await io.read("redy")
            with pytest.raises(CommandRejected, match="has no output 'ready'"):
                await io.write("ready", True)
            with pytest.raises(CommandRejected, match="has no signal"):
                await io.wait_for("x")
            with pytest.raises(CommandRejected, match="True or False, not 1"):
                await io.write("clamp", 1)  # type: ignore[arg-type]

    run(main())
