"""The virtual controller refuses what a real one refuses, with the vendor's codes. Bytes in, bytes out."""

from __future__ import annotations

import asyncio
import contextlib
import random
import struct
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from cellkit_yaskawa.protocol.codes import Command, FileService, Service, Switch
from cellkit_yaskawa.protocol.frames import FILE, LAST_BLOCK, ROBOT, Answer, Request, decode_answer
from cellkit_yaskawa.protocol.inform import Job, MoveLine, TimerLine
from cellkit_yaskawa.protocol.records import (
    BASE,
    LINEAR_SPEED,
    PULSE,
    ROBOT_FRAME,
    SHARE,
    TOOL_FRAME,
    TURN_SPEED,
    Alarm,
    CartesianMove,
    JobInfo,
    JobSelection,
    Move,
    Position,
    StatusInfo,
)
from cellkit_yaskawa.rig import YaskawaRig

from cellkit.devices import OperationalMode
from cellkit.testing.wire_rig import WireDeviceRig
from cellkit.timing import run
from cellkit.transport import Datagram

GET, SET, GET_ONE, SET_ONE = Service.GET_ALL, Service.SET_ALL, Service.GET_ONE, Service.SET_ONE


class Controller:
    """A client of both ports, on the bytes."""

    def __init__(self, rig: WireDeviceRig) -> None:
        self.rig = rig
        self.kernel, self.virtual = rig.kernel, rig.virtual
        self.axes = rig.virtual.axes  # type: ignore[attr-defined]
        self.playback = rig.virtual.playback  # type: ignore[attr-defined]
        self._sockets: dict[int, Datagram] = {}

    async def open(self) -> None:
        self._sockets = {
            ROBOT: await self.rig.network.datagram("127.0.0.1"),
            FILE: await self.rig.network.datagram("127.0.0.1"),
        }

    async def send(self, datagram: bytes, division: int = ROBOT) -> Answer | None:
        port = self.virtual.ports["control" if division == ROBOT else "file"]
        socket = self._sockets[division]
        socket.send(datagram, ("127.0.0.1", port))
        with contextlib.suppress(TimeoutError):
            data, _ = await asyncio.wait_for(socket.receive(), 0.5)
            return decode_answer(data, division)
        return None

    async def ask(
        self, command: int, instance: int, attribute: int, service: int, data: bytes = b"", division: int = ROBOT
    ) -> Answer:
        answer = await self.send(Request(command, instance, attribute, service, data, 7, division).encode(), division)
        assert answer is not None
        assert (answer.request_id, answer.service) == (7, service)
        return answer

    async def set(self, command: int, instance: int, value: int) -> int:
        answer = await self.ask(command, instance, 1, SET_ONE, value.to_bytes(4, "little"))
        return answer.added or answer.status

    async def servo(self, on: bool = True) -> int:
        refused = await self.set(Command.SWITCH, Switch.SERVO, 1 if on else 2)
        await asyncio.sleep(0.01)
        return refused

    async def status(self) -> StatusInfo:
        return StatusInfo.decode((await self.ask(Command.STATUS, 1, 0, GET)).data)

    def pulses(self, by: float = 0.0) -> tuple[int, ...]:
        pulses: tuple[int, ...] = self.axes.pulses(np.array(self.rig.model.home) + by)
        return pulses

    async def move(self, by: float = 0.3, speed: int = 1000, **fields: Any) -> int:
        move = Move(SHARE, speed, fields.pop("values", self.pulses(by)), **fields)
        answer = await self.ask(Command.MOVE_PULSE, 1, 1, SET, move.encode())
        return answer.added or answer.status

    async def put_file(self, name: str, content: bytes) -> int:
        answer = await self.ask(0, 0, 0, FileService.LOAD, name.encode(), FILE)
        if answer.status:
            return answer.added or answer.status
        assert answer.block == 0
        block = Request(0, 0, 0, FileService.LOAD, content, 7, FILE, LAST_BLOCK | 1, 1).encode()
        final = await self.send(block, FILE)
        assert final is not None
        return final.added or final.status

    async def select(self, name: str, line: int = 0) -> int:
        answer = await self.ask(Command.SELECT_JOB, 1, 0, SET, JobSelection(name, line).encode())
        return answer.added or answer.status


@contextlib.asynccontextmanager
async def controller() -> AsyncIterator[Controller]:
    rig = YaskawaRig().rig("arm", None)
    assert isinstance(rig, WireDeviceRig)
    await rig.start()
    try:
        client = Controller(rig)
        await client.open()
        yield client
    finally:
        await rig.finish()


def over(test: Callable[[Controller], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    async def play() -> None:
        async with controller() as client:
            await test(client)

    def wrapped() -> None:
        run(play())

    wrapped.__name__, wrapped.__doc__ = test.__name__, test.__doc__
    return wrapped


# --- frames -----------------------------------------------------------------------------------------------------


@over
async def test_malformed_headers_have_their_codes(client: Controller) -> None:
    good = Request(Command.STATUS, 1, 0, GET, b"", 3).encode()
    for place, value, added in ((4, 0x21, 0xE4A5), (6, 9, 0xE4A7), (9, FILE, 0xE4A3), (10, 1, 0xE4A2), (12, 1, 0xE4A1)):
        bad = bytearray(good)
        bad[place] = value
        answer = await client.send(bytes(bad))
        assert answer is not None
        assert (answer.status, answer.added, answer.request_id) == (0x1F, added, 3)


@over
async def test_what_is_no_message_gets_no_answer_and_hurts_nobody(client: Controller) -> None:
    for garbage in (b"", b"YERC", b"x" * 32, bytes(range(256)) * 4):
        assert await client.send(garbage) is None
        assert await client.send(garbage, FILE) is None
    assert (await client.status()).play


@over
async def test_unknown_commands_services_instances_and_elements(client: Controller) -> None:
    for command, instance, attribute, service, status in (
        (0x60, 1, 0, GET, 0x08),
        (0x8D, 1, 0, GET, 0x08),
        (Command.STATUS, 1, 0, SET, 0x08),
        (Command.SWITCH, 2, 1, GET, 0x08),
        (Command.PLURAL_B, 0, 0, GET, 0x08),
        (Command.STATUS, 2, 0, GET, 0x28),
        (Command.POSITION, 2, 0, GET, 0x28),
        (Command.ALARM, 5, 0, GET, 0x28),
        (Command.ALARM_HISTORY, 101, 0, GET, 0x28),
        (Command.B, 100, 1, GET_ONE, 0x28),
        (Command.IO, 600, 1, GET_ONE, 0x28),
        (Command.SYSTEM_INFO, 12, 0, GET, 0x28),
        (Command.STATUS, 1, 3, GET_ONE, 0x09),
        (Command.POSITION, 1, 14, GET_ONE, 0x09),
        (Command.B, 0, 2, GET_ONE, 0x09),
        (Command.STATUS, 1, 1, GET, 0x09),
    ):
        answer = await client.ask(command, instance, attribute, service)
        assert answer.status == status, f"command 0x{command:X} instance {instance}: {answer}"


@over
async def test_data_of_the_wrong_size(client: Controller) -> None:
    await client.servo()
    for command, instance, attribute, service, data in (
        (Command.B, 0, 1, SET_ONE, b"123"),
        (Command.D, 0, 1, SET_ONE, b"1"),
        (Command.P, 0, 0, SET, bytes(51)),
        (Command.SWITCH, 2, 1, SET_ONE, b"\1"),
        (Command.MOVE_PULSE, 1, 1, SET, bytes(87)),
        (Command.MOVE_CARTESIAN, 1, 1, SET, bytes(88)),
        (Command.SELECT_JOB, 1, 0, SET, bytes(35)),
        (Command.TEXT, 1, 1, SET_ONE, bytes(33)),
        (Command.STATUS, 1, 0, GET, b"1"),
        (Command.PLURAL_D, 0, 0, Service.WRITE_PLURAL, struct.pack("<I", 2) + bytes(4)),
    ):
        answer = await client.ask(command, instance, attribute, service, data)
        assert (answer.status, answer.added) == (0x1F, 0xB003), f"command 0x{command:X}"


# --- what forbids a motion ----------------------------------------------------------------------------------------


@over
async def test_a_move_needs_remote_play_power_no_hold_no_alarm_and_rest(client: Controller) -> None:
    assert await client.move() == 0x2070
    await client.servo()
    client.playback.remote = False
    assert await client.move() == 0x2100
    client.playback.remote = True
    await client.virtual.set_mode(OperationalMode.MANUAL_REDUCED_SPEED)
    assert await client.move() == 0x2080
    status = await client.status()
    assert (status.teach, status.play, status.reduced_speed) == (True, False, True)
    await client.virtual.set_mode(OperationalMode.AUTOMATIC)
    assert await client.set(Command.SWITCH, Switch.HOLD, 1) == 0
    assert await client.move() == 0x2050
    await client.set(Command.SWITCH, Switch.HOLD, 2)
    client.playback.held_externally = True
    assert await client.move() == 0x2040
    client.playback.held_externally, client.playback.held_by_pendant = False, True
    assert await client.move() == 0x2020
    client.playback.held_by_pendant = False
    assert await client.move() == 0
    assert await client.move() == 0x2010
    client.virtual.example_fault()
    assert await client.move() == 0x2060
    assert not client.rig.kernel.powered or (await client.status()).alarm


@over
async def test_the_first_answer_means_accepted_and_the_running_bit_tells_the_rest(client: Controller) -> None:
    await client.servo()
    assert await client.move(0.3) == 0
    assert (await client.status()).running
    await asyncio.sleep(10.0)
    assert not (await client.status()).running
    position = Position.decode((await client.ask(Command.POSITION, 1, 0, GET)).data)
    assert position.kind == PULSE
    assert np.abs(np.subtract(position.values[:6], client.pulses(0.3))).max() <= 2


@over
async def test_numbers_of_a_move_that_are_wrong(client: Controller) -> None:
    await client.servo()
    assert await client.move(robot=2) == 0xB008
    assert await client.move(robot=1, station=1) == 0xB008
    assert await client.move(speed=0) == 0xB00A
    assert await client.move(speed=10_001) == 0xB004
    assert await client.move(tool=64) == 0xB00D
    assert await client.move(values=(10**7, 0, 0, 0, 0, 0)) == 0xB004
    assert await client.move(values=(*client.pulses(), 0, 5)) == 0xB004
    here = client.axes.coordinates(client.kernel.tcp(client.kernel.joints()).matrix)

    async def straight(instance: int, speed_class: int, coordinates: int, values: tuple[int, ...] = here) -> int:
        move = CartesianMove(Move(speed_class, 500, values), coordinates)
        answer = await client.ask(Command.MOVE_CARTESIAN, instance, 1, SET, move.encode())
        return answer.added or answer.status

    assert await straight(1, LINEAR_SPEED, ROBOT_FRAME) == 0xB009
    assert await straight(2, SHARE, ROBOT_FRAME) == 0xB009
    assert await straight(2, LINEAR_SPEED, 15) == 0xB00B
    assert await straight(2, LINEAR_SPEED, TOOL_FRAME) == 0xB00B
    assert await straight(2, LINEAR_SPEED, 18) == 0x3350
    assert await straight(4, LINEAR_SPEED, ROBOT_FRAME) == 0x28
    far = (3_000_000, *here[1:])
    assert await straight(1, SHARE, ROBOT_FRAME, far) == 0xB004
    assert await straight(2, LINEAR_SPEED, BASE, far) == 0xB004
    assert not (await client.status()).running


@over
async def test_steps_count_from_where_the_arm_is(client: Controller) -> None:
    await client.servo()
    before = client.kernel.tcp(client.kernel.joints())
    for coordinates, speed_class, expected in (
        (ROBOT_FRAME, LINEAR_SPEED, (0.0, 0.02, 0.01)),
        (TOOL_FRAME, TURN_SPEED, (0.0, 0.0, 0.0)),
    ):
        values = (0, 20_000, 10_000, 0, 0, 0)
        move = CartesianMove(Move(speed_class, 500, values), coordinates)
        assert (await client.ask(Command.MOVE_CARTESIAN, 3, 1, SET, move.encode())).status == 0
        await asyncio.sleep(5.0)
        now = client.kernel.tcp(client.kernel.joints())
        # The tool points down: its y and z are those of the robot, turned round.
        assert now.position - before.position == pytest.approx(expected, abs=2e-4)


@over
async def test_drive_power_is_refused_with_the_emergency_stop_pressed(client: Controller) -> None:
    client.virtual.press_emergency_stop()
    await asyncio.sleep(0.5)
    assert await client.servo() == 0x3450
    signals = (await client.ask(Command.IO, 8002, 1, GET_ONE)).data[0]
    assert not signals & (1 << 5)
    client.virtual.release_emergency_stop()
    assert await client.servo() == 0
    assert (await client.status()).servo_on


@over
async def test_alarms_are_told_and_reset(client: Controller) -> None:
    await client.servo()
    client.virtual.example_fault()
    await asyncio.sleep(0.5)
    assert await client.servo() == 0x2060
    alarm = Alarm.decode((await client.ask(Command.ALARM, 1, 0, GET)).data)
    assert (alarm.code, alarm.name) == (4328, "SERVO TRACKING ERROR")
    assert (await client.ask(Command.ALARM, 1, 1, GET_ONE)).data == struct.pack("<I", 4328)
    assert len((await client.ask(Command.ALARM_WITH_SUB_CODE, 1, 0, GET)).data) == 268
    assert await client.set(Command.RESET, 1, 1) == 0
    assert await client.set(Command.RESET, 3, 1) == 0x28
    assert await client.set(Command.RESET, 2, 1) == 0
    assert Alarm.decode((await client.ask(Command.ALARM, 1, 0, GET)).data).code == 0
    assert Alarm.decode((await client.ask(Command.ALARM_HISTORY, 1001, 0, GET)).data).code == 4328
    assert Alarm.decode((await client.ask(Command.ALARM_HISTORY, 1, 0, GET)).data).code == 0
    assert not (await client.status()).servo_on
    assert await client.servo() == 0


# --- holds --------------------------------------------------------------------------------------------------------


@over
async def test_a_held_move_goes_on_when_the_hold_ends(client: Controller) -> None:
    await client.servo()
    await client.move(0.3, 100)
    await asyncio.sleep(0.5)
    await client.set(Command.SWITCH, Switch.HOLD, 1)
    await asyncio.sleep(0.5)
    status = await client.status()
    assert (status.running, status.held_by_command) == (False, True)
    await client.set(Command.SWITCH, Switch.HOLD, 2)
    assert (await client.status()).running


@over
async def test_a_held_move_is_given_up_with_the_drive_power(client: Controller) -> None:
    await client.servo()
    await client.move(0.3, 100)
    await asyncio.sleep(0.5)
    await client.set(Command.SWITCH, Switch.HOLD, 1)
    await asyncio.sleep(0.5)
    await client.servo(False)
    await client.set(Command.SWITCH, Switch.HOLD, 2)
    await client.servo(True)
    before = client.rig.true_joints()
    await asyncio.sleep(1.0)
    assert np.abs(client.rig.true_joints() - before).max() < 1e-6


# --- jobs ---------------------------------------------------------------------------------------------------------


def job(client: Controller, *lines: Any, name: str = "TRY") -> bytes:
    return Job(name, (client.pulses(), client.pulses(0.1)), lines or (MoveLine("MOVJ", 1, 5.0),)).encode()


@over
async def test_a_job_is_loaded_selected_started_held_and_gone_on_with(client: Controller) -> None:
    assert await client.set(Command.START, 1, 1) == 0x2070
    await client.servo()
    assert await client.set(Command.START, 1, 1) == 0x4040
    assert await client.select("TRY") == 0x4040
    assert await client.put_file("TRY.JBI", job(client)) == 0
    assert await client.put_file("TRY.JBI", job(client)) == 0xE28C
    assert await client.select("TRY.JBI") == 0x4040
    assert await client.select("TRY", 99) == 0xB004
    assert await client.select("TRY") == 0
    assert await client.set(Command.START, 1, 1) == 0
    assert await client.set(Command.START, 1, 1) == 0x2010
    assert await client.select("TRY") == 0x2010
    assert await client.move() == 0x2010
    await asyncio.sleep(0.2)
    info = JobInfo.decode((await client.ask(Command.JOB_INFO, 1, 0, GET)).data)
    assert (info.name, info.line, info.speed_override) == ("TRY", 1, 10_000)
    assert (await client.ask(0, 0, 0, FileService.DELETE, b"TRY.JBI", FILE)).added == 0xE2AF
    await client.set(Command.SWITCH, Switch.HOLD, 1)
    await asyncio.sleep(0.5)
    await client.set(Command.SWITCH, Switch.HOLD, 2)
    assert not (await client.status()).running, "a held job waits for START"
    assert await client.set(Command.START, 1, 1) == 0
    assert (await client.status()).running
    await asyncio.sleep(10.0)
    assert not (await client.status()).running
    assert np.abs(client.rig.true_joints() - client.axes.joints(client.pulses(0.1))).max() < 1e-3
    assert (await client.ask(0, 0, 0, FileService.DELETE, b"TRY.JBI", FILE)).status == 0
    assert (await client.ask(0, 0, 0, FileService.DELETE, b"TRY.JBI", FILE)).added == 0xE2B3


@over
async def test_in_continuous_cycle_a_job_begins_again(client: Controller) -> None:
    await client.servo()
    assert await client.set(Command.CYCLE, 2, 4) == 0xB004
    assert await client.set(Command.CYCLE, 2, 3) == 0
    lines = (MoveLine("MOVJ", 1, 50.0), TimerLine(0.1), MoveLine("MOVJ", 0, 50.0))
    await client.put_file("TRY.JBI", job(client, *lines))
    await client.select("TRY")
    assert await client.set(Command.START, 1, 1) == 0
    await asyncio.sleep(60.0)
    assert (await client.status()).running


@over
async def test_jobs_that_the_controller_does_not_take(client: Controller) -> None:
    assert await client.put_file("TRY.JBI", job(client, name="OTHER")) == 0x4190
    assert await client.put_file("TRY.JBI", Job("TRY", ((0,) * 5,), ()).encode()) == 0x5180
    assert await client.put_file("TRY.JBI", b"/JOB\r\n//NAME TRY\r\n//INST\r\nNOP\r\n") == 0x5130
    assert await client.put_file("TRY.DAT", b"whatever") == 0x2120
    client.playback.remote = False
    assert await client.put_file("TRY.JBI", job(client)) == 0xE2B2


@over
async def test_an_arc_of_two_points_is_an_alarm(client: Controller) -> None:
    await client.servo()
    await client.put_file("TRY.JBI", job(client, MoveLine("MOVC", 0, 50.0), MoveLine("MOVC", 1, 50.0)))
    await client.select("TRY")
    await client.set(Command.START, 1, 1)
    await asyncio.sleep(1.0)
    assert (await client.status()).alarm


# --- files --------------------------------------------------------------------------------------------------------


@over
async def test_files_are_sent_in_blocks_that_are_acknowledged(client: Controller) -> None:
    comments = [f"'{n:060d}" for n in range(20)]
    content = job(client, *comments)
    assert len(content) > 1000
    answer = await client.ask(0, 0, 0, FileService.LOAD, b"TRY.JBI", FILE)
    blocks = [content[i : i + 400] for i in range(0, len(content), 400)]
    for number, part in enumerate(blocks, 1):
        block = number | (LAST_BLOCK if number == len(blocks) else 0)
        datagram = Request(0, 0, 0, FileService.LOAD, part, 7, FILE, block, 1).encode()
        for _ in range(2 if number == 1 else 1):  # sent again, as after a lost acknowledgement: taken once
            again = await client.send(datagram, FILE)
            assert again is not None
            answer = again
        assert (answer.status, answer.block) == (0, block)
    received, answer = b"", await client.ask(0, 0, 0, FileService.SAVE, b"TRY.JBI", FILE)
    while True:
        received += answer.data
        ack = Request(0, 0, 0, FileService.SAVE, b"", 7, FILE, answer.block, 1).encode()
        following = await client.send(ack, FILE)
        if answer.block & LAST_BLOCK:
            assert following is None
            break
        assert following is not None
        answer = following
    assert received == content
    listed = await client.ask(0, 0, 0, FileService.LIST, b"*.JBI", FILE)
    assert (listed.data, listed.block) == (b"TRY.JBI\r\n", LAST_BLOCK | 1)


@over
async def test_wrong_blocks_names_and_services(client: Controller) -> None:
    await client.ask(0, 0, 0, FileService.LOAD, b"TRY.JBI", FILE)
    skipped = await client.send(Request(0, 0, 0, FileService.LOAD, b"x", 7, FILE, 3, 1).encode(), FILE)
    assert skipped is not None
    assert (skipped.status, skipped.added) == (0x1F, 0xE4A1)
    stray = await client.send(Request(0, 0, 0, FileService.LOAD, b"x", 7, FILE, 1, 1).encode(), FILE)
    assert stray is not None
    assert stray.added == 0xE4A1
    assert (await client.ask(0, 0, 0, 0x17, b"TRY.JBI", FILE)).status == 0x08
    assert (await client.ask(0, 0, 0, FileService.SAVE, b"NONE.JBI", FILE)).added == 0xE2B3
    assert (await client.ask(0, 0, 0, FileService.LIST, b"*.CSV", FILE)).added == 0xE2A7
    assert (await client.ask(0, 0, 0, FileService.SAVE, b"", FILE)).added == 0xE49D
    assert (await client.ask(0, 0, 0, FileService.SAVE, b"N" * 40, FILE)).added == 0xE2B4
    assert (await client.ask(0, 0, 0, FileService.DELETE, b"TOOL.CND", FILE)).added == 0xE2AF


@over
async def test_a_second_client_waits_for_the_first_ones_transfer(client: Controller) -> None:
    await client.ask(0, 0, 0, FileService.LOAD, b"TRY.JBI", FILE)
    other = Controller(client.rig)
    await other.open()
    assert (await other.ask(0, 0, 0, FileService.LIST, b"*.*", FILE)).added == 0xE444
    await asyncio.sleep(11.0)
    assert (await other.ask(0, 0, 0, FileService.LIST, b"*.*", FILE)).status == 0


# --- variables and signals ----------------------------------------------------------------------------------------


@over
async def test_variables_keep_what_was_written(client: Controller) -> None:
    for command, data in (
        (Command.REGISTER, b"\x34\x12"),
        (Command.B, b"\xff"),
        (Command.I, struct.pack("<h", -2)),
        (Command.D, struct.pack("<i", -70_000)),
        (Command.R, struct.pack("<f", 1.5)),
        (Command.S, b"hello".ljust(16, b"\0")),
        (Command.S32, b"hello".ljust(32, b"\0")),
    ):
        assert (await client.ask(command, 5, 1, GET_ONE)).data == bytes(len(data))
        assert (await client.ask(command, 5, 1, SET_ONE, data)).status == 0
        assert (await client.ask(command, 5, 1, GET_ONE)).data == data
        assert (await client.ask(command, 5, 0, GET)).data == data


@over
async def test_position_variables_are_undefined_until_written(client: Controller) -> None:
    for command, size in ((Command.P, 52), (Command.BP, 36), (Command.EX, 36)):
        assert (await client.ask(command, 3, 0, GET)).added == 0xB001
        data = bytes(range(size))
        assert (await client.ask(command, 3, 0, SET, data)).status == 0
        assert (await client.ask(command, 3, 0, GET)).data == data
        assert (await client.ask(command, 3, 2, GET_ONE)).data == data[4:8]


@over
async def test_several_variables_at_once(client: Controller) -> None:
    read, write = Service.READ_PLURAL, Service.WRITE_PLURAL
    values = struct.pack("<3i", 1, -2, 3)
    assert (await client.ask(Command.PLURAL_D, 10, 0, write, struct.pack("<I", 3) + values)).status == 0
    answer = await client.ask(Command.PLURAL_D, 10, 0, read, struct.pack("<I", 3))
    assert answer.data == struct.pack("<I", 3) + values
    assert (await client.ask(Command.PLURAL_D, 98, 0, read, struct.pack("<I", 3))).status == 0x28
    assert (await client.ask(Command.PLURAL_D, 0, 0, read, struct.pack("<I", 119))).added == 0xB004
    assert (await client.ask(Command.PLURAL_D, 0, 0, read, struct.pack("<I", 0))).added == 0xB004
    assert (await client.ask(Command.PLURAL_B, 0, 0, read, struct.pack("<I", 3))).added == 0xB004
    assert (await client.ask(Command.PLURAL_D, 0, 1, read, struct.pack("<I", 2))).status == 0x09


@over
async def test_only_network_inputs_can_be_written(client: Controller) -> None:
    assert (await client.ask(Command.IO, 2701, 1, SET_ONE, b"\xa5")).status == 0
    assert (await client.ask(Command.IO, 2701, 1, GET_ONE)).data == b"\xa5"
    assert (await client.ask(Command.REGISTER, 560, 1, SET_ONE, bytes(2))).added == 0x2110
    for instance in (1, 1001, 2001, 4001, 8002):
        assert (await client.ask(Command.IO, instance, 1, SET_ONE, b"\1")).added == 0x2110


@over
async def test_what_the_controller_tells_of_itself(client: Controller) -> None:
    info = (await client.ask(Command.SYSTEM_INFO, 11, 0, GET)).data
    assert len(info) == 48
    assert info[24:27] == b"GP7"
    assert (await client.ask(Command.AXIS_NAMES, 1, 0, GET)).data[:12] == b"S\0\0\0L\0\0\0U\0\0\0"
    assert (await client.ask(Command.AXIS_NAMES, 101, 0, GET)).data[:4] == b"X\0\0\0"
    assert len((await client.ask(Command.MANAGEMENT_TIME, 1, 0, GET)).data) == 28
    for command in (Command.TORQUE, Command.POSITION_ERROR):
        assert len((await client.ask(command, 1, 0, GET)).data) == 32
    assert (await client.ask(Command.TEXT, 1, 1, SET_ONE, b"good morning")).status == 0
    assert client.playback.memory.text == "good morning"
    cartesian = Position.decode((await client.ask(Command.POSITION, 101, 0, GET)).data)
    assert cartesian.kind == BASE
    assert client.axes.pose(cartesian.values) == pytest.approx(
        client.kernel.tcp(client.kernel.joints()).matrix, abs=1e-5
    )


# --- anything at all ----------------------------------------------------------------------------------------------


def test_whatever_comes_the_ports_answer_and_live_on() -> None:
    """Random requests with headers that are right: every one is answered once, nothing breaks, nothing piles up."""
    chance = random.Random(1)
    commands = [*(int(command) for command in Command), 0, 0x8D, 0x411]
    services = [*(int(service) for service in Service), *(int(service) for service in FileService), 0]
    sizes = [0, 1, 2, 4, 8, 36, 52, 88, 104, 200, 479]

    async def play() -> None:
        async with controller() as client:
            await client.servo()
            for _ in range(3000):
                data = chance.randbytes(chance.choice(sizes))
                instance = chance.choice([0, 1, 2, 101, 1001, 2701, chance.randrange(65536)])
                request = Request(
                    chance.choice(commands), instance, chance.randrange(3), chance.choice(services), data, 1
                )
                answer = client.virtual.answer(request.encode())  # type: ignore[attr-defined]
                assert answer.service == request.service
                file = Request(0, 0, 0, chance.choice(services), data, 1, FILE, chance.randrange(4), 0)
                file = replace(file, ack=int(file.block > 0))
                client.virtual.files.carry_out(file, ("127.0.0.1", 1))  # type: ignore[attr-defined]
                await asyncio.sleep(0.002)
            assert await client.status()

    run(play())
