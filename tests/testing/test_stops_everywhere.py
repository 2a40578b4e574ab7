"""The law of stops in the direct path and in one virtual controller of each vendor; one figure moves all who use it."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
import pytest

from cellkit import registry
from cellkit.controller.arm_controller import ArmController
from cellkit.devices import StopCategory
from cellkit.geometry import Array, Pose
from cellkit.masses import Load
from cellkit.models.arm import ArmModel
from cellkit.models.load import load_arm
from cellkit.motion.speed_and_separation import Monitoring, Stop, protective_distance
from cellkit.motion.stopping import PROTECTIVE, stop_law
from cellkit.scenario.processes import presence
from cellkit.study.validation import stops
from cellkit.timing import now, run

VENDORS = ("virtual", "abb", "fanuc", "franka", "igus", "kuka", "ufactory", "ur", "yaskawa")
SPEED = 0.4
FAST = 0.15
"""Shares of the joints' speed: that of the motion, and the least at which a stop is judged."""
LOOK = 0.002


def rig_for(driver: str) -> Any:
    rig = registry.driver(driver).rig
    assert rig is not None
    return registry.load_object(rig)().rig("arm", None)


def kernel_of(rig: Any) -> ArmController:
    kernel = rig.device.controller if hasattr(rig.device, "controller") else rig.kernel
    assert isinstance(kernel, ArmController)
    return kernel


def away(arm: Any) -> Array:
    """Joints far from home within the limits: the first joint turns."""
    limits = arm.kinematics.limits
    goal = np.array(arm.home)
    goal[0] += 2.0 if goal[0] + 2.1 < limits.upper[0] else -2.0
    return goal


async def stopped(driver: str, category: StopCategory) -> tuple[ArmController, float, float, Array]:
    """Stop a fast arm; return its kernel, the time to rest, the time by the law, and the way of every joint."""
    rig = rig_for(driver)
    await rig.start()
    arm = rig.device
    try:
        await arm.connect()
        await arm.move_joint(arm.home)
        kernel = kernel_of(rig)
        motion = asyncio.ensure_future(arm.move_joint(away(arm), speed=SPEED))
        before = 0.0
        while not motion.done():
            await asyncio.sleep(LOOK)
            speed = np.abs(kernel.commanded()[1])
            share = float((speed / kernel.kinematics.limits.velocity).max())
            if share > FAST and share <= before + 1e-6:
                break
            before = share
        assert not motion.done(), "the arm never became fast"
        began, start = now(), kernel.commanded()
        expected = kernel.stops[category].duration(*start, Load())
        if category is StopCategory.TWO:  # a safety function's; a program's stop of category 2 is a plain command
            kernel.protective_stop()
            await kernel.reset()  # waits until the arm is at rest
        else:
            await kernel.stop(category)
        took, way = now() - began, kernel.commanded()[0] - start[0]
        await asyncio.wait({motion}, timeout=5.0)
        motion.cancel()
        await asyncio.gather(motion, return_exceptions=True)
        return kernel, took, expected, way
    finally:
        await arm.close()
        await rig.finish()


@pytest.mark.parametrize("category", StopCategory)
@pytest.mark.parametrize("driver", VENDORS)
def test_every_controller_stops_by_the_law(driver: str, category: StopCategory) -> None:
    kernel, took, expected, way = run(stopped(driver, category))
    law = kernel.stops[category]
    assert took == pytest.approx(expected, rel=0.02, abs=2 * LOOK)
    assert took > law.reaction
    assert kernel.powered is (category is StopCategory.TWO)
    turned = abs(float(way[0]))
    assert turned > 0.0
    assert float(np.abs(way[1:]).max()) < 0.02 * turned + 1e-3, "the arm stays on its path, here one joint's turn"


def test_the_stop_of_a_program_begins_at_once() -> None:
    """A press that stops by its force must not go on for the reaction time of a safety function."""

    async def main() -> None:
        rig = rig_for("virtual")
        await rig.start()
        arm, times = rig.device, []
        try:
            await arm.connect()
            kernel = kernel_of(rig)
            for asked in (True, False):
                await arm.move_joint(arm.home)
                motion = asyncio.ensure_future(arm.move_joint(away(arm), speed=SPEED))
                await asyncio.sleep(0.5)
                began = now()
                if asked:
                    await kernel.stop()
                else:
                    kernel.protective_stop()
                    await kernel.reset()
                times.append(now() - began)
                await asyncio.gather(motion, return_exceptions=True)
                await kernel.reset()
            assert times[0] < times[1] - 0.5 * kernel.stops[StopCategory.TWO].reaction
        finally:
            await arm.close()
            await rig.finish()

    run(main())


@pytest.mark.parametrize("driver", ["abb", "franka", "kuka"])
def test_a_driver_that_sends_set_points_stops_at_once(driver: str) -> None:
    """The kernel of the driver commands a real robot; only the kernel of the virtual controller models one."""

    async def main() -> None:
        rig = rig_for(driver)
        await rig.start()
        try:
            ours, modelled = rig.device.kernel.stops, rig.kernel.stops
            assert [law.reaction for law in ours.values()] == [0.0, 0.0, 0.0]
            assert all(law.reaction > 0.0 for law in modelled.values())
        finally:
            await rig.device.close()
            await rig.finish()

    run(main())


def test_a_strict_robot_takes_a_stop_at_any_moment() -> None:
    """The virtual Franka faults at the first command with too much speed, acceleration or jerk."""

    async def main() -> None:
        rig = rig_for("franka")
        await rig.start()
        arm = rig.device
        try:
            await arm.connect()
            for number, moment in enumerate(np.linspace(0.05, 0.6, 12)):
                await arm.move_joint(arm.home)
                home = Pose(arm.kinematics.forward(arm.home) @ arm.tool.tcp.matrix, "base")
                line = arm.move_linear(home.shifted(y=0.15, z=0.1))
                motion = asyncio.ensure_future(line if number % 3 == 0 else arm.move_joint(away(arm)))
                if number % 3:
                    line.close()
                await asyncio.sleep(float(moment))
                await arm.stop()
                await asyncio.gather(motion, return_exceptions=True)
            await arm.move_joint(arm.home)  # raises the fault that a stop has caused
        finally:
            await arm.close()
            await rig.finish()

    run(main())


# --- one figure, all who use it ---------------------------------------------------------------------------------------


def slower(model: ArmModel) -> ArmModel:
    """The same arm, that reacts 0.2 s later and brakes half as hard in every category."""
    assert model.stopping is not None
    changed = {}
    for category in (0, 1, 2):
        stop = model.stopping.of(category)
        assert stop is not None
        braking = [figure if figure == "unknown" else figure / 2 for figure in stop.deceleration]
        changed[f"category_{category}"] = stop.model_copy(
            update={"reaction": stop.reaction + 0.2, "deceleration": braking}
        )
    return model.model_copy(update={"stopping": model.stopping.model_copy(update=changed)})


def test_a_changed_model_moves_every_consumer(monkeypatch: pytest.MonkeyPatch) -> None:
    for path in ("virtual", "ur"):  # the direct path and a virtual controller
        before, after = (self_changed(path, change, monkeypatch) for change in (False, True))
        assert after > before + 0.2, path
    arm = load_arm("ur5e")
    velocity = np.array([1.5, 0.0, 0.0, 0.0, 0.0, 0.0])
    cell = Monitoring(reaction_time=0.1, intrusion=0.1)
    distances = []
    for model in (arm, slower(arm)):  # separation
        law = stop_law(model, PROTECTIVE)
        braking = float(law.braking_times(np.zeros(6), velocity, Load()).max())
        motion = presence.ArmMotion(np.zeros((1, 2)), np.array([[1.0, 0.0]]), np.zeros(1), law.reaction, braking)
        missing = presence.shortfall(motion, np.array([2.0, 0.0, 0.0]), 0.0, 0.1, 0.1)
        stop = Stop.lasting(1.0, braking, law.reaction)
        assert missing + 2.0 == pytest.approx(protective_distance(cell, stop).total)
        distances.append(missing)
    assert distances[1] > distances[0] + 0.2 * 1.6
    with monkeypatch.context() as patched:  # studies
        patched.setattr(stops, "load_arm", lambda name: slower(load_arm(name)) if name == "ur5e" else load_arm(name))
        moved = [row.figure for row in stops._models() if not row.holds]
        assert moved == [f"ur5_{joint}_{what}" for joint in stops.JOINTS for what in ("time", "distance")]


def self_changed(driver: str, change: bool, monkeypatch: pytest.MonkeyPatch) -> float:
    """How long a stop of category 1 takes."""
    with monkeypatch.context() as patched:
        if change:
            original = stop_law
            patched.setattr(
                "cellkit.controller.arm_controller.stop_law",
                lambda model, category: original(slower(model), category),
            )
        return run(stopped(driver, StopCategory.ONE))[1]
