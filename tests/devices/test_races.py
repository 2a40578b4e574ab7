"""Everything at once: random commands, cancels, stops, faults and broken links, on a fixed set of seeds.

Whatever the order: every command ends with success, a cancellation or an error of the tree; the arm never jumps; in
the end it stands, works, and nothing is left over.
"""

from __future__ import annotations

import asyncio
import gc
import random
from typing import Any

import numpy as np
import pytest
from cellkit_virtual.rig import VirtualArmRig

from cellkit.devices import Lifecycle, SafetyStatus, Waypoint
from cellkit.errors import DeviceError
from cellkit.geometry import Pose
from cellkit.models.load import load_model
from cellkit.timing import now, run

LOOK = 0.004


class Chaos:
    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self.rig = VirtualArmRig("arm", load_model("ur5e"))
        self.tasks: list[asyncio.Task[Any]] = []
        self.unheard: list[Any] = []

    async def main(self) -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: self.unheard.append(context))
        await self.rig.start()
        arm = self.rig.device
        await arm.connect()
        watching = asyncio.ensure_future(self.watch())
        for _ in range(60):
            await self.step()
            await asyncio.sleep(self.draw.choice((0.0, 0.0, 0.001, 0.02, 0.1, 0.4)))
        await self.calm_down()
        for task in self.tasks:
            assert task.done(), f"{task} still waits"
            error = None if task.cancelled() else task.exception()
            assert error is None or isinstance(error, DeviceError), repr(error)
        await arm.move_joint(arm.home)
        assert self.rig.true_joints() == pytest.approx(arm.home, abs=1e-3)
        assert not arm.busy
        await arm.close()
        if watching.done():
            watching.result()
        watching.cancel()
        await asyncio.sleep(1.0)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    async def step(self) -> None:
        arm, rig, draw = self.rig.device, self.rig, self.draw
        match draw.choices(range(11), weights=(8, 4, 4, 6, 3, 2, 2, 1, 1, 2, 1))[0]:
            case 0:
                self.begin(arm.move_joint(arm.home + draw.uniform(-0.4, 0.4), replace=draw.random() < 0.5))
            case 1:
                self.begin(
                    arm.move_linear(self.pose(), replace=draw.random() < 0.5, timeout=draw.choice((0.05, 0.3, 60)))
                )
            case 2:
                path = [Waypoint(self.pose(), 0.02) for _ in range(3)]
                self.begin(arm.move_path(path, replace=draw.random() < 0.5))
            case 3:
                self.begin(arm.stop())
            case 4:
                for task in draw.sample(self.tasks, min(2, len(self.tasks))):
                    task.cancel()
            case 5:
                self.begin(arm.set_speed_override(draw.choice((0.0, 0.3, 1.0))))
            case 6:
                rig.protective_stop()
            case 7:
                rig.press_emergency_stop()
            case 8:
                rig.raise_fault()
            case 9:
                rig.release_emergency_stop()
                self.begin(arm.recover())
            case _:
                rig.drop_link()
                rig.restore_link()
                self.begin(arm.connect())

    async def calm_down(self) -> None:
        arm, rig = self.rig.device, self.rig
        if arm.lifecycle is not Lifecycle.OPEN:
            await arm.connect()
        await arm.stop()
        rest = rig.true_joints()
        await asyncio.sleep(0.5)
        assert np.abs(rig.true_joints() - rest).max() < 1e-6, "stop() has returned, and the arm moves"
        rig.release_emergency_stop()
        await arm.recover()
        assert (await arm.state()).safety is SafetyStatus.NORMAL
        await arm.set_speed_override(1.0)
        await asyncio.sleep(1.0)

    def begin(self, command: Any) -> None:
        self.tasks.append(asyncio.ensure_future(command))

    def pose(self) -> Any:
        arm, draw = self.rig.device, self.draw
        shift = [draw.uniform(-0.1, 0.1) for _ in range(3)]
        return (
            self.rig.controller.tcp(self.rig.plant.state()).shifted(*shift) if draw.random() < 0.5 else self.home(arm)
        )

    def home(self, arm: Any) -> Any:
        return Pose(arm.kinematics.forward(arm.home), "base").shifted(z=self.draw.uniform(0.0, 0.1))

    async def watch(self) -> None:
        """Check that no joint is ever faster than its limit: nothing jumps when one command replaces another."""
        limits = self.rig.device.limits
        before, moment = self.rig.true_joints(), now()
        while True:
            await asyncio.sleep(LOOK)
            joints, speed = self.rig.true_joints(), limits.velocity * (now() - moment)
            assert (np.abs(joints - before) <= 1.05 * speed + 1e-4).all(), f"a jump at {now():.3f} s"
            before, moment = joints, now()


@pytest.mark.parametrize("seed", range(30))
def test_whatever_happens_the_arm_ends_at_rest_and_usable(seed: int) -> None:
    chaos = Chaos(seed)
    run(chaos.main())
    del chaos.tasks[:]
    gc.collect(1)
    assert not chaos.unheard
