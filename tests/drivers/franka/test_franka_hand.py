"""The driver of the hand: what it makes of refusals, of a hand that was not homed, and of other clients."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from cellkit_franka.config import FrankaConfig
from cellkit_franka.hand import FrankaHand
from cellkit_franka.protocol import gripper as protocol
from cellkit_franka.virtual import VirtualFranka
from cellkit_franka.virtual_jaws import FreeJaws
from franka_client import HOST, controller

from cellkit.devices import Grip, Workpiece
from cellkit.errors import ConnectionFailed, DeviceFault, MotionAborted
from cellkit.models.gripper import ParallelGripperModel
from cellkit.models.load import load_gripper
from cellkit.timing import now, run

PART = Workpiece("part", "box", (0.04, 0.06, 0.04), 0.1, 0.8)


@contextlib.asynccontextmanager
async def pair() -> AsyncIterator[tuple[VirtualFranka, FreeJaws, FrankaHand]]:
    model = load_gripper("franka-hand")
    assert isinstance(model, ParallelGripperModel)
    async with controller() as (virtual, network):
        jaws = virtual.hand.jaws
        assert isinstance(jaws, FreeJaws)
        hand = FrankaHand("hand", model, FrankaConfig(host=HOST, local_host=HOST), network)
        try:
            yield virtual, jaws, hand
        finally:
            await hand.close()


def with_hand(test: Callable[[VirtualFranka, FreeJaws, FrankaHand], Awaitable[None]]) -> None:
    async def main() -> None:
        async with pair() as (virtual, jaws, hand):
            await test(virtual, jaws, hand)

    run(main())


@pytest.mark.parametrize(
    ("between", "found"), [(0.04, Grip.PART), (0.06, Grip.WRONG_WIDTH), (0.0004, Grip.NO_PART), (None, Grip.NO_PART)]
)
def test_what_a_grip_finds_is_judged_by_the_width_and_not_by_the_hand(between: float | None, found: Grip) -> None:
    async def test(_: VirtualFranka, jaws: FreeJaws, hand: FrankaHand) -> None:
        await hand.connect()
        jaws.part = between
        result = await hand.grip(PART)
        assert result.grip is found
        assert result.measure == pytest.approx(between or 0.0, abs=1e-6)

    with_hand(test)


def test_a_move_against_a_part_ends_there() -> None:
    async def test(_: VirtualFranka, jaws: FreeJaws, hand: FrankaHand) -> None:
        await hand.connect()
        jaws.part = 0.03
        assert (await hand.move(0.02)).width == pytest.approx(0.03)
        assert not hand.holding

    with_hand(test)


def test_a_hand_that_forgot_its_fingers_refuses_until_it_is_homed() -> None:
    async def test(virtual: VirtualFranka, _: FreeJaws, hand: FrankaHand) -> None:
        await hand.connect()
        virtual.forget_fingers()
        with pytest.raises(DeviceFault, match="homing may help") as caught:
            await hand.grip()
        assert caught.value.code == "fail"
        await hand.recover()
        assert (await hand.grip()).grip is Grip.NO_PART

    with_hand(test)


def test_a_hand_that_does_not_know_its_largest_width_is_homed_on_connecting() -> None:
    async def test(virtual: VirtualFranka, _: FreeJaws, hand: FrankaHand) -> None:
        server = virtual.hand
        server.max_width, server.homed = 0.0, False

        async def home() -> protocol.Status:
            server.max_width, server.homed = 0.08, True
            return protocol.Status.SUCCESS

        server._home = home  # type: ignore[method-assign]
        await hand.connect()
        assert server.homed
        await hand.release()

    with_hand(test)


def test_homing_does_not_drop_a_part() -> None:
    async def test(_: VirtualFranka, jaws: FreeJaws, hand: FrankaHand) -> None:
        await hand.connect()
        jaws.part = 0.04
        await hand.grip(PART)
        await hand.recover()
        assert hand.holding
        assert jaws.state().width == pytest.approx(0.04)

    with_hand(test)


def test_a_stop_leaves_the_fingers_where_they_are() -> None:
    async def test(_: VirtualFranka, jaws: FreeJaws, hand: FrankaHand) -> None:
        await hand.connect()
        closing = asyncio.ensure_future(hand.move(0.01, speed=0.02))
        await asyncio.sleep(1.0)
        assert (await hand.state()).moving
        await hand.stop()
        with pytest.raises(MotionAborted):
            await closing
        width = jaws.state().width
        await asyncio.sleep(1.0)
        assert jaws.state().width == width == pytest.approx(0.06, abs=2e-3)

    with_hand(test)


def test_a_command_that_somebody_else_ends_is_an_error() -> None:
    async def test(virtual: VirtualFranka, _: FreeJaws, hand: FrankaHand) -> None:
        await hand.connect()
        closing = asyncio.ensure_future(hand.grip())
        await asyncio.sleep(0.1)
        await virtual.hand._end()
        with pytest.raises(DeviceFault, match="another client ended the command"):
            await closing

    with_hand(test)


def test_a_hand_that_another_client_has_is_no_connection() -> None:
    async def test(virtual: VirtualFranka, _: FreeJaws, hand: FrankaHand) -> None:
        other = await virtual.network.connect(HOST, 1338)
        await asyncio.sleep(0.01)
        began = now()
        with pytest.raises(ConnectionFailed, match="no answer"):
            await hand.connect()
        assert 0.5 < now() - began < 3.0
        other.close()
        await asyncio.sleep(0.01)
        await hand.connect()

    with_hand(test)


def test_another_version_is_named() -> None:
    async def test(virtual: VirtualFranka, _: FreeJaws, hand: FrankaHand) -> None:
        virtual.hand.version = 2
        with pytest.raises(ConnectionFailed, match="version 2 of its interface, not 3"):
            await hand.connect()

    with_hand(test)
