"""Signals of the controller: commands, and bits of the status."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import numpy as np
import pytest
from cellkit_igus.driver import IgusArm
from cellkit_igus.protocol.frames import encode
from cellkit_igus.rig import IgusRig
from cellkit_igus.virtual import STATUS_PERIOD, VirtualIgus

from cellkit.errors import CommandRejected, ConfigError, ConnectionLost
from cellkit.testing.wire_rig import WireDeviceRig
from cellkit.timing import now, run
from cellkit.transport import RecordingNetwork
from cellkit.transport.recording import Passed

ResultT = TypeVar("ResultT")


def play(test: Callable[[WireDeviceRig, VirtualIgus, Any], Coroutine[Any, Any, ResultT]]) -> ResultT:
    async def main() -> ResultT:
        rig = IgusRig().rig("arm", None)
        assert isinstance(rig, WireDeviceRig)
        await rig.start()
        assert isinstance(rig.virtual, VirtualIgus)
        try:
            return await test(rig, rig.virtual, rig.device)
        finally:
            await rig.device.close()
            await rig.finish()

    return run(main())


def test_terminals_are_the_numbers_of_the_protocol() -> None:
    async def test(rig: WireDeviceRig, virtual: VirtualIgus, arm: Any) -> None:
        with pytest.raises(ConfigError, match=r"io: part: no digital input 64; the controller has 0 to 63"):
            arm.digital_io("io", {"part": 64}, {})
        with pytest.raises(ConfigError, match=r"valve: no digital output -1"):
            arm.digital_io("io", {}, {"valve": -1})

    play(test)


def test_signals_are_bits_of_the_status() -> None:
    async def test(rig: WireDeviceRig, virtual: VirtualIgus, arm: Any) -> None:
        io = arm.digital_io("io", {"part": 63, "door": 8}, {"valve": 20, "lamp": 63})
        await io.connect()
        virtual.digital["DIN"] = 0xFF00  # the vendor's own example of a status has these
        await asyncio.sleep(1.5 * STATUS_PERIOD)
        assert [await io.read("part"), await io.read("door")] == [False, True]
        await io.write("lamp", True)
        await io.write("valve", True)
        assert virtual.digital["DOUT"] == 1 << 63 | 1 << 20
        await io.write("lamp", False)
        assert [await io.read("valve"), await io.read("lamp")] == [True, False]

    play(test)


def test_an_output_reads_back_what_a_status_after_the_command_tells() -> None:
    async def test(rig: WireDeviceRig, virtual: VirtualIgus, arm: Any) -> None:
        io = arm.digital_io("io", {}, {"valve": 0})
        await io.connect()
        for number in range(6):
            await io.write("valve", number % 2 == 0)
            assert await io.read("valve") is (number % 2 == 0)
            await asyncio.sleep(0.03)

    play(test)


def test_outputs_that_somebody_else_sets_are_seen() -> None:
    """Only the active client may command; a program on the controller sets them all the same."""

    async def test(rig: WireDeviceRig, virtual: VirtualIgus, arm: Any) -> None:
        io = arm.digital_io("io", {}, {"valve": 2})
        await io.connect()
        waiting = asyncio.ensure_future(io.wait_for("valve", timeout=5.0))
        await asyncio.sleep(0.1)
        virtual.digital["DOUT"] = 0b100
        virtual.signals_changed()
        await waiting

    play(test)


def test_a_client_that_is_not_the_active_one_may_not_set_outputs() -> None:
    async def test(rig: WireDeviceRig, virtual: VirtualIgus, arm: Any) -> None:
        io = arm.digital_io("io", {}, {"valve": 2})
        await io.connect()
        (own,) = virtual.clients
        virtual.release(own)
        other = await rig.network.connect("127.0.0.1", 3920)
        for number, text in enumerate(("CMD SetActive true", "CMD DOUT 2 true"), 1):
            other.write(encode(number, text))
            await asyncio.sleep(2 * STATUS_PERIOD)
        assert await io.read("valve") is True
        with pytest.raises(CommandRejected, match=r"output 2 is not set: .*not active"):
            await io.write("valve", False)
        other.close()

    play(test)


def test_commands_are_those_of_the_vendors_client() -> None:
    """``set_dout`` of CRI-Python-Lib (commit 8ab5469): the number and true or false."""

    async def test(rig: WireDeviceRig, virtual: VirtualIgus, arm: Any) -> None:
        passed: list[Passed] = []
        own = IgusArm("arm", rig.model, arm.config, RecordingNetwork(rig.network, passed.append))
        async with own:
            await own.set_digital_output(20, True)
            await own.set_digital_output(0, False)
        frames = b"".join(one.data for one in passed if one.direction == "sent").splitlines()
        texts = [frame.partition(b" ")[2].partition(b" ")[2] for frame in frames if b"DOUT" in frame]
        assert texts == [b"CMD DOUT 20 true CRIEND", b"CMD DOUT 0 false CRIEND"]

    play(test)


def moved(writes: bool) -> tuple[float, np.ndarray]:
    async def test(rig: WireDeviceRig, virtual: VirtualIgus, arm: Any) -> tuple[float, np.ndarray]:
        io = arm.digital_io("io", {}, {"valve": 1})
        await io.connect()
        since, seen = now(), []
        moving = asyncio.ensure_future(arm.move_joint(arm.home + 0.3, speed=0.5))
        for number in range(8):
            await asyncio.sleep(0.1)
            seen.append(rig.true_joints())
            if writes:
                await io.write("valve", number % 2 == 0)
                assert virtual.digital_output(1) is (number % 2 == 0)
        await moving
        return now() - since, np.array([*seen, rig.true_joints()])

    return play(test)


def test_an_output_that_is_written_during_a_motion_does_not_disturb_it() -> None:
    (quiet, path), (busy, same) = moved(False), moved(True)
    assert busy == pytest.approx(quiet, abs=1e-6)
    assert np.abs(path - same).max() < 1e-9
    assert np.abs(path[1] - path[-2]).max() > 0.01, "it moved meanwhile"


def test_waits_for_a_signal_end_with_the_link_of_the_arm() -> None:
    async def test(rig: WireDeviceRig, virtual: VirtualIgus, arm: Any) -> None:
        io = arm.digital_io("io", {"part": 1}, {})
        await io.connect()
        waiting = asyncio.ensure_future(io.wait_for("part"))
        await asyncio.sleep(0.5)
        rig.faults.silent = True
        await asyncio.wait({waiting}, timeout=5.0)
        assert isinstance(waiting.exception(), ConnectionLost)

    play(test)
