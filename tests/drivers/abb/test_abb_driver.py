"""What is ABB's own in the driver: its way back after stops, the pendant, settings, and what the controller hears."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import numpy as np
import pytest
from cellkit_abb.config import AbbConfig
from cellkit_abb.driver import AbbArm
from cellkit_abb.rig import AbbRig
from cellkit_abb.virtual import VirtualAbb, VirtualOmniCore

from cellkit.cell.kinds.arm import ARM
from cellkit.devices import Fault, Lifecycle, Load, SafetyStatus, Tool
from cellkit.errors import CommandRejected, ConfigError, ConnectionFailed, ConnectionLost, DeviceFault
from cellkit.geometry import Pose
from cellkit.testing.wire_rig import WireDeviceRig
from cellkit.timing import run
from cellkit.transport import RecordingNetwork
from cellkit.transport.recording import Passed

BOTH = pytest.mark.parametrize("model", ["irb-120", "gofa"])


class Bench:
    """A driver on its virtual controller, and what passed between them in clear text."""

    def __init__(self, rig: WireDeviceRig) -> None:
        self.rig = rig
        self.passed: list[Passed] = []

    @property
    def robot(self) -> VirtualAbb:
        assert isinstance(self.rig.virtual, VirtualAbb)
        return self.rig.virtual

    def arm(self, **settings: Any) -> AbbArm:
        config = AbbConfig(host="127.0.0.1", **settings)
        return AbbArm("arm", self.rig.model, config, RecordingNetwork(self.rig.network, self.passed.append))

    def codes(self) -> list[int]:
        return [entry.event.code for entry in reversed(self.robot.log.entries())]


def play(model: str, test: Callable[[Bench], Awaitable[None]]) -> None:
    async def main() -> None:
        rig = AbbRig().rig("arm", model)
        assert isinstance(rig, WireDeviceRig)
        await rig.start()
        try:
            async with asyncio.timeout(120.0):
                await test(Bench(rig))
        finally:
            await rig.finish()

    run(main())


async def moving(arm: AbbArm) -> asyncio.Task[None]:
    task = asyncio.ensure_future(arm.move_joint(arm.home + 0.5, speed=0.1))
    await asyncio.sleep(0.5)
    assert not task.done()
    return task


@BOTH
def test_connecting_starts_the_program_and_closing_stops_it(model: str) -> None:
    async def test(bench: Bench) -> None:
        async with bench.arm() as arm:
            assert bench.robot.rapid.running
            assert (await arm.state()).safety is SafetyStatus.NORMAL
        assert not bench.robot.rapid.running
        assert bench.codes()[-3:] == [10052, 10151, 10125]

    play(model, test)


@BOTH
def test_the_way_back_from_a_guard_stop_is_motors_off_and_on(model: str) -> None:
    async def test(bench: Bench) -> None:
        async with bench.arm() as arm:
            bench.robot.protective_stop()
            await asyncio.sleep(0.5)
            before = len(bench.codes())
            await arm.recover()
            # Motors on, program pointer to main, program started.
            assert bench.codes()[before:] == [10011, 10052, 10151]
            await arm.move_joint(arm.home)

    play(model, test)


@BOTH
def test_a_motion_that_is_stopped_at_the_pendant_fails_and_the_next_one_starts_the_program(model: str) -> None:
    async def test(bench: Bench) -> None:
        async with bench.arm() as arm:
            motion = await moving(arm)
            await bench.robot.stop_program()
            with pytest.raises(DeviceFault, match="stopped at the controller") as caught:
                await motion
            assert caught.value.code == "10125"
            assert not bench.robot.rapid.running
            await arm.move_joint(arm.home)
            assert bench.robot.rapid.running

    play(model, test)


@BOTH
def test_the_speed_ratio_of_the_pendant_counts(model: str) -> None:
    async def test(bench: Bench) -> None:
        async with bench.arm() as arm:
            bench.robot.set_speed_ratio(40)
            await asyncio.sleep(0.01)
            assert (await arm.state()).speed_override == pytest.approx(0.4)
            for share, percent in ((0.7, 70), (0.001, 1), (0.0, 0)):
                await arm.set_speed_override(share)
                assert bench.robot.speed_ratio == percent

    play(model, test)


@BOTH
def test_the_controller_is_told_of_tool_and_load(model: str) -> None:
    async def test(bench: Bench) -> None:
        tool = Tool(
            "pen", Pose.from_rpy((0.01, 0.0, 0.1), (0.0, 0.3, 0.0), "flange"), Load(0.4, np.array([0, 0, 0.05]))
        )
        async with bench.arm() as arm:
            await arm.set_tool(tool)
            await arm.set_payload(Load(0.25))
            await arm.move_joint(arm.home)  # RAPID reads its data when it starts, and is started anew for a new tool
            kernel = bench.robot.kernel
            assert kernel.tool.tcp.distance(tool.tcp) == pytest.approx((0.0, 0.0), abs=1e-6)
            assert kernel.tool.load.mass == 0.4
            assert kernel.payload.mass == 0.25
            reported = (await arm.state()).tcp
            assert kernel.tcp(kernel.joints()).distance(reported) == pytest.approx((0.0, 0.0), abs=1e-6)

    play(model, test)


@BOTH
def test_failures_without_a_way_back_are_told_and_stay(model: str) -> None:
    async def test(bench: Bench) -> None:
        async with bench.arm() as arm:
            motion = await moving(arm)
            bench.robot.kernel.raise_fault(Fault("10014", "the main computer failed", recoverable=False))
            with pytest.raises(DeviceFault) as caught:
                await motion
            assert not caught.value.recoverable
            with pytest.raises(DeviceFault):
                await arm.recover()

    play(model, test)


@BOTH
def test_a_wrong_password_is_no_connection(model: str) -> None:
    async def test(bench: Bench) -> None:
        arm = bench.arm(password="guess")
        with pytest.raises(ConnectionFailed, match="password is wrong"):
            await arm.connect()
        assert arm.lifecycle is Lifecycle.CLOSED

    play(model, test)


@BOTH
def test_a_controller_without_the_module_is_no_connection(model: str) -> None:
    async def test(bench: Bench) -> None:
        bench.robot.rapid.unload("CellkitEgm")
        with pytest.raises(ConnectionFailed, match=r"no module CellkitEgm.*cellkit_egm\.mod"):
            await bench.arm().connect()

    play(model, test)


@BOTH
def test_somebody_elses_mastership_is_told(model: str) -> None:
    async def test(bench: Bench) -> None:
        async with bench.arm() as arm:
            robot = bench.robot
            stranger = robot.sessions.open("127.0.0.8")
            robot.mastership.request(stranger, robot.mastership.domains)
            with pytest.raises(CommandRejected, match="-1073445862"):
                await arm.set_speed_override(0.5)
            robot.mastership.release(stranger, robot.mastership.domains)
            await arm.set_speed_override(0.5)

    play(model, test)


@BOTH
def test_one_session_is_kept_over_lost_links(model: str) -> None:
    async def test(bench: Bench) -> None:
        arm = bench.rig.device
        for _ in range(8):  # more than an OmniCore has sessions for one client
            await arm.connect()
            bench.rig.drop_link()
            await asyncio.sleep(0.1)
            bench.rig.restore_link()
        await arm.connect()
        await arm.close()

    play(model, test)


@BOTH
def test_a_program_that_gets_no_references_is_a_fault_that_can_be_cleared(model: str) -> None:
    async def test(bench: Bench) -> None:
        async with bench.arm() as arm:
            motion = await moving(arm)
            stream = bench.robot._egm
            assert stream is not None
            computer, stream._computer = stream._computer, ("127.0.0.9", 1)
            with pytest.raises(DeviceFault) as caught:
                await motion
            assert caught.value.code == "41822"
            stream._computer = computer
            await arm.recover()
            await arm.move_joint(arm.home)

    play(model, test)


@BOTH
def test_a_silent_stream_is_noticed_although_the_web_answers(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cellkit_abb.virtual_egm.COMM_TIMEOUT", 1e9)

    async def test(bench: Bench) -> None:
        arm = bench.arm()
        await arm.connect()
        motion = await moving(arm)
        assert bench.robot._egm is not None
        bench.robot._egm._computer = ("127.0.0.9", 1)
        with pytest.raises(ConnectionLost, match="no EGM message"):
            await motion
        await arm.close()

    play(model, test)


def test_certificates_are_pinned() -> None:
    async def test(bench: Bench) -> None:
        assert isinstance(bench.robot, VirtualOmniCore)
        right = bench.robot.identity.fingerprint
        async with bench.arm(certificate=right):
            pass
        with pytest.raises(ConnectionFailed, match=right):
            await bench.arm(certificate="00" * 32).connect()
        with pytest.raises(ConnectionFailed, match="certificate verify failed"):
            await bench.arm(certificate="system").connect()

    play("gofa", test)


def test_only_loopback_is_trusted_unasked() -> None:
    assert AbbConfig(host="127.0.0.5").trusted() == "any"
    assert AbbConfig(host="192.168.125.1").trusted() is None
    assert AbbConfig(host="192.168.125.1", certificate="any").trusted() == "any"
    with pytest.raises(ValueError, match="certificate"):
        AbbConfig(certificate="yes")


def test_omnicore_passwords_never_pass_in_clear() -> None:
    async def test(bench: Bench) -> None:
        async with bench.arm():
            pass
        streams = [one for one in bench.passed if one.local[1] != 6510]
        assert streams
        assert not any(b"Authorization" in one.data or b"HTTP/1.1" in one.data for one in streams)

    play("gofa", test)


@BOTH
def test_the_same_bytes_pass_in_every_run(model: str) -> None:
    """What EGM says is the whole of a motion: two runs agree to the bit."""
    runs: list[list[bytes]] = []

    async def test(bench: Bench) -> None:
        async with bench.arm() as arm:
            await arm.move_joint(arm.home + 0.2)
            await arm.move_linear(Pose(arm.kinematics.forward(arm.home)), speed=0.2)
        runs.append([one.data for one in bench.passed if one.local[1] == 6510])

    for _ in range(2):
        play(model, test)
    assert len(runs[0]) > 100
    assert runs[0] == runs[1]


def test_the_generation_can_be_chosen() -> None:
    assert AbbConfig().dialect("irb-1200").name == "RWS 1.0"
    assert AbbConfig().dialect("gofa").name == "RWS 2.0"
    assert AbbConfig(controller="omnicore").dialect("irb-1200").name == "RWS 2.0"


def test_ports_have_names() -> None:
    async def test(bench: Bench) -> None:
        fresh = ARM.virtual(bench.rig.wire, "arm", (bench.rig.model,), bench.rig.plant)
        with pytest.raises(ConfigError, match="no endpoint 'https'"):
            await fresh.start(bench.rig.network, ports={"https": 1})

    play("irb-120", test)


@BOTH
def test_a_program_that_rested_for_long_may_take_a_moment_to_start(model: str) -> None:
    async def test(bench: Bench) -> None:
        bench.rig.faults.delay = 0.08  # each answer, so that the look at the link falls between start and first message
        arm = bench.rig.device
        await arm.connect()
        for seconds in np.arange(3.0, 4.0, 0.07):
            await bench.robot.stop_program()
            await asyncio.sleep(float(seconds))
            await arm.move_joint(arm.home)
        await arm.close()

    play(model, test)
