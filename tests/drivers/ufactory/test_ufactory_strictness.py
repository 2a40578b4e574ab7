"""Refusals of the virtual control box: state bytes, warnings and errors of the vendor's tables."""

from __future__ import annotations

import asyncio
import math
import struct

import pytest
from cellkit_ufactory.protocol.commands import LineMove, pack_floats, padded
from cellkit_ufactory.protocol.frames import HEARTBEAT_FRAME, PRIVATE_ALIVE, Feedback
from cellkit_ufactory.protocol.numbers import Function as F
from ufactory_manual import PRIVATE, raw
from ufactory_raw import Bench, Raw, bench
from ufactory_sdk import REQUESTS

HOME = (0.0, -0.443, -0.762, 0.0, 1.206, 0.0)
FAR = pack_floats((*padded((0.5, *HOME[1:])), 0.3, 5.0, 0.0))


def near(joint: float) -> bytes:
    return pack_floats((*padded((joint, *HOME[1:])), 1.0, 10.0, 0.0))


def test_an_unknown_function_is_warning_13() -> None:
    async def test(table: Bench) -> None:
        client = await table.client()
        for function in (0, 20, 54, 99, 252):
            reply = await client.ask(function)
            assert reply.invalid
            assert reply.warning
            assert await client.error() == (0, 13)
            assert not (await client.ask(F.CLEAR_WARNING)).warning

    bench(test)


@pytest.mark.parametrize(
    ("function", "body"),
    [
        (F.MOVE_JOINT, bytes(39)),
        (F.MOVE_JOINT, pack_floats((*padded(HOME), 0.0, 5.0, 0.0))),  # no speed
        (F.MOVE_JOINT, struct.pack("<10f", *padded(HOME), math.nan, 5.0, 0.0)),
        (F.MOVE_LINE, struct.pack("<9f", math.inf, *(0.0,) * 8)),
        (F.MOVE_CIRCLE, bytes(66)),
        (F.MOTION_ENABLE, b"\x08"),
        (F.MOTION_ENABLE, b"\x09\x01"),
        (F.MOTION_ENABLE, b"\x07\x01"),  # an axis that this arm does not have
        (F.MOTION_ENABLE, b"\x08\x02"),
        (F.SET_STATE, b"\x05"),
        (F.SET_STATE, b""),
        (F.SET_MODE, b"\x03"),
        (F.SET_MODE, b"\x08"),
        (F.SET_COLLISION_SENSITIVITY, b"\x06"),
        (F.SET_TEACH_SENSITIVITY, b"\x00"),
        (F.SET_LOAD, pack_floats((-1.0, 0.0, 0.0, 0.0))),
        (F.SET_REDUCED_MODE, b"\x02"),
        (F.GET_JOINTS, b"\x04"),
        (F.GET_VERSION, b"\x00"),
        (F.DELAYED_DIGITAL_OUT, b"\x10\x01" + pack_floats((1.0,))),
        (F.SET_ANALOG_OUT_1, b"\x10\x00"),
        (F.TOOL_WRITE_16, b"\x08\x0a\x15" + pack_floats((257.0,))),
        (F.TOOL_READ_16, b"\x09\x0b\x00"),
        (F.JOINT_VELOCITY, bytes(28)),
    ],
)
def test_wrong_parameters_are_warning_12_and_change_nothing(function: int, body: bytes) -> None:
    async def test(table: Bench) -> None:
        client = await table.client()
        reply = await client.ask(function, body)
        assert reply.invalid
        assert await client.error() == (0, 12)
        assert await client.state() == 2
        assert table.box.enabled == 0x3F

    bench(test)


def test_motions_are_refused_until_the_arm_is_ready() -> None:
    """Mode, brakes, enabling and stops each need function 12 with 0 before the arm moves."""

    async def test(table: Bench) -> None:
        client = await table.client()
        for spoil, state in (
            ((F.SET_MODE, b"\0\0"), 5),
            ((F.MOTION_ENABLE, b"\x08\x01"), 5),
            ((F.SET_TCP_OFFSET, bytes(24)), 5),
            ((F.SET_COLLISION_SENSITIVITY, b"\x02"), 5),
            ((F.SET_STATE, b"\x04"), 4),
            ((F.SET_STATE, b"\x06"), 6),
        ):
            assert (await client.ask(*spoil)).not_ready
            assert await client.state() == state
            refused = await client.ask(F.MOVE_JOINT, FAR)
            assert refused.state == 0x10
            assert (await client.ask(F.GET_COMMAND_COUNT)).data == b"\0\0"
            assert (await client.ask(F.SET_STATE, b"\0")).state == 0
            assert await client.state() == 2
        before = table.rig.true_joints()
        await asyncio.sleep(1.0)
        assert (table.rig.true_joints() == before).all()

    bench(test)


def test_an_arm_without_power_does_not_get_ready() -> None:
    async def test(table: Bench) -> None:
        client = await table.client()
        for off, on in (
            ((F.MOTION_ENABLE, b"\x02\x00"), (F.MOTION_ENABLE, b"\x02\x01")),
            ((F.SET_BRAKE, b"\x08\x00"), (F.SET_BRAKE, b"\x08\x01")),
        ):
            await client.ask(*off)
            assert (await client.ask(F.SET_STATE, b"\0")).not_ready
            assert (await client.ask(F.MOVE_JOINT, FAR)).state == 0x10
            await client.ask(*on)
            assert not (await client.ask(F.SET_STATE, b"\0")).not_ready

    bench(test)


@pytest.mark.parametrize(
    ("mode", "taken"),
    [
        (0, {F.MOVE_JOINT, F.MOVE_LINE, F.MOVE_LINE_TOOL}),
        (1, {F.SERVO_JOINT, F.SERVO_CARTESIAN}),
        (2, set()),
        (4, {F.JOINT_VELOCITY}),
        (5, {F.CARTESIAN_VELOCITY}),
        (6, {F.MOVE_JOINT}),
        (7, {F.MOVE_LINE}),
    ],
)
def test_every_mode_takes_its_own_commands_only(mode: int, taken: set[int]) -> None:
    async def test(table: Bench) -> None:
        client = await table.client()
        pose = (await client.ask(F.GET_TCP_POSE)).data
        bodies = {
            F.MOVE_JOINT: FAR,
            F.MOVE_LINE: pose + pack_floats((50.0, 500.0, 0.0)),
            F.MOVE_LINE_TOOL: pack_floats((0.0, 0.0, -5.0, 0.0, 0.0, 0.0, 50.0, 500.0, 0.0)),
            F.SERVO_JOINT: near(0.01),
            F.SERVO_CARTESIAN: pose + bytes(12),
            F.JOINT_VELOCITY: pack_floats((0.1, *(0.0,) * 6)) + b"\1",
            F.CARTESIAN_VELOCITY: pack_floats((10.0, *(0.0,) * 5)) + b"\0",
        }
        for function, body in bodies.items():
            await client.mode(mode)
            reply = await client.ask(function, body)
            assert reply.not_ready is (function not in taken), f"function {function} in mode {mode}: {reply}"
            await client.ask(F.SET_STATE, b"\4")
            await asyncio.sleep(0.5)

    bench(test)


def test_the_queue_counts_and_is_full_with_warning_11() -> None:
    async def test(table: Bench) -> None:
        client = await table.client()
        table.rig.kernel.queue_depth = 3
        counts = [struct.unpack(">H", (await client.ask(F.MOVE_JOINT, FAR)).data)[0] for _ in range(4)]
        assert counts == [1, 2, 3, 4], "one runs and three wait"
        reply = await client.ask(F.MOVE_JOINT, FAR)
        assert reply.invalid
        assert await client.error() == (0, 11)
        assert (await client.ask(F.GET_COMMAND_COUNT)).data == b"\0\4"
        assert await client.state() == 1
        await client.ask(F.SET_STATE, b"\4")
        assert (await client.ask(F.GET_COMMAND_COUNT)).data[0] == 0

    bench(test)


def test_a_joint_beyond_its_limit_is_error_23() -> None:
    async def test(table: Bench) -> None:
        client = await table.client()
        reply = await client.ask(F.MOVE_JOINT, near(7.0))
        assert reply.error
        assert reply.not_ready
        assert await client.error() == (23, 0)
        assert await client.state() == 4
        assert (await client.ask(F.SET_STATE, b"\0")).not_ready, "an error must be cleared first"
        await client.ask(F.CLEAR_ERROR)
        assert await client.error() == (0, 0)
        assert await client.state() == 4
        assert (await client.ask(F.MOVE_JOINT, FAR)).state == 0x10, "and then function 12 is still to come"
        assert (await client.ask(F.SET_STATE, b"\0")).state == 0

    bench(test)


@pytest.mark.parametrize(
    ("function", "body", "code"),
    [
        (F.MOVE_LINE, pack_floats((3000.0, 0.0, 200.0, math.pi, 0.0, 0.0, 100.0, 1000.0, 0.0)), 21),
        (F.MOVE_CIRCLE, pack_floats((*(300.0, 0.0, 200.0, math.pi, 0.0, 0.0) * 2, 100.0, 1000.0, 0.0, 50.0)), 32),
    ],
)
def test_motions_without_a_way_end_in_an_error(function: int, body: bytes, code: int) -> None:
    async def test(table: Bench) -> None:
        client = await table.client()
        await client.ask(F.SET_FEEDBACK, b"\2")
        assert not (await client.ask(function, body)).invalid
        await asyncio.sleep(0.5)
        assert await client.error() == (code, 0)
        assert [Feedback.of(frame).result for frame in client.feedback] == [1]
        assert await client.state() == 4

    bench(test)


def test_a_motion_can_be_judged_without_being_made() -> None:
    async def test(table: Bench) -> None:
        client = await table.client()
        far = pack_floats((3000.0, 0.0, 200.0, math.pi, 0.0, 0.0, 100.0, 1000.0, 0.0, -1.0)) + b"\0\0\1"
        assert (await client.ask(F.MOVE_LINE, far)).data == b"\0\0\x15"
        assert (await client.ask(F.MOVE_JOINT, FAR + b"\1")).data == b"\0\0\0"
        await asyncio.sleep(0.5)
        assert (await client.error(), await client.state()) == ((0, 0), 2)

    bench(test)


def test_the_emergency_stop_keeps_its_error_while_it_is_pressed() -> None:
    async def test(table: Bench) -> None:
        client = await table.client()
        await client.ask(F.MOVE_JOINT, FAR)
        await asyncio.sleep(0.3)
        table.virtual.press_emergency_stop()
        assert await client.error() == (1, 0)
        assert table.box.enabled == 0
        await client.ask(F.CLEAR_ERROR)
        assert await client.error() == (1, 0)
        table.virtual.release_emergency_stop()
        assert await client.error() == (1, 0)
        await client.ask(F.CLEAR_ERROR)
        assert await client.error() == (0, 0)
        assert (await client.ask(F.SET_STATE, b"\0")).not_ready, "the arm is not enabled yet"
        await client.ask(F.MOTION_ENABLE, b"\x08\x01")
        assert (await client.ask(F.SET_STATE, b"\0")).state == 0

    bench(test)


def test_feedback_comes_for_every_motion_with_its_transaction() -> None:
    async def test(table: Bench) -> None:
        client, other = await table.client(), await table.client()
        await client.ask(F.SET_FEEDBACK, b"\3")
        await client.ask(F.MOVE_JOINT, near(0.1))
        first = client.transaction
        await client.ask(F.MOVE_JOINT, FAR)
        await client.ask(F.SLEEP, pack_floats((5.0,)))
        await client.ask(F.FEEDBACK_CHECK)
        last = client.transaction
        await asyncio.sleep(0.7)
        await client.ask(F.SET_STATE, b"\4")
        await asyncio.sleep(1.0)
        seen = [(frame.transaction - first, Feedback.of(frame)) for frame in client.feedback]
        assert seen[:3] == [(0, Feedback(1, 0)), (0, Feedback(2, 0)), (1, Feedback(1, 0))]
        assert sorted((at, told.result) for at, told in seen[3:]) == [(1, 2), (2, 2), (last - first, 2)]
        assert not other.feedback

    bench(test)


def test_pausing_keeps_the_queue_and_stopping_throws_it_away() -> None:
    async def test(table: Bench) -> None:
        client = await table.client()
        await client.ask(F.MOVE_JOINT, FAR)
        await client.ask(F.MOVE_JOINT, near(0.0))
        await asyncio.sleep(0.5)
        await client.ask(F.SET_STATE, b"\3")
        await asyncio.sleep(1.0)
        assert await client.state() == 3
        before = table.rig.true_joints()
        await asyncio.sleep(1.0)
        assert (table.rig.true_joints() == before).all()
        await client.ask(F.SET_STATE, b"\0")
        await asyncio.sleep(6.0)
        assert await client.state() == 2
        assert table.rig.true_joints()[0] == pytest.approx(0.0, abs=1e-6)

    bench(test)


def test_blended_lines_run_as_one_motion_and_end_where_nothing_follows() -> None:
    async def test(table: Bench) -> None:
        client = await table.client()
        x, y, z, *turn = struct.unpack("<6f", (await client.ask(F.GET_TCP_POSE)).data)
        for dy, dz in ((60.0, 0.0), (60.0, 60.0)):
            await client.ask(*LineMove((x, y + dy, z + dz, *turn), 100.0, 1000.0, 20.0).encode())
        nearest, moving = 1e9, []
        for _ in range(300):
            await asyncio.sleep(0.01)
            position = 1000 * table.box.tcp()[:3, 3]
            moving.append(float(table.rig.kernel.joints().velocity @ table.rig.kernel.joints().velocity) > 1e-6)
            nearest = min(nearest, math.dist(position, (x, y + 60.0, z)))
        assert 1.0 < nearest < 20.0, "the corner is blended"
        assert "".join("01"[on] for on in moving).strip("0").count("0") == 0, "no stop in the corner"
        assert 1000 * table.box.tcp()[:3, 3] == pytest.approx((x, y + 60.0, z + 60.0), abs=0.01)
        assert await client.state() == 2

    bench(test)


def test_speeds_are_followed_and_end_after_their_time() -> None:
    async def test(table: Bench) -> None:
        client = await table.client()
        await client.mode(4)
        start = table.rig.true_joints()
        await client.ask(F.JOINT_VELOCITY, pack_floats((0.2, *(0.0,) * 6)) + b"\1" + pack_floats((1.0,)))
        await asyncio.sleep(0.5)
        assert table.rig.kernel.joints().velocity[0] == pytest.approx(0.2, abs=0.01)
        assert await client.state() == 1
        await asyncio.sleep(1.0)
        assert (table.rig.true_joints() - start)[0] == pytest.approx(0.2, abs=0.01)
        assert await client.state() == 2
        await client.mode(5)
        before = table.box.tcp()[:3, 3]
        await client.ask(F.CARTESIAN_VELOCITY, pack_floats((0.0, 0.0, 50.0, 0.0, 0.0, 0.0)) + b"\0")
        await asyncio.sleep(1.0)
        await client.ask(F.CARTESIAN_VELOCITY, bytes(24) + b"\0")
        await asyncio.sleep(0.5)
        assert 1000 * (table.box.tcp()[:3, 3] - before) == pytest.approx((0.0, 0.0, 50.0), abs=1.5)
        assert await client.state() == 2

    bench(test)


def test_speeds_that_lead_beyond_a_joint_limit_are_error_23() -> None:
    async def test(table: Bench) -> None:
        client = await table.client()
        await client.mode(4)
        await client.ask(F.JOINT_VELOCITY, pack_floats((0.0, 0.0, 1.0, *(0.0,) * 4)) + b"\0")
        await asyncio.sleep(2.0)
        assert await client.error() == (23, 0)
        assert table.rig.true_joints()[2] <= 0.192

    bench(test)


def test_online_targets_take_over_and_slow_down() -> None:
    async def test(table: Bench) -> None:
        client = await table.client()
        await client.mode(6)
        await client.ask(F.MOVE_JOINT, pack_floats((*padded((1.0, *HOME[1:])), 2.0, 10.0, 0.0)))
        await asyncio.sleep(0.3)
        assert not (await client.ask(F.MOVE_JOINT, pack_floats((*padded((-0.5, *HOME[1:])), 0.5, 5.0, 0.0)))).invalid
        await asyncio.sleep(6.0)
        assert table.rig.true_joints()[0] == pytest.approx(-0.5, abs=1e-5)

    bench(test)


def test_the_reduced_mode_slows_and_limits() -> None:
    async def test(table: Bench) -> None:
        client = await table.client()
        await client.ask(F.SET_REDUCED_JOINT_SPEED, pack_floats((0.1,)))
        await client.ask(F.SET_REDUCED_MODE, b"\1")
        await client.ask(F.MOVE_JOINT, near(0.3))
        await asyncio.sleep(1.0)
        assert abs(table.rig.kernel.joints().velocity[0]) == pytest.approx(0.1, abs=0.002)
        await asyncio.sleep(3.0)
        await client.ask(F.SET_REDUCED_JOINT_RANGE, pack_floats((-0.4, 0.4) + (-6.0, 6.0) * 6))
        await client.ask(F.MOVE_JOINT, near(0.5))
        assert await client.error() == (23, 0)
        await client.ask(F.CLEAR_ERROR)
        await client.ask(F.SET_STATE, b"\0")
        await client.ask(F.SET_BOUNDARY, struct.pack("<6i", 1000, -1000, 1000, -1000, 100, -100))
        await client.ask(F.MOVE_JOINT, near(0.0))
        assert await client.error() == (35, 0)

    bench(test)


def test_a_client_that_promised_to_keep_alive_is_dropped_after_its_silence() -> None:
    async def test(table: Bench) -> None:
        silent, talking, plain = [await table.client() for _ in range(3)]
        for client in (silent, talking):
            await client.ask(F.GET_STATE, protocol=PRIVATE_ALIVE)
        await plain.ask(F.GET_STATE)
        for _ in range(4):
            await asyncio.sleep(30.0)
            talking.stream.write(HEARTBEAT_FRAME)
        assert (silent.ended, talking.ended, plain.ended) == (True, False, False)
        assert talking.frames.empty(), "a heartbeat is not answered"

    bench(test)


@pytest.mark.parametrize("garbage", [b"\0\1\0\7\0\2\1\0", b"\0\1\0\2\0\0\1", b"\xff" * 64])
def test_garbage_ends_its_own_connection_only(garbage: bytes) -> None:
    async def test(table: Bench) -> None:
        bad, good = await table.client(), await table.client()
        bad.stream.write(garbage)
        await asyncio.sleep(0.1)
        assert bad.ended
        assert await good.state() == 2

    bench(test)


@pytest.mark.parametrize("at", range(len(REQUESTS)), ids=[name for name, _ in REQUESTS])
def test_every_request_of_the_sdk_is_understood(at: int) -> None:
    """No request is of an unknown form, whatever the result for the pose is."""

    async def test(table: Bench) -> None:
        client = await table.client()
        data = raw(REQUESTS[at][1])
        name = REQUESTS[at][0]
        modes = {"move_servo": 1, "vc_set_jointv": 4, "vc_set_linev": 5}
        await client.mode(next((mode for start, mode in modes.items() if name.startswith(start)), 0))
        reply = await client.ask(data[4], data[5:])
        assert not reply.invalid, name

    bench(test)


SAME = (1, 5, 11, 12, 13, 14, 15, 16, 17, 18, 23, 24, 25, 26, 31, 35, 37, 38, 45, 47, 134, 142)


@pytest.mark.parametrize("function", SAME)
def test_replies_are_those_of_the_manual(function: int) -> None:
    """Compare function, state byte and length; data of one machine are not compared."""

    async def test(table: Bench) -> None:
        client = await table.client()
        request, reply = (raw(text) for text in PRIVATE[function])
        found = await client.frame(function, request[7:])
        assert len(found.encode()) == len(reply)
        assert found.body[0] == reply[7]
        if function not in (1,):
            assert found.encode()[7:] == reply[7:]

    bench(test)


def test_differences_of_poses_are_those_of_the_manual() -> None:
    async def test(table: Bench) -> None:
        client = await table.client()
        request, reply = (raw(text) for text in PRIVATE[76])
        found = struct.unpack("<6f", (await client.ask(76, request[7:])).data)
        assert found == pytest.approx(struct.unpack("<6f", reply[8:]), abs=1e-6)

    bench(test)


async def _tool_output(client: Raw, value: float) -> None:
    await client.ask(F.TOOL_WRITE_16, b"\x09\x1a\x15" + pack_floats((value,)))


def test_signals_switch_now_later_and_at_a_place() -> None:
    async def test(table: Bench) -> None:
        client, signals = await table.client(), table.box.signals
        signals.outputs = 0xFFFF
        await client.ask(F.SET_DIGITAL_OUT, raw("8000 8000"))
        await asyncio.sleep(0.01)
        assert signals.outputs == 0x7F7F
        await _tool_output(client, 257.0)
        assert signals.tool_outputs == 1
        await _tool_output(client, 256.0)
        assert signals.tool_outputs == 0
        await client.ask(F.DELAYED_TOOL_OUT, b"\1\1" + pack_floats((0.5,)))
        await asyncio.sleep(0.4)
        assert signals.tool_outputs == 0
        await asyncio.sleep(0.2)
        assert signals.tool_outputs == 2
        x, y, z = (1000 * table.box.tcp()[:3, 3]).tolist()
        await client.ask(F.POSITION_DIGITAL_OUT, b"\7\1" + pack_floats((x, y, z, 1.0)))
        await asyncio.sleep(0.1)
        assert signals.outputs == 0x7FFF
        signals.inputs, signals.analog_inputs = 0xFFFD, [18, 21]
        assert (await client.ask(F.GET_DIGITAL_IN)).data == raw("FFFD")
        assert (await client.ask(F.GET_ANALOG_IN_2)).data == raw("0015")
        for _ in range(40):
            await client.ask(F.POSITION_DIGITAL_OUT, b"\7\1" + pack_floats((9e3, 0.0, 0.0, 1.0)))
        assert await client.error() == (36, 0)

    bench(test)
