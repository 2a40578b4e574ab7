"""The virtual KR C refuses what a real one would: late or wrong answers, corrections beyond limits, wrong variables."""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
from collections.abc import Callable, Coroutine
from typing import Any

import numpy as np
import pytest
from cellkit_kuka.protocol.datagrams import Codec, Datagram, rob_codec, sen_codec
from cellkit_kuka.protocol.kvp import Reply, ReplyReader, Request
from cellkit_kuka.protocol.status import Report, Stop
from cellkit_kuka.rig import KukaRig
from cellkit_kuka.virtual import RsiSettings, VirtualKuka

from cellkit.cell.kinds.arm import ARM, MOUNT
from cellkit.controller.world import WorldSettings, create_world
from cellkit.devices import OperationalMode
from cellkit.geometry import Array
from cellkit.models.load import load_arm
from cellkit.registry import driver
from cellkit.timing import run
from cellkit.transport import ByteStream, MemoryNetwork

PC = ("127.0.0.1", 64000)
Answer = Callable[[Datagram], bytes | None]


class Bench:
    """A virtual controller and a stranger's RSI client: a function from each datagram to an answer."""

    def __init__(self, model: str = "kr6-r900") -> None:
        self.network = MemoryNetwork()
        self.world = create_world("kinematic", WorldSettings())
        arm = load_arm(model)
        self.plant = self.world.add_arm("arm", arm, MOUNT).arm
        virtual = ARM.virtual(driver("kuka").wires[0], "arm", (arm,), self.plant)
        assert isinstance(virtual, VirtualKuka)
        self.virtual = virtual
        self.seen: list[Datagram] = []
        self.rob: Codec = rob_codec(virtual.context.send)
        self.sen: Codec = sen_codec(virtual.context.sentype, virtual.context.receive)

    async def __aenter__(self) -> Bench:
        self.rob = rob_codec(self.virtual.context.send)
        self.sen = sen_codec(self.virtual.context.sentype, self.virtual.context.receive)
        self.socket = await self.network.datagram(*PC)
        await self.virtual.start(self.network)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.virtual.stop()
        self.socket.close()
        self.world.close()

    def joints(self) -> Array:
        """Where the arm is, in deg."""
        return np.degrees(self.plant.state().position)

    async def answer(self, cycles: int, with_: Answer) -> None:
        """Take part in some cycles; an answer of None stays away."""
        for _ in range(cycles):
            try:
                data, sender = await asyncio.wait_for(self.socket.receive(), 0.1)
            except TimeoutError:
                return  # RSI has been broken off
            datagram = self.rob.decode(data)
            self.seen.append(datagram)
            reply = with_(datagram)
            if reply is not None:
                self.socket.send(reply, sender)

    def plain(self, **corrections: float) -> Answer:
        """Right answers, with fixed corrections (``AKorr_A1=…``)."""
        values = {name.replace("_", "."): value for name, value in corrections.items()}
        return lambda datagram: self.sen.encode(values, datagram.ipoc)

    def ramp(self, name: str, step: float) -> Answer:
        """Right answers with a correction that grows by ``step`` a cycle."""
        count = iter(range(1, 10**6))
        return lambda datagram: self.sen.encode({name: step * next(count)}, datagram.ipoc)

    @property
    def fault(self) -> str | None:
        """Code of the controller's fault."""
        found = self.virtual.kernel.fault
        return None if found is None else found.code


def on_bench(test: Callable[[Bench], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    """A test of a running bench, in virtual time."""

    async def play() -> None:
        async with Bench() as bench:
            await test(bench)

    def wrapped() -> None:
        run(play())

    wrapped.__name__ = test.__name__
    return wrapped


# --- the cycle ---


@on_bench
async def test_the_robot_sends_first_every_four_milliseconds_and_waits_for_its_first_answer(bench: Bench) -> None:
    await bench.answer(300, lambda _: None)
    stamps = [datagram.ipoc for datagram in bench.seen]
    assert {after - before for before, after in itertools.pairwise(stamps)} == {4}
    assert bench.seen[-1].values["Delay.D"] == 0
    assert bench.fault is None


def test_twelve_milliseconds() -> None:
    async def play() -> None:
        bench = Bench()
        bench.virtual.settings = RsiSettings(cycle=0.012)
        async with bench:
            began = asyncio.get_running_loop().time()
            await bench.answer(50, bench.ramp("AKorr.A1", 0.2))
            assert asyncio.get_running_loop().time() - began == pytest.approx(0.6, abs=0.02)
            assert bench.seen[1].ipoc - bench.seen[0].ipoc == 12

    run(play())


@on_bench
async def test_corrections_move_the_axes_they_name(bench: Bench) -> None:
    before = bench.joints()
    await bench.answer(200, bench.ramp("AKorr.A2", 0.05))
    await bench.answer(5, bench.plain(AKorr_A2=10.0))
    assert bench.joints() - before == pytest.approx([0, 10.0, 0, 0, 0, 0], abs=1e-3)
    assert bench.seen[-1].values["AIPos.A2"] == pytest.approx(bench.joints()[1], abs=0.01)


@on_bench
async def test_a_cartesian_correction_moves_the_tool_along_the_base(bench: Bench) -> None:
    forward = bench.virtual.kernel.kinematics.forward
    before = forward(bench.plant.state().position)
    await bench.answer(100, bench.ramp("RKorr.Z", -0.5))
    await bench.answer(5, bench.plain(RKorr_Z=-50.0))
    after = forward(bench.plant.state().position)
    assert after[:3, 3] - before[:3, 3] == pytest.approx((0, 0, -0.05), abs=1e-4)
    assert after[:3, :3] == pytest.approx(before[:3, :3], abs=1e-4)
    assert bench.seen[-1].values["RIst.Z"] == pytest.approx(1000 * after[2, 3], abs=0.5)


def test_relative_corrections_add_up() -> None:
    async def play() -> None:
        bench = Bench()
        bench.virtual.settings = RsiSettings(absolute=False)
        async with bench:
            before = bench.joints()
            await bench.answer(100, bench.plain(AKorr_A1=0.02))
            await bench.answer(3, bench.plain())
            assert bench.joints()[0] - before[0] == pytest.approx(2.0, abs=0.03)

    run(play())


# --- answers that do not count ---


def wrong(change: str) -> Callable[[Bench, Datagram], bytes | None]:
    def answer(bench: Bench, datagram: Datagram) -> bytes | None:
        right = bench.sen.encode({}, datagram.ipoc)
        return {
            "none": None,
            "wrong IPOC": bench.sen.encode({}, datagram.ipoc + 4),
            "late IPOC": bench.sen.encode({}, datagram.ipoc - 4),
            "wrong type": right.replace(b"ImFree", b"Stranger"),
            "unknown field": right.replace(b"<IPOC>", b"<Speed>1</Speed><IPOC>"),
            "no number": right.replace(b'A1="0.000000"', b'A1="fast"'),
            "no XML": b"hello",
        }[change]

    return answer


CHANGES = ("none", "wrong IPOC", "late IPOC", "wrong type", "unknown field", "no number", "no XML")


@pytest.mark.parametrize("change", CHANGES)
def test_a_faulty_answer_counts_as_late_and_a_hundred_in_a_row_break_rsi_off(change: str) -> None:
    faulty = wrong(change)

    async def play() -> None:
        async with Bench() as bench:
            await bench.answer(3, bench.plain())
            await bench.answer(50, lambda datagram: faulty(bench, datagram))
            await bench.answer(2, bench.plain())
            assert bench.virtual.late == 50
            assert bench.fault is None, "the count begins anew with a right answer"
            await bench.answer(101, lambda datagram: faulty(bench, datagram))
            assert bench.fault == "RSI-TIMEOUT"
            assert bench.seen[-1].values["Delay.D"] >= 149

    run(play())


@on_bench
async def test_a_late_answer_leaves_the_correction_where_it_was(bench: Bench) -> None:
    await bench.answer(100, bench.ramp("AKorr.A1", 0.05))
    await bench.answer(3, bench.plain(AKorr_A1=5.0))
    before = bench.joints()
    await bench.answer(20, lambda _: None)
    assert bench.joints() == pytest.approx(before, abs=1e-6)


def test_holdon_0_takes_a_late_correction_back() -> None:
    async def play() -> None:
        bench = Bench()
        bench.virtual.settings = RsiSettings(absolute=False)
        fields = [dataclasses.replace(one, hold=one.name != "AKorr.A1") for one in bench.virtual.context.receive]
        bench.virtual.context = dataclasses.replace(bench.virtual.context, receive=tuple(fields))
        async with bench:
            await bench.answer(10, bench.plain(AKorr_A1=0.02, AKorr_A2=0.02))
            before = bench.joints()
            await bench.answer(20, lambda _: None)
            moved = bench.joints() - before
            assert moved[0] < 0.05, "HOLDON 0: no correction without an answer"
            assert moved[1] > 0.3, "HOLDON 1: the last one goes on"

    run(play())


@on_bench
async def test_an_operator_starts_rsi_again_for_a_stranger(bench: Bench) -> None:
    await bench.answer(3, bench.plain())
    await bench.answer(120, lambda _: None)
    assert bench.fault == "RSI-TIMEOUT"
    await asyncio.sleep(1.5)
    assert bench.fault is None
    await bench.answer(200, bench.plain())  # the first ones lie unread since then and come too late
    assert bench.virtual.attached


# --- limits ---


@on_bench
async def test_a_jump_breaks_rsi_off_and_nothing_moves(bench: Bench) -> None:
    await bench.answer(3, bench.plain())
    before = bench.joints()
    await bench.answer(3, bench.plain(AKorr_A1=20.0))
    assert bench.fault == "RSI-LIMIT"
    await asyncio.sleep(0.5)
    assert bench.joints() == pytest.approx(before, abs=1e-6)


def test_a_correction_beyond_the_limit_of_the_context_breaks_rsi_off() -> None:
    async def play() -> None:
        bench = Bench()
        bench.virtual.settings = RsiSettings(axis_limit=5.0, cart_limit=5.0)
        async with bench:
            await bench.answer(99, bench.ramp("AKorr.A1", 0.05))
            assert bench.fault is None
            await bench.answer(10, bench.plain(AKorr_A1=5.05))
            assert bench.fault == "RSI-LIMIT"

    run(play())


@on_bench
async def test_a_correction_beyond_a_joint_limit_breaks_rsi_off(bench: Bench) -> None:
    await bench.answer(400, bench.ramp("AKorr.A2", 0.5))
    assert bench.fault == "RSI-LIMIT"
    assert bench.virtual.kernel.kinematics.limits.violation(bench.plant.state().position, 1e-4) is None


@on_bench
async def test_a_pose_that_no_axes_reach_breaks_rsi_off(bench: Bench) -> None:
    await bench.answer(3, bench.plain())
    await bench.answer(400, bench.ramp("RKorr.X", 2.0))
    assert bench.fault in ("RSI-POSITION", "RSI-LIMIT")


# --- stops ---


@on_bench
async def test_stops_and_modes_show_in_the_status_fields(bench: Bench) -> None:
    await bench.answer(3, bench.plain())
    assert Report.read(bench.seen[-1].values) == Report(3, Stop.NONE, 0, 100, 1)
    bench.virtual.press_emergency_stop()
    await bench.answer(100, bench.plain())
    stop = Report.read(bench.seen[-1].values).stop
    assert stop == Stop.BUTTON | Stop.EMERGENCY | Stop.DRIVES_OFF | Stop.IDLE
    bench.virtual.release_emergency_stop()
    await bench.answer(3, bench.plain())
    assert not Report.read(bench.seen[-1].values).stop & Stop.BUTTON
    assert Report.read(bench.seen[-1].values).stop & Stop.EMERGENCY


@on_bench
async def test_corrections_are_void_while_the_program_stands(bench: Bench) -> None:
    await bench.answer(3, bench.plain())
    bench.virtual.protective_stop()
    before = bench.joints()
    await bench.answer(50, bench.ramp("AKorr.A1", 0.05))
    assert bench.joints() == pytest.approx(before, abs=1e-6)
    assert bench.fault is None


@on_bench
async def test_turning_the_key_ends_the_program(bench: Bench) -> None:
    await bench.answer(3, bench.plain())
    await bench.virtual.set_mode(OperationalMode.MANUAL_REDUCED_SPEED)
    await bench.answer(2, bench.plain())
    assert Report.read(bench.seen[-1].values) == Report(1, Stop.IDLE, 0, 100, 1)
    await bench.virtual.set_mode(OperationalMode.AUTOMATIC)
    await bench.answer(2, bench.plain())
    assert Report.read(bench.seen[-1].values).stop == Stop.IDLE


# --- variables ---


async def ask(stream: ByteStream, name: str, value: str | None = None) -> Reply:
    stream.write(Request(7, name, value).encode())
    reader = ReplyReader()
    while True:
        replies = reader.feed(await asyncio.wait_for(stream.read(), 1.0))
        if replies:
            return replies[0]


@on_bench
async def test_variables_are_read_and_set(bench: Bench) -> None:
    stream = await bench.network.connect("127.0.0.1", 7000)
    assert (await ask(stream, "$MODE_OP")).value == "#AUT"
    assert (await ask(stream, "$ov_pro")).value == "100"
    assert (await ask(stream, "$OV_PRO", "30")).ok
    assert (await ask(stream, "$OV_PRO")).value == "30"
    assert (await ask(stream, "$OUT[5]", "TRUE")).ok
    assert bench.virtual.signals.outputs == 16
    assert (await ask(stream, "$IN[1]")).value == "FALSE"
    axes = (await ask(stream, "$AXIS_ACT")).value
    assert axes.startswith("{E6AXIS: A1 0.0")
    assert (await ask(stream, "$POS_ACT")).value.startswith("{E6POS: X ")
    assert (await ask(stream, "$PRO_STATE1")).value == "#P_ACTIVE"
    assert (await ask(stream, "$STOPMESS")).value == "FALSE"


REFUSED = [
    ("$NO_SUCH", None),
    ("$OV_PRO", "101"),
    ("$OV_PRO", "fast"),
    ("$MODE_OP", "#T1"),
    ("$AXIS_ACT", "{E6AXIS: A1 0.0}"),
    ("$IN[1]", "TRUE"),
    ("$OUT[0]", "TRUE"),
    ("$OUT[9999]", "TRUE"),
    ("$OUT[1]", "1"),
    ("CK_REQ", "9"),
]


@pytest.mark.parametrize(("name", "value"), REFUSED)
def test_a_variable_that_may_not_be_read_or_set_is_refused(name: str, value: str | None) -> None:
    async def play() -> None:
        async with Bench() as bench:
            stream = await bench.network.connect("127.0.0.1", 7000)
            reply = await ask(stream, name, value)
            assert (reply.ok, reply.value) == (False, "")

    run(play())


@on_bench
async def test_requests_are_refused_in_the_wrong_order(bench: Bench) -> None:
    stream = await bench.network.connect("127.0.0.1", 7000)

    async def request(number: int) -> str:
        assert (await ask(stream, "CK_REQ", str(number))).ok
        await asyncio.sleep(1.0)
        return (await ask(stream, "CK_ACK")).value

    bench.virtual.press_emergency_stop()
    await asyncio.sleep(1.0)
    assert await request(1) == "-1", "not confirmed while the button is pressed"
    bench.virtual.release_emergency_stop()
    assert await request(2) == "-2", "no drives before the message is confirmed"
    assert await request(3) == "-3", "no start either"
    assert await request(1) == "1"
    assert await request(3) == "-3", "no start without drives"
    assert await request(2) == "2"
    assert await request(3) == "3"
    assert (await ask(stream, "$PRO_STATE1")).value == "#P_ACTIVE"
    await bench.virtual.set_mode(OperationalMode.MANUAL_REDUCED_SPEED)
    assert await request(3) == "-3", "no external start in T1"


def test_the_rig_offers_both_models() -> None:
    assert set(next(iter(KukaRig().offers().values()))) == {"kr6-r900", "iiwa14"}
