"""Ports 30001 to 30003: the data they send and accept, and the motions of programs."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from typing import Any

import numpy as np
import pytest
from cellkit_ur.protocol import realtime
from cellkit_ur.protocol.base_frame import to_vendor
from cellkit_ur.protocol.rtde import Level, Text
from cellkit_ur.protocol.state_packets import (
    LAYOUTS,
    ROBOT_MESSAGE,
    ROBOT_STATE,
    ErrorMessage,
    Message,
    PacketReader,
    Part,
    RuntimeExceptionMessage,
    TextMessage,
    VersionMessage,
    decode_message,
    decode_state,
)
from cellkit_ur.protocol.states import RuntimeState
from cellkit_ur.virtual import VirtualUr
from hypothesis import given, settings
from hypothesis import strategies as st
from ur_bench import Bench, played

from cellkit.errors import TransportError
from cellkit.transport import ByteStream

FOREVER = "def forever():\n  while True:\n    sync()\n  end\nend\n"


async def _collected(stream: ByteStream, seconds: float) -> bytes:
    data = b""
    try:
        async with asyncio.timeout(seconds):
            while True:
                data += await stream.read()
    except TimeoutError:
        return data


async def _messages(stream: ByteStream, seconds: float = 0.2) -> list[Message | None]:
    packets = PacketReader().feed(await _collected(stream, seconds))
    return [decode_message(body) for kind, body in packets if kind == ROBOT_MESSAGE]


@pytest.mark.parametrize("port", ["primary", "secondary", "primary_read_only", "secondary_read_only"])
def test_a_version_first_and_then_ten_states_a_second(port: str) -> None:
    async def test(bench: Bench) -> None:
        stream = await bench.stream(port)
        packets = PacketReader().feed(await _collected(stream, 1.01))
        assert isinstance(decode_message(packets[0][1]), VersionMessage)
        states = [decode_state(body) for kind, body in packets if kind == ROBOT_STATE]
        assert len(states) == 10
        assert set(states[0]) == set(Part)
        joints = LAYOUTS[Part.JOINTS].unpack(states[0][Part.JOINTS])[::8]
        assert joints == pytest.approx(bench.model.home)
        pose = LAYOUTS[Part.CARTESIAN].unpack(states[0][Part.CARTESIAN])[:6]
        assert pose == pytest.approx(to_vendor(bench.kernel.kinematics.forward(bench.model.home)))

    played(test)


@pytest.mark.parametrize("port", ["realtime", "realtime_read_only"])
def test_the_real_time_port_sends_every_control_step(port: str) -> None:
    async def test(bench: Bench) -> None:
        stream = await bench.stream(port)
        data = await _collected(stream, 0.1001)
        packets = [data[i : i + realtime.SIZE] for i in range(0, len(data), realtime.SIZE)]
        fields = [realtime.decode(packet) for packet in packets]
        assert len(fields) == 50
        assert fields[1]["time"][0] - fields[0]["time"][0] == pytest.approx(0.002)
        assert fields[0]["q_actual"] == pytest.approx(bench.model.home)
        assert fields[0]["robot_mode"] == (7.0,)

    played(test)


@pytest.mark.parametrize("port", ["primary", "secondary", "realtime"])
def test_a_program_may_come_in_pieces(port: str) -> None:
    async def test(bench: Bench) -> None:
        stream = await bench.stream(port)
        text = "def here():\n  write_output_integer_register(5, 42)\n  while True:\n    sync()\n  end\nend\n"
        for start in range(0, len(text), 7):
            stream.write(text[start : start + 7].encode())
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        assert bench.virtual.box.registers.output_int[5] == 42
        assert bench.virtual.player.running

    played(test)


@pytest.mark.parametrize("port", ["primary_read_only", "secondary_read_only", "realtime_read_only"])
def test_read_only_ports_take_nothing(port: str) -> None:
    async def test(bench: Bench) -> None:
        await bench.script(FOREVER, port)
        await asyncio.sleep(0.1)
        assert not bench.virtual.player.running

    played(test)


def test_a_new_program_replaces_the_old_one_and_a_secondary_one_does_not() -> None:
    async def test(bench: Bench) -> None:
        registers, player = bench.virtual.box.registers, bench.virtual.player
        await bench.script(FOREVER)
        await asyncio.sleep(0.05)
        assert player.name == "forever"
        await bench.script(
            "sec aside():\n  write_output_integer_register(1, 7)\n  set_tcp(p[0, 0, 0.1, 0, 0, 0])\nend\n"
        )
        await asyncio.sleep(0.05)
        assert registers.output_int[1] == 7
        assert bench.kernel.tool.tcp.position[2] == pytest.approx(0.1)
        assert (player.name, player.running) == ("forever", True)
        await bench.script(
            "def other():\n  write_output_integer_register(1, 8)\n  while True:\n    sync()\n  end\nend\n"
        )
        await asyncio.sleep(0.05)
        assert (player.name, registers.output_int[1]) == ("other", 8)

    played(test)


def test_a_bare_line_is_a_program() -> None:
    async def test(bench: Bench) -> None:
        goal = np.array(bench.model.home) + 0.2
        await bench.script(f"movej({goal.tolist()}, a=5, v=2)\n")
        await asyncio.sleep(2.0)
        assert np.abs(bench.plant.state().position - goal).max() < 1e-3
        assert bench.virtual.player.state is RuntimeState.STOPPED

    played(test)


@pytest.mark.parametrize(
    "script",
    [
        "def bad():\n  movel(p[9, 9, 9, 0, 0, 0])\nend\n",
        "def bad():\n  movej([0, 0, 0], a=1, v=1)\nend\n",
        "def bad():\n  x = y + 1\nend\n",
        "def bad():\n  q = get_inverse_kin(p[9, 9, 9, 0, 0, 0])\nend\n",
        "def bad():\n  movej([0, 0, 0, 0, 0, 0], a=1, v=-1)\nend\n",
    ],
)
def test_a_program_that_fails_is_told_of_and_ends(script: str) -> None:
    async def test(bench: Bench) -> None:
        primary = await bench.stream("primary")
        await bench.script(script)
        told = [one for one in await _messages(primary) if isinstance(one, RuntimeExceptionMessage)]
        assert len(told) == 1
        assert told[0].text
        assert bench.virtual.player.state is RuntimeState.STOPPED
        assert not bench.kernel.moving

    played(test)


def test_what_is_no_program_is_told_of_and_leaves_the_running_one_alone() -> None:
    async def test(bench: Bench) -> None:
        primary = await bench.stream("primary")
        await bench.script(FOREVER)
        await bench.script("def broken():\n  movej((\nend\n", "secondary")
        told = [one for one in await _messages(primary) if isinstance(one, RuntimeExceptionMessage)]
        assert len(told) == 1
        assert bench.virtual.player.name == "forever"
        assert bench.virtual.player.running

    played(test)


def test_texts_and_errors_reach_the_primary_port_only() -> None:
    async def test(bench: Bench) -> None:
        primary, secondary = await bench.stream("primary"), await bench.stream("secondary")
        await bench.script('def talk():\n  textmsg("hello ", 5)\nend\n')
        await asyncio.sleep(0.1)
        bench.virtual.protective_stop()
        told = await _messages(primary)
        assert [one.text for one in told if isinstance(one, TextMessage)] == ["hello 5"]
        assert [(one.code, one.argument) for one in told if isinstance(one, ErrorMessage)] == [(153, 0)]
        assert [type(one) for one in await _messages(secondary)] == [VersionMessage]

    played(test)


def test_programs_are_refused_while_the_power_is_off() -> None:
    async def test(bench: Bench) -> None:
        bench.virtual.box.power_off()
        primary = await bench.stream("primary")
        await bench.script(FOREVER)
        told = [one.text for one in await _messages(primary) if isinstance(one, TextMessage)]
        assert len(told) == 1
        assert "POWER_OFF" in told[0]
        assert not bench.virtual.player.running

    played(test)


def test_a_program_without_an_end_is_not_piled_up() -> None:
    async def test(bench: Bench) -> None:
        stream = await bench.script("def endless():\n")
        for _ in range(40):
            stream.write(b"  x = 1\n" * 5000)
            await asyncio.sleep(0.01)
            box: Any = stream
            if box.ended:
                return
        raise AssertionError("the controller keeps an endless program")

    played(test)


def test_movej_means_the_leading_axis() -> None:
    async def test(bench: Bench) -> None:
        start = np.array(bench.model.home)
        goal = start + np.array([0.4, 0.2, 0.1, 0.1, 0.0, 0.0])
        top = 0.0
        await bench.script(f"def go():\n  movej({goal.tolist()}, a=10, v=0.5)\nend\n")
        for _ in range(120):
            await asyncio.sleep(0.01)
            top = max(top, float(np.abs(bench.plant.state().velocity).max()))
        assert top == pytest.approx(0.5, rel=1e-3)
        assert np.abs(bench.plant.state().position - goal).max() < 1e-3

    played(test, "ur3e")


def test_a_blended_path_does_not_stop_at_its_corner() -> None:
    async def test(bench: Bench) -> None:
        script = (
            "def corner():\n  here = get_actual_tcp_pose()\n"
            "  movel(pose_trans(here, p[0, 0.08, 0, 0, 0, 0]), a=1, v=0.1, r=0.02)\n"
            "  movel(pose_trans(here, p[0, 0.08, -0.08, 0, 0, 0]), a=1, v=0.1)\n"
            "  write_output_integer_register(0, 1)\nend\n"
        )
        tool = bench.kernel.kinematics.forward
        start = tool(bench.model.home)
        corner, goal = (start[:3, :3] @ step + start[:3, 3] for step in ([0, 0.08, 0], [0, 0.08, -0.08]))
        await bench.script(script)
        seen = []
        while not bench.virtual.box.registers.output_int[0]:
            await asyncio.sleep(0.02)
            seen.append(tool(bench.plant.state().position)[:3, 3])
        around = [point for point in seen if np.linalg.norm(point - corner) < 0.02]
        assert 0.002 < min(np.linalg.norm(point - corner) for point in seen) < 0.02
        assert min(np.linalg.norm(b - a) for a, b in itertools.pairwise(around)) > 0.0005
        assert np.linalg.norm(seen[-1] - goal) < 1e-3

    played(test)


def test_servo_and_speed_set_points() -> None:
    async def test(bench: Bench) -> None:
        home = bench.model.home
        script = (
            "def follow():\n  q = get_actual_joint_positions()\n  i = 0\n"
            "  while i < 250:\n    q[0] = q[0] + 0.001\n    servoj(q, t=0.002, lookahead_time=0.1, gain=300)\n"
            "    i = i + 1\n  end\n"
            "  stopj(5)\n  write_output_integer_register(0, 1)\n"
            "  speedj([0, 0, 0, 0, 0, 0.5], a=5, t=0.5)\n  stopj(5)\n  write_output_integer_register(0, 2)\n"
            "  speedl([0, 0, 0.05, 0, 0, 0], a=1, t=0.5)\n  stopl(1)\n  write_output_integer_register(0, 3)\nend\n"
        )
        await bench.script(script)
        done = bench.virtual.box.registers.output_int
        for wanted in (1, 2, 3):
            for _ in range(300):
                if done[0] == wanted:
                    break
                await asyncio.sleep(0.01)
            assert done[0] == wanted
            now: Any = bench.plant.state().position
            if wanted == 1:
                assert now[0] - home[0] == pytest.approx(0.25, abs=0.02)
                tcp = None
            elif wanted == 2:
                assert now[5] - home[5] == pytest.approx(0.25, abs=0.06)
                tcp = bench.kernel.kinematics.forward(now)[:3, 3]
            else:
                moved = bench.kernel.kinematics.forward(now)[:3, 3] - tcp
                assert moved[2] == pytest.approx(0.025, abs=0.006)
                assert np.abs(moved[:2]).max() < 1e-3
        await asyncio.sleep(0.5)
        assert not bench.kernel.moving

    played(test)


def test_set_points_after_a_move_that_was_killed_go_on_from_where_it_stopped() -> None:
    async def test(bench: Bench) -> None:
        goal = np.array(bench.model.home) + np.array([1.0, 0, 0, 0, 0, 0])
        script = (
            f"def hurry():\n  thread away():\n    movej({goal.tolist()}, a=10, v=3)\n  end\n"
            "  t = run away()\n  sleep(0.3)\n  kill t\n"
            "  speedj([0, 0, 0, 0, 0, 0.2], a=5, t=1.0)\nend\n"
        )
        await bench.script(script)
        before, limits = np.array(bench.model.home), bench.kernel.kinematics.limits
        for _ in range(700):
            await asyncio.sleep(0.002)
            position = bench.kernel.commanded()[0]
            assert (np.abs(position - before) <= limits.velocity * 0.0021).all()
            before = position
        assert before[5] - bench.model.home[5] > 0.05

    played(test)


def test_a_jump_of_set_points_stays_within_the_limits() -> None:
    async def test(bench: Bench) -> None:
        limits = bench.kernel.kinematics.limits
        goal = np.array(bench.model.home) + np.array([0.8, 0, 0, 0, 0, 0])
        await bench.script(
            "def jump():\n  while True:\n"
            f"    servoj({goal.tolist()}, t=0.002, lookahead_time=0.1, gain=300)\n  end\nend\n"
        )
        before = np.zeros(6)
        for _ in range(500):
            await asyncio.sleep(0.002)
            speed = bench.kernel.commanded()[1]
            assert (np.abs(speed) <= limits.velocity * 1.001).all()
            assert (np.abs(speed - before) <= limits.acceleration * 0.002 * 1.01 + 1e-9).all()
            before = speed
        assert np.abs(bench.plant.state().position - goal).max() < 1e-3

    played(test)


def test_the_watchdog_stops_a_program_whose_client_is_gone() -> None:
    async def test(bench: Bench) -> None:
        client = await bench.rtde()
        feed = await client.inputs("input_int_register_27")
        feed(1)
        await bench.script(
            'def watched():\n  rtde_set_watchdog("input_int_register_27", 10, "stop")\n'
            "  while True:\n    sync()\n  end\nend\n"
        )
        for number in range(20):
            await asyncio.sleep(0.05)
            feed(number)
        assert bench.virtual.player.running
        client.stream.close()
        await asyncio.sleep(0.2)
        assert bench.virtual.player.state is RuntimeState.STOPPED

    played(test)


def test_nothing_ticks_while_nobody_needs_it() -> None:
    async def test(bench: Bench) -> None:
        assert bench.virtual._beat is None
        stream = await bench.script("def short():\n  sleep(0.1)\nend\n", "secondary")
        await asyncio.sleep(0.5)
        assert bench.virtual._beat is not None, "states are sent"
        stream.close()
        await asyncio.sleep(0.1)
        assert bench.virtual._beat is None

    played(test)


def test_rtde_clients_hear_of_a_failed_program_too() -> None:
    async def test(bench: Bench) -> None:
        client = await bench.rtde()
        await bench.script("def bad():\n  x = y + 1\nend\n")
        text = await client.reply()
        assert isinstance(text, Text)
        assert text.level is Level.EXCEPTION
        assert text.source == "URScript"

    played(test)


@pytest.mark.parametrize("port", sorted(VirtualUr.ENDPOINTS))
@settings(max_examples=10, deadline=None)
@given(chunks=st.lists(st.binary(min_size=1, max_size=400), min_size=1, max_size=12))
def test_garbage_on_any_port_hurts_nobody_else(port: str, chunks: list[bytes]) -> None:
    async def test(bench: Bench) -> None:
        board, stream = await bench.board(), await bench.stream(port)
        for chunk in chunks:
            with contextlib.suppress(TransportError):
                stream.write(chunk)
            await asyncio.sleep(0.003)
        assert await board.ask("robotmode") in ("Robotmode: RUNNING", "Robotmode: POWER_OFF")
        assert np.abs(bench.plant.state().position - bench.model.home).max() < 1e-9

    played(test)
