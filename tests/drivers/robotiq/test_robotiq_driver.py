"""The driver: faults and their recovery, what else happens to a gripper, and a line that is not clean."""

from __future__ import annotations

import asyncio

import pytest
from cellkit_robotiq.protocol.gripper import FAULTS, Command
from cellkit_robotiq.scaling import Scale
from robotiq_bench import PART, Bench, with_bench

from cellkit.devices import Grip, Lifecycle
from cellkit.errors import ConnectionFailed, ConnectionLost, DeviceFault, ProtocolError
from cellkit.models.gripper import ParallelGripperModel
from cellkit.models.load import load_gripper
from cellkit.testing.contract import raised
from cellkit.timing import now

both = pytest.mark.parametrize("protocol", ["urcap", "modbus-rtu"])
each_fault = pytest.mark.parametrize("number", [number for number, fault in FAULTS.items() if fault.blocks])


@both
@each_fault
def test_every_fault_that_blocks_is_told_by_its_number_and_recovered(protocol: str, number: int) -> None:
    async def test(bench: Bench) -> None:
        await bench.gripper.connect()
        gripping = asyncio.ensure_future(bench.gripper.grip())
        await asyncio.sleep(0.05)
        bench.hand.raise_fault(number)
        error = await raised(gripping, DeviceFault, 1.0, "a grip during a fault")
        assert (error.code, error.recoverable) == (str(number), True)
        assert FAULTS[number].text in error.message
        with pytest.raises(DeviceFault):
            await bench.gripper.grip()
        await bench.gripper.recover()
        assert (await bench.gripper.grip()).grip is Grip.NO_PART

    with_bench(protocol, test)


@both
def test_a_warning_stops_nothing(protocol: str) -> None:
    async def test(bench: Bench) -> None:
        await bench.gripper.connect()
        gripping = asyncio.ensure_future(bench.gripper.grip())
        await asyncio.sleep(0.05)
        bench.hand.raise_fault(8)
        assert (await gripping).grip is Grip.NO_PART

    with_bench(protocol, test)


@both
def test_a_gripper_that_somebody_else_resets_is_an_error_and_not_a_grip(protocol: str) -> None:
    async def test(bench: Bench) -> None:
        await bench.gripper.connect()
        gripping = asyncio.ensure_future(bench.gripper.grip())
        await asyncio.sleep(0.05)
        bench.hand.take(Command(activate=False))
        error = await raised(gripping, DeviceFault, 1.0, "a grip during a reset")
        assert error.code == "reset"
        await bench.gripper.recover()
        await bench.gripper.release()

    with_bench(protocol, test)


@both
def test_an_active_gripper_is_not_moved_on_connecting(protocol: str) -> None:
    async def test(bench: Bench) -> None:
        await bench.activate()
        bench.hand.take(Command(go=True, position=200, speed=255))
        await asyncio.sleep(2.0)
        width = bench.rig.true_width()
        await bench.gripper.connect()
        await asyncio.sleep(1.0)
        assert bench.rig.true_width() == width
        assert bench.hand.activation.name == "ACTIVE"

    with_bench(protocol, test)


@both
def test_a_gripper_with_a_blocking_fault_is_made_ready_on_connecting(protocol: str) -> None:
    async def test(bench: Bench) -> None:
        await bench.activate()
        bench.hand.raise_fault(14)
        await bench.gripper.connect()
        assert bench.hand.status().fault == 0

    with_bench(protocol, test)


@both
def test_a_gripper_that_does_not_get_active_is_no_connection(protocol: str) -> None:
    async def test(bench: Bench) -> None:
        take = bench.hand.take
        bench.hand.take = lambda command: None if command.activate else take(command)  # type: ignore[method-assign]
        with pytest.raises(ConnectionFailed, match="does not get active"):
            await bench.gripper.connect()
        assert bench.gripper.lifecycle is Lifecycle.CLOSED

    with_bench(protocol, test)


@both
def test_a_stop_leaves_the_fingers_where_they_are(protocol: str) -> None:
    async def test(bench: Bench) -> None:
        await bench.gripper.connect()
        closing = asyncio.ensure_future(bench.gripper.move(0.0, speed=0.02))
        await asyncio.sleep(1.0)
        await bench.gripper.stop()
        width = bench.rig.true_width()
        await asyncio.sleep(1.0)
        assert bench.rig.true_width() == width == pytest.approx(0.065, abs=0.002)
        assert not bench.hand.status().going
        await asyncio.wait({closing})
        assert closing.exception() is not None

    with_bench(protocol, test)


@both
def test_a_command_that_is_cancelled_leaves_no_answer_for_the_next_one(protocol: str) -> None:
    async def test(bench: Bench) -> None:
        await bench.gripper.connect()
        for pause in (0.0, 0.001, 0.019, 0.02, 0.021):
            moving = asyncio.ensure_future(bench.gripper.move(0.01))
            await asyncio.sleep(pause)
            moving.cancel()
            await asyncio.wait({moving})
            assert (await bench.gripper.move(0.05)).width == pytest.approx(0.05, abs=0.001)

    with_bench(protocol, test)


@both
def test_a_grip_on_a_part_then_a_wrong_part(protocol: str) -> None:
    async def test(bench: Bench) -> None:
        await bench.gripper.connect()
        bench.rig.put_part(PART)
        result = await bench.gripper.grip(PART)
        assert result.grip is Grip.PART
        assert result.measure == pytest.approx(0.04, abs=0.0005)
        assert bench.hand.status().detection.name == "STOPPED_CLOSING"
        await bench.gripper.release()

    with_bench(protocol, test)


def test_answers_without_ends_of_lines_are_read_too() -> None:
    """Whether the real server ends its answers to GET is not settled; both ways have to do."""

    async def test(bench: Bench) -> None:
        answer = bench.virtual._answer  # type: ignore[union-attr]
        bench.virtual._answer = lambda line: (answer(line) or b"").rstrip() or None  # type: ignore[union-attr,method-assign]
        await bench.gripper.connect()
        assert (await bench.gripper.grip()).grip is Grip.NO_PART

    with_bench("urcap", test)


def test_an_unreadable_variable_is_told() -> None:
    """As while the robot's emergency stop is pressed, by a note of ur-rtde."""

    async def test(bench: Bench) -> None:
        await bench.gripper.connect()
        gripping = asyncio.ensure_future(bench.gripper.grip())
        await asyncio.sleep(0.05)
        bench.virtual._value = lambda name: None  # type: ignore[union-attr,method-assign]
        error = await raised(gripping, ConnectionLost, 1.0, "a grip of which the state cannot be read")
        assert "no value of" in error.message

    with_bench("urcap", test)


def test_a_noisy_line_costs_tries_and_no_grip() -> None:
    async def test(bench: Bench) -> None:
        await bench.gripper.connect()
        gripping = asyncio.ensure_future(bench.gripper.grip())
        for noise in (b"\x00", b"\x09\x03\x06", b"\xff" * 20):
            await asyncio.sleep(0.1)
            bench.rig.faults.garbage(noise)
        assert (await gripping).grip is Grip.NO_PART
        assert bench.gripper.lifecycle is Lifecycle.OPEN

    with_bench("modbus-rtu", test)


def test_the_wrong_slave_is_nobody() -> None:
    async def test(bench: Bench) -> None:
        gripper = bench.gripper
        gripper.config = gripper.config.model_copy(update={"unit": 10})
        with pytest.raises(ConnectionFailed, match="no answer"):
            await gripper.connect()

    with_bench("modbus-rtu", test)


def test_garbage_on_the_socket_ends_the_connection() -> None:
    async def test(bench: Bench) -> None:
        await bench.gripper.connect()
        bench.virtual._answer = lambda line: b"\xff\xfe\n"  # type: ignore[union-attr,method-assign]
        with pytest.raises((ConnectionLost, ProtocolError)):
            await bench.gripper.grip()
        assert bench.gripper.lifecycle is Lifecycle.LOST

    with_bench("urcap", test)


@pytest.mark.parametrize("model", ["2f-85", "2f-140"])
def test_counts_and_figures_agree(model: str) -> None:
    loaded = load_gripper(model)
    assert isinstance(loaded, ParallelGripperModel)
    scale = Scale(loaded, 3, 230)
    stroke = loaded.stroke.known()
    resolution = stroke / 227
    for width in (0.001, 0.25 * stroke, 0.5 * stroke, 0.99 * stroke):
        assert scale.width(scale.position(width)) == pytest.approx(width, abs=0.51 * resolution)
    assert (scale.position(0.0), scale.position(stroke)) == (255, 0)
    assert scale.width(255) == 0.0
    assert scale.width(0) == stroke
    assert scale.speed_counts(loaded.speed_max.known()) == 255
    assert scale.force_counts(loaded.force_min.known()) == 0
    assert scale.force(255) == loaded.force_max.known()


@both
def test_a_gripper_that_stands_is_not_asked_again_and_a_change_is_found_on_the_next_beat(protocol: str) -> None:
    async def test(bench: Bench) -> None:
        bench.gripper.network = bench.rig.network  # nothing between the two ends
        await bench.gripper.connect()
        asked: list[float] = []
        read = bench.gripper._poller._read
        bench.gripper._poller._read = lambda: (asked.append(now()), read())[1]
        await asyncio.sleep(1.0)
        assert not asked
        assert now() - bench.gripper._poller.stamp < 0.03, "the state counts as read again"
        bench.hand.raise_fault(14)
        before = now()
        await bench.gripper._poller.until(lambda status: status.fault == 14)
        assert now() - before < 0.03
        assert len(asked) == 1
        bench.virtual.mute = True
        await asyncio.sleep(3.0)
        assert bench.gripper.lifecycle is Lifecycle.LOST, "a gripper that hangs is asked"

    with_bench(protocol, test)
