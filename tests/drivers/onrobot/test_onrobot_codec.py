"""The registers against bytes from elsewhere, in both directions; and what every input must lead to."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest
from cellkit_onrobot.protocol import rg, vg
from cellkit_onrobot.protocol.rg import Control, RgCommand, RgStatus
from cellkit_onrobot.protocol.vg import AMBIENT, ChannelCommand, Mode, VgStatus
from hypothesis import given, settings
from hypothesis import strategies as st
from onrobot_bench import Bench, bench
from onrobot_frames import (
    ONROBOT_RG,
    ONROBOT_RG_READS,
    ONROBOT_VG,
    ONROBOT_VG_READS,
    PYMODBUSTCP_CLOSE,
    PYMODBUSTCP_GRIP,
    PYMODBUSTCP_POWER,
    PYMODBUSTCP_PRODUCT,
    PYMODBUSTCP_RELEASE,
    PYMODBUSTCP_STATUS,
    PYMODBUSTCP_STOP,
    PYMODBUSTCP_TWO,
    PYMODBUSTCP_VACUUM,
    PYMODBUSTCP_WIDTH,
    raw,
    registers,
    without_number,
)

from cellkit.errors import ProtocolError
from cellkit.transport import RecordingNetwork
from cellkit.transport.recording import Passed

# --- registers that others have read and written ------------------------------------------------------------------


def test_status_blocks_that_another_server_has_sent() -> None:
    found = [rg.decode_status(registers(reply)) for _, reply in PYMODBUSTCP_STATUS]
    assert found == [
        RgStatus(0.0, 0.11, 0.11),
        RgStatus(0.0046, 0.0492, 0.04, grip_detected=True, tripped=(True, True)),
        RgStatus(-0.0046, -0.0092, 0.04, pushed=(True, False), tripped=(True, False), safety_error=True),
    ]
    assert [rg.encode_status(status) for status in found] == [registers(reply) for _, reply in PYMODBUSTCP_STATUS]


def test_commands_that_another_client_has_written() -> None:
    for frame, command in (
        (PYMODBUSTCP_CLOSE, RgCommand(40.0, 0.0, Control.GRIP_WITH_OFFSET)),
        (PYMODBUSTCP_WIDTH, RgCommand(25.5, 0.0523, Control.GRIP)),
        (ONROBOT_RG[0], RgCommand(40.0, 0.11, Control.GRIP_WITH_OFFSET)),
        (ONROBOT_RG[2], RgCommand(40.0, 0.08, Control.GRIP_WITH_OFFSET)),
    ):
        data = raw(frame[0])[13:]
        written = [int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2)]
        assert rg.encode_command(command) == written
        assert rg.decode_command(written) == command


@pytest.mark.parametrize(
    ("register", "command"),
    [
        (0x0000, ChannelCommand(Mode.RELEASE)),
        (0x0114, ChannelCommand(Mode.GRIP, 20)),
        (0x0128, ChannelCommand(Mode.GRIP, 40)),
        (0x014B, ChannelCommand(Mode.GRIP, 75)),
        (0x0200, ChannelCommand(Mode.IDLE)),
        (0x01FF, ChannelCommand(Mode.GRIP, 255)),
    ],
)
def test_channel_commands_of_the_vendors_guide(register: int, command: ChannelCommand) -> None:
    """The examples of OnRobotVGOutput.msg (UOsaka-Harada-Laboratory/onrobot), and what vacuum_on() sends."""
    assert vg.encode_channel(command) == register
    assert vg.decode_channel(register) == command


def test_vacuum_that_another_server_has_sent() -> None:
    status = vg.decode_status(registers(PYMODBUSTCP_VACUUM[1]))
    assert (status.a, status.b) == pytest.approx((0.8 * AMBIENT, 0.795 * AMBIENT))
    assert vg.encode_status(status) == [800, 795]


def test_80_per_cent_and_more_are_all_that_the_pump_gives() -> None:
    asked = [vg.target(ChannelCommand(Mode.GRIP, percent)) for percent in (0, 40, 80, 255)]
    assert asked == pytest.approx([0.0, 40530.0, 81060.0, 81060.0])
    assert vg.target(ChannelCommand(Mode.IDLE, 80)) == 0.0


# --- whole frames ---------------------------------------------------------------------------------------------------


def test_the_virtual_rg_answers_others_byte_for_byte() -> None:
    async def test(table: Bench) -> None:
        client = await table.client()
        exchanges = [PYMODBUSTCP_PRODUCT, PYMODBUSTCP_STATUS[0], PYMODBUSTCP_TWO, *ONROBOT_RG, PYMODBUSTCP_STOP]
        for request, reply in (*exchanges, PYMODBUSTCP_CLOSE, PYMODBUSTCP_WIDTH, PYMODBUSTCP_POWER):
            assert await client.exact(raw(request)) == raw(reply), request

    bench(test)


def test_the_virtual_rg_answers_what_others_read_one_by_one() -> None:
    async def test(table: Bench) -> None:
        client = await table.client()
        found = []
        for request in ONROBOT_RG_READS:
            reply = await client.exact(raw(request))
            assert reply is not None
            assert reply[:9] == raw(request)[:4] + b"\0\x05\x41\x03\x02"
            found += registers(reply.hex())
        assert found == [0, 1100, 0, 1100]

    bench(test)


def test_the_virtual_vg_answers_others_byte_for_byte() -> None:
    async def test(table: Bench) -> None:
        client = await table.client()
        for request, reply in (*ONROBOT_VG, PYMODBUSTCP_GRIP, PYMODBUSTCP_RELEASE, PYMODBUSTCP_POWER):
            assert await client.exact(raw(request)) == raw(reply), request
        await asyncio.sleep(3.0)
        found = []
        for request in ONROBOT_VG_READS:
            reply = await client.exact(raw(request))
            assert reply is not None
            found += registers(reply.hex())
        assert found == [500, 0, 0]

    bench(test, "vg10")


def test_the_rg_driver_sends_what_others_send() -> None:
    async def test(table: Bench) -> None:
        sent: list[Passed] = []
        table.rig.network = RecordingNetwork(table.rig.network, sent.append)
        gripper = table.gripper()
        async with gripper:
            await gripper.move(0.08, force=40.0)
            closing = asyncio.ensure_future(gripper.move(0.0, force=40.0))
            await asyncio.sleep(0.1)
            await gripper.stop()
            await asyncio.wait({closing})
            assert closing.exception() is not None
        bare = table.gripper(fingertips=False)
        async with bare:
            await bare.move(0.0523, force=25.5)
        told = {without_number(one.data) for one in sent if one.direction == "sent"}
        expected = [
            PYMODBUSTCP_PRODUCT, PYMODBUSTCP_STATUS[0], ONROBOT_RG[2], PYMODBUSTCP_CLOSE, PYMODBUSTCP_STOP,
            PYMODBUSTCP_WIDTH,
        ]  # fmt: skip
        assert told == {without_number(raw(request)) for request, _ in expected}

    bench(test)


def test_the_vg_driver_sends_what_others_send() -> None:
    async def test(table: Bench) -> None:
        sent: list[Passed] = []
        table.rig.network = RecordingNetwork(table.rig.network, sent.append)
        gripper = table.suction()
        async with gripper:
            await gripper.grip()
            await gripper.release()
        told = {without_number(one.data) for one in sent if one.direction == "sent"}
        expected = [PYMODBUSTCP_PRODUCT, PYMODBUSTCP_VACUUM, PYMODBUSTCP_GRIP, PYMODBUSTCP_RELEASE]
        assert told == {without_number(raw(request)) for request, _ in expected}

    bench(test, "vg10")


# --- every input ----------------------------------------------------------------------------------------------------

TENTHS = st.integers(0, 0xFFFF)
LENGTHS = st.integers(-0x8000, 0x7FFF).map(lambda count: count / 10_000)
FLAGS = st.booleans()


@given(TENTHS, TENTHS, st.sampled_from(Control))
def test_commands_come_back(force: int, width: int, control: Control) -> None:
    command = RgCommand(force / 10, width / 10_000, control)
    assert rg.encode_command(command) == [force, width, control]
    assert rg.decode_command(rg.encode_command(command)) == command


@given(LENGTHS, LENGTHS, LENGTHS, FLAGS, FLAGS, st.tuples(FLAGS, FLAGS), st.tuples(FLAGS, FLAGS), FLAGS)
def test_statuses_come_back(
    offset: float, width: float, tips: float, busy: bool, grip: bool,
    pushed: tuple[bool, bool], tripped: tuple[bool, bool], error: bool,
) -> None:  # fmt: skip
    status = RgStatus(offset, width, tips, busy, grip, pushed, tripped, error)
    assert rg.decode_status(rg.encode_status(status)) == status
    assert len(rg.faults(status)) == sum((*tripped, error))


@given(st.lists(st.integers(0, 0xFFFF), max_size=24))
def test_any_registers_are_a_status_or_refused(block: list[int]) -> None:
    if len(block) == rg.STATUS_COUNT:
        rg.decode_status(block)
    else:
        with pytest.raises(ProtocolError):
            rg.decode_status(block)


@given(st.lists(st.integers(0, 0xFFFF), max_size=5))
def test_any_registers_are_a_command_or_refused(block: list[int]) -> None:
    if len(block) == 3 and block[2] in (1, 8, 16):
        assert rg.encode_command(rg.decode_command(block)) == block
    else:
        with pytest.raises(ProtocolError):
            rg.decode_command(block)


@given(st.integers(0, 0xFFFF))
def test_any_register_is_a_command_of_a_channel_or_refused(register: int) -> None:
    if register >> 8 <= 2:
        assert vg.encode_channel(vg.decode_channel(register)) == register
    else:
        with pytest.raises(ProtocolError):
            vg.decode_channel(register)


@given(st.lists(st.integers(0, 0xFFFF), max_size=3))
def test_any_registers_are_vacuum_or_refused(block: list[int]) -> None:
    if len(block) == 2 and max(block) <= 1000:
        assert vg.encode_status(vg.decode_status(block)) == block
    else:
        with pytest.raises(ProtocolError):
            vg.decode_status(block)


@pytest.mark.parametrize("command", [RgCommand(-0.1, 0.0, Control.GRIP), RgCommand(0.0, 6.6, Control.GRIP)])
def test_what_no_register_holds_is_not_sent(command: RgCommand) -> None:
    with pytest.raises(ValueError, match="register"):
        rg.encode_command(command)


def test_what_no_byte_or_register_holds_is_refused() -> None:
    with pytest.raises(ValueError, match="byte"):
        vg.encode_channel(ChannelCommand(Mode.GRIP, 256))
    with pytest.raises(ValueError, match="register"):
        rg.encode_status(RgStatus(0.0, 4.0, 0.0))
    assert vg.encode_status(VgStatus(-5.0, 2 * AMBIENT)) == [0, 1000]


MERGED = b"".join(raw(request) for request, _ in (*PYMODBUSTCP_STATUS[:1], *ONROBOT_RG, PYMODBUSTCP_PRODUCT))
ANSWERS = b"".join(raw(reply) for _, reply in (*PYMODBUSTCP_STATUS[:1], *ONROBOT_RG, PYMODBUSTCP_PRODUCT))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, len(MERGED)), max_size=6))
def test_split_anywhere_and_merged_it_is_the_same(cuts: list[int]) -> None:
    async def test(table: Bench) -> None:
        client = await table.client()
        ends = [0, *sorted(cuts), len(MERGED)]
        for begin, end in pairwise(ends):
            client.stream.write(MERGED[begin:end])
            await asyncio.sleep(0.001)
        answers = b""
        while frame := await client.frame():
            answers += frame
        assert answers == ANSWERS

    bench(test)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 18))
def test_half_a_frame_is_waited_for(length: int) -> None:
    async def test(table: Bench) -> None:
        client = await table.client()
        request = raw(PYMODBUSTCP_CLOSE[0])
        assert await client.exact(request[:length]) is None
        assert await client.exact(request[length:]) == raw(PYMODBUSTCP_CLOSE[1])

    bench(test)


@settings(max_examples=50, deadline=None)
@given(st.binary(min_size=1, max_size=600))
def test_garbage_ends_a_connection_or_is_answered_and_the_next_one_works(data: bytes) -> None:
    async def test(table: Bench) -> None:
        client = await table.client()
        client.stream.write(data)
        await asyncio.sleep(1.0)
        client.stream.close()
        other = await table.client()
        assert await other.read(0x0600) == [0x20]

    bench(test)


@settings(max_examples=50, deadline=None)
@given(st.binary(min_size=1, max_size=600))
def test_garbage_never_hangs_the_driver(data: bytes) -> None:
    async def test(table: Bench) -> None:
        gripper = table.gripper()
        await gripper.connect()
        moving = asyncio.ensure_future(gripper.move(0.05))
        await asyncio.sleep(0.05)
        table.rig.faults.garbage(data)
        await asyncio.wait({moving}, timeout=5.0)
        assert moving.done()
        await gripper.close()

    bench(test)
