"""The vacuum gripper: its rig, and the rules of the driver contract."""

# ruff: noqa: D102 - the name of a rule states what the rule asks for; a failing test shows it

from __future__ import annotations

from typing_extensions import override

from cellkit.devices import Gripper
from cellkit.testing.contract import rule
from cellkit.testing.kinds.gripper import GripperContract, GripperRig


class VacuumGripperRig(GripperRig):
    """A vacuum gripper, suction off."""

    @override
    def holds_part(self) -> bool:
        held: bool = self.bench.plant.state().part_present
        return held

    def leak(self, rate: float) -> None:
        """Let the cup lose ``rate`` Pa a second from now on."""
        self.bench.plant.leak(rate)


class VacuumGripperContract(GripperContract[VacuumGripperRig]):
    """Every rule that a driver of a vacuum gripper has to keep."""

    kind = "vacuum"

    def part_size(self, gripper: Gripper) -> tuple[float, float, float]:
        """Return the size of a part whose flat top is larger than any cup."""
        return (0.12, 0.12, 0.03)

    @rule
    async def test_states_tell_vacuum_and_part(self, rig: VacuumGripperRig) -> None:
        gripper = await self.connected(rig)
        part = self.part(gripper)
        rig.put_part(part)
        before = await gripper.state()
        assert not before.part_present
        await gripper.grip(part)
        held = await gripper.state()
        assert held.part_present
        assert (held.vacuum is None) == (before.vacuum is None)
        if held.vacuum is not None and before.vacuum is not None:
            assert held.vacuum > before.vacuum
        assert held.stamp > before.stamp
        await gripper.release()
        after = await gripper.state()
        assert not after.part_present
        if after.vacuum is not None and held.vacuum is not None:
            assert after.vacuum < held.vacuum
