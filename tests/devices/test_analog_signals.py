"""Analog signals in the unit of what they mean: ranges, waits, and a wire that is broken."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from cellkit_virtual.signals import VirtualAnalogIO
from hypothesis import given
from hypothesis import strategies as st

from cellkit.controller.plants.signal_image import AnalogImage
from cellkit.devices import AnalogSignal, DeviceEvent
from cellkit.errors import CommandRejected, DeviceFault, LimitViolation, MotionTimeout
from cellkit.timing import now, run

INPUTS = {"pressure": AnalogSignal(0, 0.0, 10.0, "bar"), "level": AnalogSignal(1, 100.0, 0.0, "%")}
OUTPUTS = {"speed": AnalogSignal(0, 0.0, 3000.0, "1/min"), "valve": AnalogSignal(1, 5.0, -5.0)}
Test = Callable[[VirtualAnalogIO, AnalogImage], Coroutine[Any, Any, None]]


def tried(test: Test) -> None:
    async def main() -> None:
        image = AnalogImage([*INPUTS, *OUTPUTS])
        async with VirtualAnalogIO("io", INPUTS, OUTPUTS, image) as io:
            await test(io, image)

    run(main())


@given(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3), st.floats(0, 1))
def test_a_share_and_its_value(low: float, high: float, share: float) -> None:
    if abs(high - low) < 1e-3:
        return
    signal = AnalogSignal(0, low, high)
    value = signal.value(share)
    assert min(low, high) - 1e-9 <= value <= max(low, high) + 1e-9
    assert signal.share(value) == pytest.approx(share, abs=1e-6)
    assert signal.value(0.0) == low
    assert signal.value(1.0) == pytest.approx(high)


def test_values_are_in_the_unit_of_what_they_mean() -> None:
    async def test(io: VirtualAnalogIO, image: AnalogImage) -> None:
        image["pressure"], image["level"] = 0.25, 0.25
        assert await io.read("pressure") == pytest.approx(2.5)
        assert await io.read("level") == pytest.approx(75.0), "falling, as the tank's sensor sits at its lid"
        await io.write("speed", 750.0)
        assert image["speed"] == pytest.approx(0.25)
        assert await io.read("speed") == pytest.approx(750.0)
        await io.write("valve", -5.0)
        assert image["valve"] == 1.0

    tried(test)


@pytest.mark.parametrize("value", [-0.1, 3000.1, math.nan, math.inf])
def test_outside_the_range_is_refused_with_both_ends(value: float) -> None:
    async def test(io: VirtualAnalogIO, image: AnalogImage) -> None:
        with pytest.raises(LimitViolation, match=r"io: speed: .* 1/min is outside 0 to 3000 1/min"):
            await io.write("speed", value)
        assert image["speed"] == 0.0

    tried(test)


def test_a_range_that_falls_has_its_ends_in_order() -> None:
    async def test(io: VirtualAnalogIO, image: AnalogImage) -> None:
        with pytest.raises(LimitViolation, match=r"valve: 6 is outside -5 to 5$"):
            await io.write("valve", 6.0)
        await io.write("valve", 4.0)

    tried(test)


def test_names() -> None:
    async def test(io: VirtualAnalogIO, image: AnalogImage) -> None:
        with pytest.raises(CommandRejected, match="has no signal 'presure'; did you mean pressure"):
            await io.read("presure")
        with pytest.raises(CommandRejected, match="has no output 'pressure'; valid: speed, valve"):
            await io.write("pressure", 1.0)
        with pytest.raises(CommandRejected, match="has no signal 'x'"):
            await io.wait_for("x", above=1.0)
        with pytest.raises(CommandRejected, match="needs `above`, `below` or both"):
            await io.wait_for("pressure")

    tried(test)


@pytest.mark.parametrize(
    ("bounds", "ends_at", "value"),
    [({"above": 5.0}, 3.0, 6.0), ({"below": 1.5}, 1.0, 1.0), ({"above": 3.0, "below": 5.0}, 2.0, 4.0)],
)
def test_waiting_for_a_value(bounds: dict[str, float], ends_at: float, value: float) -> None:
    async def test(io: VirtualAnalogIO, image: AnalogImage) -> None:
        image["pressure"] = 0.2
        waiting = asyncio.ensure_future(io.wait_for("pressure", **bounds))
        for share in (0.1, 0.4, 0.6):
            await asyncio.sleep(1.0)
            assert waiting.done() == (now() > ends_at)
            image["pressure"] = share
        assert await waiting == pytest.approx(value)

    tried(test)


def test_waiting_in_vain_says_for_what() -> None:
    async def test(io: VirtualAnalogIO, image: AnalogImage) -> None:
        with pytest.raises(MotionTimeout, match=r"io: pressure did not come above 3 and below 5 within 2 s"):
            await io.wait_for("pressure", above=3.0, below=5.0, timeout=2.0)
        assert now() == pytest.approx(2.0)
        image["pressure"] = 0.4
        assert await io.wait_for("pressure", above=3.0, below=5.0, timeout=0.0) == pytest.approx(4.0)

    tried(test)


def test_a_broken_wire_is_no_value() -> None:
    async def test(io: VirtualAnalogIO, image: AnalogImage) -> None:
        waiting = asyncio.ensure_future(io.wait_for("pressure", above=5.0))
        await asyncio.sleep(0.1)
        image["pressure"] = None
        with pytest.raises(DeviceFault, match="pressure"):
            await waiting
        with pytest.raises(DeviceFault):
            await io.read("pressure")
        assert await io.read("level") == 100.0, "the others go on"
        image["pressure"] = 0.5
        assert await io.read("pressure") == pytest.approx(5.0)

    tried(test)


def test_what_is_written_is_told() -> None:
    events: list[DeviceEvent] = []

    async def test(io: VirtualAnalogIO, image: AnalogImage) -> None:
        io.on_event(events.append)
        await io.write("speed", 100)
        with pytest.raises(LimitViolation):
            await io.write("speed", -1.0)

    tried(test)
    assert [(event.what, event.data) for event in events[:1]] == [("written", {"signal": "speed", "value": 100.0})]
    assert [event.what for event in events] == ["written", "closed"]
