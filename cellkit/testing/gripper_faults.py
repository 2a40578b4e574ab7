"""Rules for every wire driver of a gripper: failures of the line and of the gripper.

A driver's test file needs three lines for them, beside those of the contract::

    class TestAcmeFaults(GripperFaults):
        driver = "acme"

``kind`` is jaws; set ``kind = "vacuum"`` for suction.
"""

# ruff: noqa: D102  (the name of a rule states what the rule asks for; a failing test shows it)

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

from cellkit.devices import Gripper, Lifecycle, Workpiece
from cellkit.errors import ConnectionFailed, ConnectionLost, DeviceError, DeviceFault, GraspLost, ProtocolError
from cellkit.testing.contract import GARBAGE, LATE, NOTICED, Contract, assert_lifecycle, raised, refused, rule
from cellkit.testing.kinds.gripper import carry


class GripperFaults(Contract[Any]):
    """Rules for a gripper whose line is cut, silent, late or sends garbage, that has a fault, or that loses a part."""

    kind: ClassVar[str] = "jaws"

    def part(self, gripper: Gripper) -> Workpiece:
        """Return a part that suits the gripper well."""
        allowed = gripper.model.payload.value or 1.0
        return Workpiece("test part", "box", (0.04, 0.06, 0.04), min(0.1, allowed / 4), 0.8)

    async def _goes_on(self, rig: Any, because: str) -> None:
        """Check that the gripper works on a repaired line: connect, recover as far as needed, and grip."""
        rig.faults.restore()
        gripper: Gripper = rig.device
        await gripper.connect()
        assert_lifecycle(gripper, Lifecycle.OPEN)
        await gripper.recover()
        await gripper.release()
        await gripper.grip()
        await gripper.release()
        assert not gripper.busy, because

    @rule
    async def test_a_line_cut_during_a_grip_ends_it_and_the_program_can_go_on(self, rig: Any) -> None:
        self.needs(rig, "drop_link")
        await rig.device.connect()
        gripping = asyncio.ensure_future(rig.device.grip())
        await asyncio.sleep(0.02)
        rig.faults.drop()
        await raised(gripping, ConnectionLost, 1.0, "the grip during which the line was cut")
        assert_lifecycle(rig.device, Lifecycle.LOST)
        await self._goes_on(rig, "after the line was restored")

    @rule
    async def test_a_silent_line_is_noticed(self, rig: Any) -> None:
        await rig.device.connect()
        gripping = asyncio.ensure_future(rig.device.grip())
        await asyncio.sleep(0.02)
        rig.faults.silent = True
        await raised(gripping, ConnectionLost, NOTICED, "the grip during which the line fell silent")
        await refused(rig.device.release(), ConnectionLost, because="a release on a silent line")
        await rig.device.close()
        await self._goes_on(rig, "after the line was restored")

    @rule
    async def test_silence_is_noticed_while_nothing_runs(self, rig: Any) -> None:
        await rig.device.connect()
        rig.faults.silent = True
        await asyncio.sleep(NOTICED)
        assert_lifecycle(rig.device, Lifecycle.LOST)

    @rule
    async def test_a_gripper_that_never_answers_is_no_connection(self, rig: Any) -> None:
        rig.faults.silent = True
        connecting = asyncio.ensure_future(rig.device.connect())
        await raised(connecting, ConnectionFailed, 3 * NOTICED, "connecting to a gripper that never answers")
        assert_lifecycle(rig.device, Lifecycle.CLOSED)
        await self._goes_on(rig, "after the gripper answers again")

    @rule
    async def test_a_late_line_still_works_or_is_given_up_in_order(self, rig: Any) -> None:
        await rig.device.connect()
        rig.faults.delay = LATE
        try:
            await rig.device.grip()
            await rig.device.release()
        except DeviceError as error:
            assert isinstance(error, ConnectionLost), f"a late line: {error!r}"  # noqa: PT017  (or no error at all)
            await rig.device.close()
        await self._goes_on(rig, "after the delay has ended")

    @rule
    async def test_garbage_never_hangs(self, rig: Any) -> None:
        await rig.device.connect()
        gripping = asyncio.ensure_future(rig.device.grip())
        await asyncio.sleep(0.02)
        rig.faults.garbage(GARBAGE)
        await asyncio.wait({gripping}, timeout=60.0)
        assert gripping.done(), "a grip hangs after garbage on the line"
        error = gripping.exception()
        if error is not None:
            assert isinstance(error, ConnectionLost | ProtocolError), f"garbage during a grip: {error!r}"
            await rig.device.close()
        await self._goes_on(rig, "after garbage")

    @rule
    async def test_a_fault_of_the_gripper_is_told_and_can_be_cleared(self, rig: Any) -> None:
        self.needs(rig, "fault")
        gripper: Gripper = rig.device
        await gripper.connect()
        gripping = asyncio.ensure_future(gripper.grip())
        await asyncio.sleep(0.02)
        code, text = rig.virtual.example_fault()
        error = await raised(gripping, DeviceFault, 2.0, "a grip during which the gripper reports a fault")
        assert error.code == code, f"code {error.code!r}, expected {code!r}"
        assert text in error.message
        await gripper.recover()
        await gripper.release()
        await gripper.grip()

    @rule
    async def test_a_part_lost_at_speed_ends_the_motion_and_is_an_event(self, rig: Any) -> None:
        self.needs(rig, "lose_part")
        gripper: Gripper = rig.device
        await gripper.connect()
        part = self.part(gripper)
        rig.put_part(part)
        assert (await gripper.grip(part)).held
        names: list[str] = []
        gripper.on_event(lambda event: names.append(event.what))
        carrying = asyncio.ensure_future(carry(gripper))
        await asyncio.sleep(0.3)
        rig.lose_part()
        await raised(carrying, GraspLost, 0.5, "carrying a part that was lost")
        assert names.count("grasp_lost") == 1
        await gripper.release()

    @rule
    async def test_a_vacuum_that_decays_is_noticed_before_or_when_the_part_falls(self, rig: Any) -> None:
        gripper: Gripper = rig.device
        await gripper.connect()
        if self.kind != "vacuum":
            return
        part = self.part(gripper)
        rig.put_part(part)
        assert (await gripper.grip(part)).held
        lost: list[bool] = []
        gripper.on_event(lambda event: lost.append(rig.holds_part()) if event.what == "grasp_lost" else None)
        rig.leak(10_000.0)
        await asyncio.sleep(30.0)
        assert lost, "the vacuum has decayed, but the driver sent no event"
        assert not gripper.holding
