"""The driver beyond the contract: older firmware, other clients of the control box, the vendor's settings."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest
from cellkit_ufactory.protocol.numbers import Function as F
from cellkit_ufactory.protocol.version import ControllerVersion
from ufactory_raw import Bench, bench

from cellkit.devices import Lifecycle, Load, OperationalMode, Tool, Waypoint
from cellkit.errors import (
    CommandRejected,
    ConnectionFailed,
    ConnectionLost,
    DeviceFault,
    MotionAborted,
    ProtectiveStop,
)
from cellkit.geometry import Pose


def away(table: Bench, by: float = 0.4) -> np.ndarray:
    return table.rig.device.home + by * np.array([1.0, 0.0, 0.0, 0.0, 0.0, 0.0])


def test_an_arm_with_another_number_of_axes_is_not_connected() -> None:
    async def test(table: Bench) -> None:
        table.virtual.functions.version = ControllerVersion(7, 7, "XI1300", "AC1300", (2, 3, 0))
        with pytest.raises(ConnectionFailed, match="7 axes"):
            await table.rig.device.connect()

    bench(test)


@pytest.mark.parametrize("firmware", [(1, 6, 0), (1, 12, 10), (2, 3, 0)])
def test_older_firmware_tells_nothing_of_ends_and_motions_end_all_the_same(firmware: tuple[int, int, int]) -> None:
    async def test(table: Bench) -> None:
        table.virtual.functions.version = ControllerVersion(6, 6, "XI1300", "AC1300", firmware)
        arm = table.rig.device
        await arm.connect()
        began = asyncio.get_running_loop().time()
        await arm.move_joint(away(table))
        took = asyncio.get_running_loop().time() - began
        assert table.rig.true_joints() == pytest.approx(away(table), abs=1e-6)
        assert took < (0.5 if firmware >= (2, 0, 102) else 2.0)
        assert table.virtual._clients[0].keeps_alive is (firmware >= (1, 8, 6))
        await arm.close()

    bench(test)


@pytest.mark.parametrize("fault", ["freeze", "fall_silent", "cut"])
@pytest.mark.parametrize("when", ["at rest", "in a motion"])
def test_a_report_port_that_fails_alone_stops_the_arm(fault: str, when: str) -> None:
    async def test(table: Bench) -> None:
        arm = table.rig.device
        await arm.connect()
        _, report_port = table.rig.faults.connections
        motion = asyncio.ensure_future(arm.move_joint(away(table, 2.0), speed=0.05))
        if when == "at rest":
            motion.cancel()
            await asyncio.wait({motion})
            getattr(report_port, fault)()
            await asyncio.sleep(0.5)
            motion = asyncio.ensure_future(arm.move_joint(away(table, 2.0), speed=0.05))
        else:
            await asyncio.sleep(0.5)
            getattr(report_port, fault)()
        with pytest.raises(ConnectionLost):
            await motion
        assert arm.lifecycle is Lifecycle.LOST
        await asyncio.sleep(0.5)
        rest = table.rig.true_joints()
        await asyncio.sleep(1.0)
        assert table.rig.true_joints() == pytest.approx(rest, abs=1e-9), "it still moves"
        assert np.abs(rest - arm.home).max() < 1.0, "it went on"

    bench(test)


def test_repeated_reports_of_an_arm_at_rest_are_no_fault() -> None:
    async def test(table: Bench) -> None:
        arm = table.rig.device
        await arm.connect()
        table.rig.faults.connections[1].freeze()
        await asyncio.sleep(10.0)
        assert (await arm.state()).joints.position == pytest.approx(table.rig.true_joints(), abs=1e-6)
        await arm.close()

    bench(test)


def test_a_stop_by_somebody_else_ends_the_motion() -> None:
    async def test(table: Bench) -> None:
        arm, other = table.rig.device, await table.client()
        await arm.connect()
        motion = asyncio.ensure_future(arm.move_joint(away(table), speed=0.05))
        await asyncio.sleep(0.5)
        await other.ask(F.SET_STATE, b"\4")
        with pytest.raises(MotionAborted):
            await motion
        await arm.move_joint(arm.home)  # the driver makes the arm ready again
        await arm.close()

    bench(test)


def test_an_error_that_another_client_causes_reaches_the_mover() -> None:
    async def test(table: Bench) -> None:
        arm = table.rig.device
        await arm.connect()
        motion = asyncio.ensure_future(arm.move_joint(away(table), speed=0.05))
        await asyncio.sleep(0.5)
        table.box.fail(35)
        with pytest.raises(ProtectiveStop, match="35"):
            await motion
        await arm.recover()
        table.box.fail(28)
        await asyncio.sleep(0.5)
        with pytest.raises(DeviceFault) as caught:
            await arm.move_joint(arm.home)
        assert (caught.value.code, caught.value.recoverable) == ("28", False)
        await arm.close()

    bench(test)


def test_connecting_leaves_an_arm_alone_that_is_led_by_hand() -> None:
    async def test(table: Bench) -> None:
        await table.virtual.set_mode(OperationalMode.MANUAL_REDUCED_SPEED)
        await asyncio.sleep(0.1)
        arm = table.rig.device
        await arm.connect()
        assert table.box.mode == 2
        assert table.rig.kernel.freedrive
        assert (await arm.state()).mode is OperationalMode.MANUAL_REDUCED_SPEED
        with pytest.raises(CommandRejected, match="mode"):
            await arm.move_joint(arm.home)
        await arm.close()

    bench(test)


def test_tool_and_load_reach_the_control_box_in_its_units() -> None:
    async def test(table: Bench) -> None:
        arm = table.rig.device
        await arm.connect()
        tool = Tool(
            "pen", Pose.from_rpy((0.0, 0.01, 0.172), (0.0, 0.0, 0.5), frame="flange"), Load(0.5, (0.0, 0.0, 0.06))
        )
        await arm.set_tool(tool)
        await arm.set_payload(Load(1.5, (0.0, 0.0, 0.18)))
        assert table.box.settings.tcp_offset == pytest.approx((0.0, 10.0, 172.0, 0.0, 0.0, 0.5))
        assert table.box.settings.load == pytest.approx((2.0, 0.0, 0.0, 150.0))
        assert table.box.state == 2, "ready again after the reset that a new TCP is"
        motion = asyncio.ensure_future(arm.move_joint(away(table), speed=0.1))
        await asyncio.sleep(0.3)
        await arm.set_payload(Load())  # does not disturb it
        await motion
        await arm.close()

    bench(test)


def test_the_override_scales_speeds_and_accelerations_of_what_is_sent() -> None:
    async def test(table: Bench) -> None:
        arm, kernel = table.rig.device, table.rig.kernel
        await arm.connect()
        await arm.set_speed_override(0.5)
        motion = asyncio.ensure_future(arm.move_joint(away(table, 1.5), speed=0.4))
        fastest = 0.0
        while not motion.done():
            await asyncio.sleep(0.02)
            fastest = max(fastest, float(kernel.joints().velocity[0]))
        await motion
        assert fastest == pytest.approx(0.2 * 3.14, rel=1e-3)
        await arm.close()

    bench(test)


def test_motions_that_are_sent_while_the_override_is_zero_wait() -> None:
    async def test(table: Bench) -> None:
        arm = table.rig.device
        await arm.connect()
        await arm.set_speed_override(0.0)
        motion = asyncio.ensure_future(arm.move_joint(away(table)))
        await asyncio.sleep(2.0)
        assert not motion.done()
        assert table.rig.true_joints() == pytest.approx(arm.home, abs=1e-6)
        await arm.set_speed_override(1.0)
        await motion
        assert table.rig.true_joints() == pytest.approx(away(table), abs=1e-6)
        await arm.close()

    bench(test)


def test_a_path_stops_where_it_is_not_blended_and_nowhere_else() -> None:
    async def test(table: Bench) -> None:
        arm = table.rig.device
        await arm.connect()
        start = (await arm.state()).tcp
        corners = [(0.05, 0.0, 0.02), (0.05, 0.05, 0.0), (0.0, 0.05, 0.02), (0.0, 0.0, 0.0)]
        path = [Waypoint(start.shifted(x, y), radius) for x, y, radius in corners]
        motion = asyncio.ensure_future(arm.move_path(path, speed=0.2))
        slow = []
        while not motion.done():
            await asyncio.sleep(0.005)
            slow.append(float(np.abs(table.rig.kernel.joints().velocity).max()) < 1e-3)
        await motion
        stops = "".join("01"[on] for on in slow).strip("1").split("0")
        assert sum(bool(stop) for stop in stops) == 1, "one stop, at the second corner"
        assert (await arm.state()).tcp.distance(start)[0] < 1e-5
        await arm.close()

    bench(test)


def test_a_path_that_does_not_fit_into_the_queue_is_stopped_as_a_whole() -> None:
    async def test(table: Bench) -> None:
        arm = table.rig.device
        await arm.connect()
        start = (await arm.state()).tcp
        table.rig.kernel.queue_depth = 2
        path = [Waypoint(start.shifted(0.01 * step), 0.002) for step in range(1, 6)]
        with pytest.raises(CommandRejected, match="warning 11"):
            await arm.move_path(path, speed=0.01)
        before = table.rig.true_joints()
        await asyncio.sleep(1.0)
        assert (table.rig.true_joints() == before).all()
        assert table.box.queue.count == 0
        await arm.close()

    bench(test)
