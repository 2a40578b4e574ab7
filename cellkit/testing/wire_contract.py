"""Rules for every wire driver of an arm: failures of the line and of the controller.

A driver's test file needs three lines for them, beside those of the contract::

    from cellkit.testing.wire_contract import WireFaults


    class TestAcmeFaults(WireFaults):
        driver = "acme"
"""

# ruff: noqa: D102  (the name of a rule states what the rule asks for; a failing test shows it)

from __future__ import annotations

import asyncio
from typing import Any

from cellkit.devices import Lifecycle, OperationalMode
from cellkit.errors import (
    CommandRejected,
    ConnectionFailed,
    ConnectionLost,
    DeviceError,
    DeviceFault,
    EmergencyStop,
    ProtectiveStop,
    ProtocolError,
)
from cellkit.testing.arm_rules import ArmRules
from cellkit.testing.contract import GARBAGE, assert_lifecycle, raised, refused, rule
from cellkit.transport.faults import FaultyEnd

NOTICED = 10.0  # s of cell time within which a silent line must be noticed
LATE = 0.15  # s of delay of everything from the controller in the test of a slow line


class WireFaults(ArmRules):
    """Rules for an arm whose line is cut, silent, late or sends garbage, or whose controller stops or refuses."""

    async def _noticed(self, rig: Any, fault: str, did: str) -> None:
        """Switch a fault of the line on in a motion: the motion fails, the device is lost, and the arm stops."""
        motion = await self.under_way(rig)
        setattr(rig.faults, fault, True)
        await raised(motion, ConnectionLost, NOTICED, f"the motion during which the line {did}")
        assert_lifecycle(rig.device, Lifecycle.LOST)
        if "stops_without_link" not in rig.lacks:
            await self.assert_stands(rig, f"after the line {did}")

    async def _goes_on(self, rig: Any, because: str) -> None:
        """Check that the arm works on a repaired line: connect, recover as far as needed, and move."""
        rig.faults.restore()
        arm = rig.device
        await arm.connect()
        assert_lifecycle(arm, Lifecycle.OPEN)
        await self.recover_if_stopped(arm)
        await self.assert_usable(rig, because)

    @rule
    async def test_a_line_cut_during_a_motion_stops_the_arm_and_the_program_can_go_on(self, rig: Any) -> None:
        self.needs(rig, "drop_link")
        await self.connected(rig)
        motion = await self.under_way(rig)
        rig.faults.drop()
        await raised(motion, ConnectionLost, 1.0, "the motion during which the line was cut")
        if "stops_without_link" not in rig.lacks:
            await self.assert_stands(rig, "after the line was cut")
        else:
            await asyncio.sleep(5.0)  # commands that were sent already are carried out to their end
        await self._goes_on(rig, "after the line was restored")

    @rule
    async def test_one_line_of_several_that_is_lost_stops_the_arm(self, rig: Any) -> None:
        await self.connected(rig)
        # A controller that watches no client can be stopped by its command line alone, which is opened first.
        first = 1 if "stops_without_link" in rig.lacks else 0
        for number in range(first, len(rig.faults.connections)):
            for lose in (FaultyEnd.cut, FaultyEnd.fall_silent):
                motion = await self.under_way(rig)
                lose(rig.faults.connections[number])
                because = f"after {lose.__name__}() of connection {number}"
                await asyncio.wait({motion}, timeout=NOTICED)
                assert motion.done(), f"the motion hangs {because}"
                await self.assert_stands(rig, because)
                await rig.device.close()
                await self._goes_on(rig, because)

    @rule
    async def test_a_line_that_repeats_its_last_packet_is_a_silent_line(self, rig: Any) -> None:
        await self.connected(rig)
        await self._noticed(rig, "frozen", "froze")
        await rig.device.close()
        await self._goes_on(rig, "after the line was restored")

    @rule
    async def test_one_line_of_several_that_repeats_its_last_packet_shows_no_state(self, rig: Any) -> None:
        await self.connected(rig)
        for number in range(len(rig.faults.connections)):
            motion = await self.under_way(rig)
            because = f"after connection {number} froze"
            rig.faults.connections[number].freeze()
            await asyncio.wait({motion}, timeout=NOTICED)
            assert motion.done(), f"the motion hangs {because}"
            if motion.exception() is None:
                self.assert_joints(rig, self.away(rig.device), f"the motion ended {because}")
            elif "stops_without_link" not in rig.lacks:
                await self.assert_stands(rig, because)
            await asyncio.sleep(NOTICED)
            if rig.device.lifecycle is Lifecycle.OPEN and "stamps" not in rig.lacks:
                shown = (await rig.device.state()).joints.position
                self.assert_joints(rig, shown, f"the state that the driver reports {because}")
            await rig.device.close()
            await self._goes_on(rig, because)

    @rule
    async def test_a_silent_line_is_noticed(self, rig: Any) -> None:
        await self.connected(rig)
        await self._noticed(rig, "silent", "fell silent")
        await refused(rig.device.move_joint(rig.device.home), ConnectionLost, because="a motion on a silent line")
        await rig.device.close()
        await self._goes_on(rig, "after the line was restored")

    @rule
    async def test_a_controller_that_never_answers_is_no_connection(self, rig: Any) -> None:
        rig.faults.silent = True
        connecting = asyncio.ensure_future(rig.device.connect())
        await raised(connecting, ConnectionFailed, 3 * NOTICED, "connecting to a controller that never answers")
        assert_lifecycle(rig.device, Lifecycle.CLOSED)
        await self._goes_on(rig, "after the controller answers again")

    @rule
    async def test_a_late_line_still_works_or_is_given_up_in_order(self, rig: Any) -> None:
        arm = await self.connected(rig)
        rig.faults.delay = LATE
        goal = self.away(arm, 0.3)
        try:
            await arm.move_joint(goal)
        except DeviceError as error:
            # Cyclic protocols end the connection; then the arm must be at rest, and a new connection must work.
            expected = isinstance(error, ConnectionLost | ProtectiveStop | DeviceFault)
            assert expected, f"a late line: {error!r}"  # noqa: PT017  (any of these, or no error at all)
            await self.assert_stands(rig, "after the late line ended the connection")
            await arm.close()
            await self._goes_on(rig, "after the delay has ended")
        else:
            await asyncio.sleep(2 * LATE)
            self.assert_joints(rig, goal, "over a late line")

    @rule
    async def test_garbage_never_hangs_and_never_moves_the_arm(self, rig: Any) -> None:
        arm = await self.connected(rig)
        rig.faults.garbage(GARBAGE)
        await asyncio.sleep(1.0)
        await self.assert_stands(rig, "after garbage")
        if arm.lifecycle is Lifecycle.OPEN:  # a datagram that is no message may be dropped
            await self.assert_usable(rig, "after garbage that was skipped")
            return
        await refused(arm.move_joint(arm.home), ConnectionLost, because="a motion after garbage")
        await arm.close()
        await self._goes_on(rig, "after garbage")

    @rule
    async def test_garbage_during_a_motion_ends_it_or_is_skipped(self, rig: Any) -> None:
        arm = await self.connected(rig)
        motion = await self.under_way(rig)
        rig.faults.garbage(GARBAGE)
        await asyncio.wait({motion}, timeout=60.0)
        assert motion.done(), "a motion hangs after garbage on the line"
        error = motion.exception()
        if error is None:
            self.assert_joints(rig, self.away(arm), "a motion during which garbage came")
            return
        assert isinstance(error, ConnectionLost | ProtocolError), f"garbage during a motion: {error!r}"
        if "stops_without_link" not in rig.lacks:
            await self.assert_stands(rig, "after garbage")
        await arm.close()
        await self._goes_on(rig, "after garbage")

    @rule
    async def test_an_emergency_stop_during_a_motion_and_the_way_back(self, rig: Any) -> None:
        self.needs(rig, "press_emergency_stop", "release_emergency_stop")
        arm = await self.connected(rig)
        motion = await self.under_way(rig)
        rig.press_emergency_stop()
        await raised(motion, EmergencyStop, 2.0, "a motion that the emergency stop ended")
        await self.assert_stands(rig, "after an emergency stop")
        rig.release_emergency_stop()
        await arm.recover()
        await self.assert_usable(rig, "after recover()")

    @rule
    async def test_a_protective_stop_during_a_motion_and_the_way_back(self, rig: Any) -> None:
        self.needs(rig, "protective_stop")
        arm = await self.connected(rig)
        motion = await self.under_way(rig)
        rig.protective_stop()
        await raised(motion, ProtectiveStop, 2.0, "a motion that a protective stop ended")
        await self.assert_stands(rig, "after a protective stop")
        await arm.recover()
        await self.assert_usable(rig, "after recover()")

    @rule
    async def test_the_wrong_mode_refuses_motions_until_it_is_right_again(self, rig: Any) -> None:
        self.needs(rig, "set_mode")
        arm = await self.connected(rig)
        await rig.set_mode(OperationalMode.MANUAL_REDUCED_SPEED)
        await asyncio.sleep(1.0)
        await self.assert_refused_and_still(
            rig, arm.move_joint(self.away(arm)), CommandRejected, because="a motion in manual mode"
        )
        await rig.set_mode(OperationalMode.AUTOMATIC)
        await asyncio.sleep(1.0)
        await self.recover_if_stopped(arm)
        await self.assert_usable(rig, "back in automatic mode")

    @rule
    async def test_a_full_buffer_is_refused_and_nothing_moves(self, rig: Any) -> None:
        self.needs(rig, "fill_buffer")
        arm = await self.connected(rig)
        depth = rig.kernel.queue_depth
        rig.virtual.fill_buffer()
        before = rig.true_joints()
        try:
            await arm.move_joint(self.away(arm))
        except DeviceError:
            pass
        else:
            raise AssertionError("the controller's buffer is full, but the motion succeeded")
        assert abs(rig.true_joints() - before).max() <= self.still, (
            "the motion was refused for a full buffer, but the arm has moved"
        )
        rig.kernel.queue_depth = depth
        await self.recover_if_stopped(arm)
        await self.assert_usable(rig, "after the buffer has room again")
