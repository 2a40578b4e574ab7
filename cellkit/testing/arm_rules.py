"""Helpers for the rules of arms: goals that every arm reaches, motions under way, and checks at the mechanics."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, ClassVar

import numpy as np

from cellkit.devices import Arm, SafetyStatus
from cellkit.errors import CellkitError
from cellkit.geometry import Array, Pose
from cellkit.testing.arm_rig import ArmRig
from cellkit.testing.contract import Contract, refused

SLOW = 4.0  # s of a motion that a test disturbs
GRACE = 1.0  # s within which an arm must come to rest
LOOK = 0.02  # s between two samples of a moving arm


class ArmRules(Contract[ArmRig]):
    """Helpers of the rules; the rules are in the subclasses."""

    kind = "arm"

    joint_tolerance: ClassVar[float] = 2e-3
    """rad by which a joint may be off its goal."""
    tolerance: ClassVar[float] = 2e-3
    """m by which the TCP may be off its goal or path."""
    angle_tolerance: ClassVar[float] = 4e-3
    """rad by which the tool may be turned against its goal."""
    still: ClassVar[float] = 5e-4
    """rad by which a joint of an arm at rest may move in half a second."""

    async def connected(self, rig: ArmRig) -> Arm:
        """Return the arm of a rig, connected."""
        await rig.device.connect()
        return rig.device

    def away(self, arm: Arm, by: float = 0.6) -> Array:
        """Return (n,) joints ``by`` rad from home, every joint towards the side where it has more room."""
        home, limits = arm.home, arm.limits
        up, down = limits.upper - home, home - limits.lower
        return np.asarray(home + np.where(up >= down, np.minimum(by, 0.8 * up), -np.minimum(by, 0.8 * down)))

    def lifted(self, arm: Arm, x: float = 0.0, y: float = 0.0, z: float = 0.06) -> Pose:
        """Return the TCP pose at home, moved along the axes of ``base`` (m)."""
        flange = arm.kinematics.forward(arm.home)
        return Pose(flange @ arm.tool.tcp.matrix, "base").shifted(x, y, z)

    def true_tcp(self, rig: ArmRig) -> Pose:
        """Return the TCP in ``base``, from the joints at the plant and the tool that the program has set."""
        arm = rig.device
        return Pose(arm.kinematics.forward(rig.true_joints()) @ arm.tool.tcp.matrix, "base")

    def slow(self, arm: Arm, goal: Array, seconds: float = SLOW) -> float:
        """Return the speed (share of the limits) at which a motion from home to ``goal`` takes about ``seconds``."""
        share = float(np.max(np.abs(goal - arm.home) / arm.limits.velocity)) / seconds
        return min(1.0, share)

    async def under_way(self, rig: ArmRig, **options: Any) -> asyncio.Task[None]:
        """Start a slow motion from home and return it after one second, while the arm moves."""
        arm, before = rig.device, rig.true_joints()
        goal = self.away(arm)
        task = asyncio.ensure_future(arm.move_joint(goal, speed=self.slow(arm, goal), **options))
        await asyncio.sleep(1.0)
        if task.done():
            task.result()
        assert not task.done(), f"a motion that takes {SLOW:g} s was reported as done after 1 s"
        assert np.abs(rig.true_joints() - before).max() > 0.01, "the motion has started, but the arm is at rest"
        return task

    async def at_speed(self, rig: ArmRig) -> asyncio.Task[None]:
        """Start a motion from home at full speed and return it while the arm moves."""
        arm, before = rig.device, rig.true_joints()
        task = asyncio.ensure_future(arm.move_joint(self.away(arm)))
        for _ in range(200):
            await asyncio.sleep(0.01)
            if task.done() or np.abs(rig.true_joints() - before).max() > 0.15:
                break
        assert np.abs(rig.true_joints() - before).max() > 0.1, "the motion has started, but the arm is at rest"
        return task

    async def moves_on(self, rig: ArmRig) -> bool:
        """Return whether a joint moves in the next half second."""
        before = await self._joints(rig)
        await asyncio.sleep(0.5)
        return float(np.abs(await self._joints(rig) - before).max()) > self.still

    async def _joints(self, rig: ArmRig) -> Array:
        """Return the joints at the plant; without a bench, those that the controller reports."""
        if "true_joints" in rig.lacks:
            return (await rig.device.state()).joints.position
        return rig.true_joints()

    async def assert_stands(self, rig: ArmRig, because: str) -> None:
        """Check that the arm comes to rest within the permitted time and stays at rest."""
        __tracebackhide__ = True
        await asyncio.sleep(GRACE)
        before = rig.true_joints()
        for moment in (0.5, 2.0, 2.0):
            await asyncio.sleep(moment)
            moved = float(np.abs(rig.true_joints() - before).max())
            assert moved <= self.still, f"{because}: the arm must be at rest, but a joint has moved by {moved:.4f} rad"

    def assert_joints(self, rig: ArmRig, goal: Array, because: str) -> None:
        """Check that the joints of the plant are at a goal."""
        __tracebackhide__ = True
        off = np.abs(rig.true_joints() - goal)
        joint = int(off.argmax())
        assert off[joint] <= self.joint_tolerance, f"{because}: joint {joint + 1} is {off[joint]:.4f} rad off its goal"

    def assert_tcp(self, rig: ArmRig, goal: Pose, because: str) -> None:
        """Check that the TCP of the plant is at a pose in ``base``."""
        __tracebackhide__ = True
        metres, angle = self.true_tcp(rig).distance(goal)
        assert metres <= self.tolerance, f"{because}: the TCP is {metres * 1000:.2f} mm off its goal"
        assert angle <= self.angle_tolerance, f"{because}: the tool is turned by {angle:.4f} rad against its goal"

    async def assert_safety(self, arm: Arm, status: SafetyStatus) -> None:
        """Check that the arm reports a safety status."""
        __tracebackhide__ = True
        safety = (await arm.state()).safety
        assert safety is status, f"the state must report {status.value!r}, but reports {safety.value!r}"

    async def recover_if_stopped(self, arm: Arm) -> None:
        """Recover the arm if its controller has stopped it, or reports a fault."""
        state = await arm.state()
        if state.safety is not SafetyStatus.NORMAL or state.fault is not None:
            await arm.recover()

    async def assert_usable(self, rig: ArmRig, because: str) -> None:
        """Check that the arm carries out a motion."""
        __tracebackhide__ = True
        goal = self.away(rig.device, 0.3)
        try:
            await rig.device.move_joint(goal)
        except CellkitError as error:
            raise AssertionError(f"{because}: the next motion must succeed, but failed: {error!r}") from error
        self.assert_joints(rig, goal, because)

    async def assert_refused_and_still(
        self, rig: ArmRig, command: Coroutine[Any, Any, Any], kind: type[CellkitError], *words: str, because: str
    ) -> None:
        """Check that a command raises ``kind`` and that the arm does not move."""
        __tracebackhide__ = True
        before = await self._joints(rig)
        await refused(command, kind, *words, because=because)
        assert not await self.moves_on(rig), f"{because}: the command was refused, but the arm moves"
        assert np.abs(await self._joints(rig) - before).max() <= self.still, (
            f"{because}: the command was refused, but the arm has moved"
        )

    async def watched(self, rig: ArmRig, command: Coroutine[Any, Any, Any]) -> tuple[list[Pose], float]:
        """Await a command; return where the TCP was on the way and how long (s) it took."""
        began = asyncio.get_running_loop().time()
        task, seen = asyncio.ensure_future(command), [self.true_tcp(rig)]
        while not task.done():
            await asyncio.wait({task}, timeout=LOOK)
            seen.append(self.true_tcp(rig))
        await task
        return seen, asyncio.get_running_loop().time() - began
