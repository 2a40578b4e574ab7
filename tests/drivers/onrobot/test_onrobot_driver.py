"""The drivers' own business: the right tool, commands that the gripper would ignore, offsets, lost parts."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from cellkit_onrobot.protocol import rg
from cellkit_onrobot.protocol.box import PRODUCT
from onrobot_bench import PART, Bench, alter, bench

from cellkit.devices import Grip, Lifecycle, Workpiece
from cellkit.errors import (
    CommandRejected,
    ConnectionFailed,
    DeviceFault,
    GraspLost,
    MotionAborted,
)
from cellkit.timing import now
from cellkit.transport import RecordingNetwork
from cellkit.transport.recording import Passed

# --- connecting -----------------------------------------------------------------------------------------------------


def test_another_tool_than_the_models_is_no_connection() -> None:
    async def test(table: Bench) -> None:
        alter(table, PRODUCT, [0x21])
        with pytest.raises(ConnectionFailed, match="the tool is RG6, not RG2"):
            await table.gripper().connect()
        alter(table, PRODUCT, [0xC0])
        with pytest.raises(ConnectionFailed, match="product 0xc0, not RG2"):
            await table.gripper().connect()

    bench(test)


@pytest.mark.parametrize("model", ["rg2", "vg10"])
def test_old_firmware_that_does_not_say_what_it_is_will_do(model: str) -> None:
    async def test(table: Bench) -> None:
        alter(table, PRODUCT, None)
        gripper: Any = table.gripper() if model == "rg2" else table.suction()
        async with gripper:
            await gripper.grip()
            await gripper.release()

    bench(test, model)


@pytest.mark.parametrize("model", ["rg2", "vg10"])
def test_a_unit_that_is_not_there_is_no_connection(model: str) -> None:
    async def test(table: Bench) -> None:
        gripper: Any = table.gripper(unit=66) if model == "rg2" else table.suction(unit=66)
        with pytest.raises(ConnectionFailed, match="no answer for"):
            await gripper.connect()
        assert gripper.lifecycle is Lifecycle.CLOSED

    bench(test, model)


def test_a_box_that_somebody_else_holds_is_no_connection() -> None:
    async def test(table: Bench) -> None:
        other = await table.client()
        gripper = table.gripper()
        with pytest.raises(ConnectionFailed):
            await gripper.connect()
        other.stream.close()
        async with gripper:
            await gripper.move(0.05)

    bench(test)


def test_it_connects_while_the_fingers_move_and_to_a_gripper_that_has_tripped() -> None:
    async def test(table: Bench) -> None:
        table.hand.write("holding", 0, [400, 0, 16])
        await asyncio.sleep(0.1)
        gripper = table.gripper()
        async with gripper:
            assert (await gripper.state()).moving
        table.hand.push_switch(2)
        async with gripper:
            with pytest.raises(DeviceFault, match=r"268\.5"):
                await gripper.move(0.05)

    bench(test)


# --- commands -------------------------------------------------------------------------------------------------------


def test_what_somebody_else_has_started_is_stopped_first() -> None:
    async def test(table: Bench) -> None:
        gripper = table.gripper()
        async with gripper:
            table.hand.write("holding", 0, [400, 0, 16])
            await asyncio.sleep(0.1)
            state = await gripper.move(0.1)
            assert state.width == pytest.approx(0.1, abs=1e-4)

    bench(test)


def test_stop_without_a_motion_sends_nothing() -> None:
    async def test(table: Bench) -> None:
        gripper = table.gripper()
        async with gripper:
            await gripper.move(0.05)
            await gripper.stop()
            assert table.hand.read("holding", 2, 1) == [16]
            moving = asyncio.ensure_future(gripper.move(0.1))
            await asyncio.sleep(0.1)
            await gripper.stop()
            assert table.hand.read("holding", 2, 1) == [8]
            with pytest.raises(MotionAborted):
                await moving

    bench(test)


def test_going_where_the_fingers_are_takes_no_longer_than_it_must() -> None:
    async def test(table: Bench) -> None:
        gripper = table.gripper()
        async with gripper:
            await gripper.move(0.05)
            began = now()
            await gripper.move(0.05)
            assert now() - began <= 0.2
            table.put_part()
            await gripper.release()
            assert (await gripper.grip(PART)).held
            began = now()
            assert (await gripper.grip(PART)).held
            assert now() - began <= 0.2

    bench(test)


def test_a_part_that_was_held_before_connecting_can_be_gripped_again() -> None:
    async def test(table: Bench) -> None:
        table.put_part()
        async with table.gripper() as gripper:
            assert (await gripper.grip(PART)).held
        table.hand._start = lambda _control: None  # it presses already, and is never seen busy
        async with table.gripper() as gripper:
            assert not gripper.holding
            assert (await gripper.grip(PART)).held
            with pytest.raises(DeviceFault, match="no motion"):
                await gripper.release()

    bench(test)


def test_a_gripper_that_does_not_move_at_all_is_a_fault() -> None:
    async def test(table: Bench) -> None:
        gripper = table.gripper()
        async with gripper:
            table.hand._start = lambda _control: None
            began = now()
            with pytest.raises(DeviceFault, match="no motion") as caught:
                await gripper.move(0.05)
            assert caught.value.recoverable
            assert 1.0 <= now() - began <= 1.2

    bench(test)


def test_speed_cannot_be_commanded() -> None:
    async def test(table: Bench) -> None:
        gripper = table.gripper()
        took = []
        async with gripper:
            for speed in (gripper.model.speed_min.known(), gripper.model.speed_max.known()):
                await gripper.move(0.1)
                began = now()
                await gripper.move(0.02, speed=speed)
                took.append(now() - began)
        assert took[0] == pytest.approx(took[1], abs=0.02)

    bench(test)


def test_a_model_that_is_wider_or_stronger_than_the_gripper_is_refused_by_it() -> None:
    async def test(table: Bench) -> None:
        gripper = table.gripper()
        model: Any = gripper.model
        gripper.model = model.model_copy(
            update={
                "stroke": model.stroke.model_copy(update={"value": 0.12}),
                "force_max": model.force_max.model_copy(update={"value": 45.0}),
            }
        )
        async with gripper:
            for width, force in ((0.115, 20.0), (0.05, 41.0)):
                with pytest.raises(CommandRejected, match="exception 3"):
                    await gripper.move(width, force=force)
            assert not gripper.busy

    bench(test)


def test_force_is_sent_in_tenths_of_a_newton_and_never_told() -> None:
    async def test(table: Bench) -> None:
        gripper = table.gripper()
        async with gripper:
            state = await gripper.move(0.05, force=12.34)
            assert state.force is None
            assert table.hand.read("holding", 0, 3) == [123, 500, 16]

    bench(test)


# --- offsets --------------------------------------------------------------------------------------------------------


def test_widths_are_between_the_fingertips_or_between_bare_fingers() -> None:
    async def test(table: Bench) -> None:
        table.hand.set_offset(0.0046)
        jaws = table.rig.device_bench.bench.plant
        assert jaws is not None
        for fingertips, raw in ((True, 0.0592), (False, 0.05)):
            gripper = table.gripper(fingertips=fingertips)
            async with gripper:
                state = await gripper.move(0.05)
                assert state.width == pytest.approx(0.05)
                assert jaws.state().width == pytest.approx(raw - 0.0092)

    bench(test)


def test_wide_open_with_an_offset_is_where_bare_fingers_end() -> None:
    async def test(table: Bench) -> None:
        table.hand.set_offset(0.0046)
        gripper = table.gripper()
        async with gripper:
            await gripper.move(0.05)
            for _ in range(2):
                await gripper.release()
                assert (await gripper.state()).width == pytest.approx(0.1008)

    bench(test)


# --- parts ----------------------------------------------------------------------------------------------------------


def test_a_part_is_what_the_gripper_detects() -> None:
    """Thin as paper, or almost: wider than the interface's 1 mm, and not told from closed fingers by the gripper."""

    async def test(table: Bench) -> None:
        thin = Workpiece("shim", "box", (0.0011, 0.06, 0.04), 0.01, 0.8)
        gripper = table.gripper()
        async with gripper:
            table.rig.device_bench.bench.put_part(thin, gripper.grasp(thin))
            result = await gripper.grip(thin)
            assert result.grip is Grip.NO_PART
            assert result.measure == pytest.approx(0.0011)

    bench(test)


def test_a_part_of_another_width_is_told() -> None:
    async def test(table: Bench) -> None:
        gripper = table.gripper()
        async with gripper:
            table.put_part()
            result = await gripper.grip(Workpiece("other", "box", (0.05, 0.06, 0.04), 0.1, 0.8))
            assert result.grip is Grip.WRONG_WIDTH
            assert not gripper.holding

    bench(test)


@pytest.mark.parametrize("bit_falls", [True, False])
def test_a_lost_part_shows_in_the_bit_or_in_the_width(bit_falls: bool) -> None:
    async def test(table: Bench) -> None:
        gripper = table.gripper()
        heard: list[str] = []
        gripper.on_event(lambda event: heard.append(event.what))
        async with gripper:
            table.put_part()
            assert (await gripper.grip(PART)).held
            await asyncio.sleep(1.0)

            async def carry() -> None:
                async with gripper.guard():
                    table.rig.lose_part()
                    table.hand._gripping = not bit_falls
                    await asyncio.sleep(1.0)

            with pytest.raises(GraspLost):
                await carry()
            assert heard.count("grasp_lost") == 1

    bench(test)


def test_a_part_that_gives_way_a_little_is_not_lost() -> None:
    async def test(table: Bench) -> None:
        gripper = table.gripper()
        async with gripper:
            table.put_part()
            assert (await gripper.grip(PART)).held
            softer = rg.encode_status(table.hand.status())
            softer[9] = softer[17] = softer[17] - 15
            alter(table, rg.STATUS, softer)
            await asyncio.sleep(0.5)
            assert gripper.holding
            softer[9] = softer[17] = softer[17] - 10
            await asyncio.sleep(0.5)
            assert not gripper.holding

    bench(test)


def test_the_same_run_sends_the_same_bytes() -> None:
    runs: list[list[Passed]] = []

    async def test(table: Bench) -> None:
        passed: list[Passed] = []
        table.rig.network = RecordingNetwork(table.rig.network, passed.append)
        async with table.gripper() as gripper:
            table.put_part()
            await gripper.grip(PART)
            await gripper.release(PART)
        runs.append(passed)

    bench(test)
    bench(test)
    assert runs[0] == runs[1]
    assert len(runs[0]) > 50
