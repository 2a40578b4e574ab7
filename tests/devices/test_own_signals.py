"""Signals of an arm's own controller: terminals that there are, and one life with the arm's link."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from cellkit_virtual.arm import VirtualArm
from cellkit_virtual.link import Link

from cellkit.controller.world import WorldSettings, create_world
from cellkit.devices import AnalogSignal, Lifecycle, OwnSignals
from cellkit.errors import CommandRejected, ConfigError, ConnectionFailed, ConnectionLost, LimitViolation, MotionTimeout
from cellkit.geometry import Pose
from cellkit.models.load import load_arm
from cellkit.timing import now, run


class Digital(VirtualArm, OwnSignals):
    """An arm with eight inputs and four outputs, numbered from 1 as some vendors do."""

    digital_inputs = range(1, 9)
    digital_outputs = range(1, 5)

    def __init__(self) -> None:
        model = load_arm("ur5e")
        world = create_world("kinematic", WorldSettings())
        plant = world.add_arm("arm", model, Pose.from_rpy((0, 0, 0), frame="world")).arm
        self.link = Link()
        VirtualArm.__init__(self, "arm", model, plant, self.link)
        self.inputs = dict.fromkeys(self.digital_inputs, False)
        self.outputs = dict.fromkeys(self.digital_outputs, False)
        self.looks = 0

    async def digital_input(self, terminal: int) -> bool:
        self.looks += 1
        return self.inputs[terminal]

    async def digital_output(self, terminal: int) -> bool:
        return self.outputs[terminal]

    async def set_digital_output(self, terminal: int, value: bool) -> None:
        self.outputs[terminal] = value


class Analog(Digital):
    """Two analog inputs and one output more."""

    analog_inputs = range(2)
    analog_outputs = range(1)

    def __init__(self) -> None:
        super().__init__()
        self.shares = {0: 0.0, 1: 0.0}
        self.speed = 0.0

    async def analog_input(self, terminal: int) -> float:
        return self.shares[terminal]

    async def analog_output(self, terminal: int) -> float:
        return self.speed

    async def set_analog_output(self, terminal: int, share: float) -> None:
        self.speed = share


def timed(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    run(test())


@pytest.mark.parametrize("terminal", [0, 9, -1])
def test_terminals_that_there_are_not(terminal: int) -> None:
    arm = Analog()
    with pytest.raises(ConfigError, match=rf"io: ready: no digital input {terminal}; the controller has 1 to 8"):
        arm.digital_io("io", {"ready": terminal}, {})
    with pytest.raises(ConfigError, match=rf"io: lamp: no digital output {terminal}; the controller has 1 to 4"):
        arm.digital_io("io", {"ready": 1}, {"lamp": terminal})
    with pytest.raises(ConfigError, match=r"io: level: no analog input 7; the controller has 0 to 1"):
        arm.analog_io("io", {"level": AnalogSignal(7, 0, 1)}, {})
    with pytest.raises(ConfigError, match=r"io: level: no analog output 1; the controller has 0 to 0"):
        arm.analog_io("io", {}, {"level": AnalogSignal(1, 0, 1)})
    with pytest.raises(ConfigError, match="no analog input 0; the controller has none"):
        Digital().analog_io("io", {"level": AnalogSignal(0, 0, 1)}, {})


def test_what_a_driver_does_not_fill_in_is_refused() -> None:
    async def test() -> None:
        arm = Digital()
        for call in (arm.analog_input(0), arm.analog_output(0), arm.set_analog_output(0, 0.5)):
            with pytest.raises(CommandRejected, match="terminal 0 does not exist"):
                await call

    timed(test)


def test_names_stand_for_terminals() -> None:
    async def test() -> None:
        arm = Digital()
        async with arm.digital_io("io", {"ready": 3, "door": 8}, {"lamp": 4}) as io:
            assert (io.inputs, io.outputs) == (("ready", "door"), ("lamp",))
            arm.inputs[3] = True
            assert await io.read("ready")
            assert not await io.read("door")
            await io.write("lamp", True)
            assert arm.outputs == {1: False, 2: False, 3: False, 4: True}
            assert await io.read("lamp"), "what was set can be read"
            with pytest.raises(CommandRejected):
                await io.write("ready", True)

    timed(test)


def test_analog_values_are_in_the_unit_of_their_signal() -> None:
    async def test() -> None:
        arm = Analog()
        signals = {"pressure": AnalogSignal(1, 0.0, 10.0, "bar")}
        async with arm.analog_io("io", signals, {"speed": AnalogSignal(0, 0.0, 3000.0)}) as io:
            arm.shares[1] = 0.25
            assert await io.read("pressure") == pytest.approx(2.5)
            await io.write("speed", 750.0)
            assert arm.speed == pytest.approx(0.25)
            assert await io.read("speed") == pytest.approx(750.0)
            with pytest.raises(LimitViolation):
                await io.write("speed", 3001.0)
            waiting = asyncio.ensure_future(io.wait_for("pressure", above=5.0))
            await asyncio.sleep(0.1)
            arm.shares[1] = 0.6
            assert await waiting == pytest.approx(6.0)
            assert now() <= 0.1 + arm.signal_period + 1e-9

    timed(test)


def test_a_wait_looks_every_period_and_not_a_moment_longer_than_it_lasts() -> None:
    async def test() -> None:
        arm = Digital()
        async with arm.digital_io("io", {"ready": 1}, {}) as io:
            with pytest.raises(MotionTimeout):
                await io.wait_for("ready", True, timeout=1.0)
            looks = arm.looks
            assert looks == pytest.approx(1.0 / arm.signal_period, abs=2)
            await asyncio.sleep(1.0)
            assert arm.looks == looks
            waiting = asyncio.ensure_future(io.wait_for("ready", True))
            await asyncio.sleep(0.1)
            waiting.cancel()
            await asyncio.sleep(0.1)
            looks = arm.looks
            await asyncio.sleep(1.0)
            assert arm.looks == looks

    timed(test)


def test_they_open_their_arm_and_leave_it_open() -> None:
    async def test() -> None:
        arm = Digital()
        io = arm.digital_io("io", {"ready": 1}, {})
        assert arm.lifecycle is Lifecycle.CLOSED
        await io.connect()
        assert arm.lifecycle is Lifecycle.OPEN
        await io.close()
        assert arm.lifecycle is Lifecycle.OPEN, "the arm is somebody else's"
        await arm.close()

    timed(test)


def test_an_arm_that_cannot_be_reached() -> None:
    async def test() -> None:
        arm = Digital()
        io = arm.digital_io("io", {"ready": 1}, {})
        arm.link.up = False
        with pytest.raises(ConnectionFailed, match="io: the arm that it belongs to: no answer"):
            await io.connect()
        assert io.lifecycle is Lifecycle.CLOSED
        arm.link.up = True
        async with io:
            assert not await io.read("ready")

    timed(test)


@pytest.mark.parametrize("how", ["lost", "closed"])
def test_the_end_of_the_arms_link_is_theirs(how: str) -> None:
    async def test() -> None:
        arm = Digital()
        io = arm.digital_io("io", {"ready": 1}, {"lamp": 1})
        await io.connect()
        waiting = asyncio.ensure_future(io.wait_for("ready", True))
        await asyncio.sleep(0.5)
        if how == "lost":
            arm.link.drop("the cable is out")
        else:
            await arm.close()
        words = "the cable is out" if how == "lost" else "the arm that it belongs to was closed"
        with pytest.raises(ConnectionLost, match=f"io: {words}"):
            await waiting
        assert now() == pytest.approx(0.5)
        for call in (io.read("ready"), io.write("lamp", True), io.wait_for("ready", False)):
            with pytest.raises(ConnectionLost):
                await call
        assert not arm.outputs[1]

        arm.link.restore()
        await io.connect()
        assert arm.lifecycle is Lifecycle.OPEN
        assert not await io.read("ready")
        await io.close()
        arm.link.drop("again")
        assert io.lifecycle is Lifecycle.CLOSED, "who is closed hears nothing any more"

    timed(test)
