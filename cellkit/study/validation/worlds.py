"""An arm in the physics world against published figures: an impact, energy, poses."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

import numpy as np

from cellkit.cell.build import BuiltCell, build_cell, opened
from cellkit.cell.plan import read_cell
from cellkit.controller.world import WorldSettings, create_world
from cellkit.models.load import load_arm
from cellkit.scenario.runner import device_factory
from cellkit.study.energy.config import EnergyConfig
from cellkit.study.energy.meter import PowerMeter
from cellkit.study.energy.profile import WH, power_profile
from cellkit.study.iso9283 import pose_figures
from cellkit.study.iso9283_pose import run_pose_test
from cellkit.study.repeatability import Scatter
from cellkit.study.validation.published import Row, compare, published
from cellkit.timing import now, run

STEP = 1 / 480  # s, the step of the physics world while bodies may touch


def in_physics(cell: str, program: Callable[[BuiltCell], Awaitable[float]], step: float | None = None) -> float:
    """Build a cell from its text in the physics world, run a program in it, and return its result.

    ``step`` (s): of the world; None: its default.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "cell.yaml"
        file.write_text("schema: cellkit/cell/1\nname: validation\n" + cell, encoding="utf-8")
        plan = read_cell(file)
    world = create_world("physics", WorldSettings(step=step, seed=1))

    async def main() -> float:
        async with opened(built):
            return await program(built)

    try:
        built = build_cell(plan, world, device_factory())
        return run(main(), stepper=world.stepper)
    finally:
        world.close()


def impact_row() -> Row:
    """Compare the first force peak of an arm that runs into a rigid plate at 0.5 m/s."""

    async def program(built: BuiltCell) -> float:
        arm = built.cell.arm("robot")
        await arm.move_joint(arm.home)
        tcp = (await arm.state()).tcp
        motion = asyncio.ensure_future(arm.move_linear(tcp.shifted(z=-0.3), speed=0.5))
        peak, hit = 0.0, None
        while hit is None or now() < hit + BLOW:
            await asyncio.sleep(STEP)
            force = built.world.pressed("plate") or 0.0
            if force > 0 and hit is None:
                hit = now()
            peak = max(peak, force)
        motion.cancel()
        await asyncio.wait({motion})
        return peak

    peak, finer = in_physics(IMPACT_CELL, program), in_physics(IMPACT_CELL, program, STEP / 2)
    return compare(
        "contact",
        "UR5 into a rigid plate at 0.5 m/s, first peak",
        peak,
        "ur5_impact",
        "model ur5e in the physics world, rigid bodies, steps of 1/480 s; nothing calibrated",
        f"With steps of 1/960 s it is {finer:.0f} N: between rigid bodies the peak depends on the step, and a small "
        "error here is coincidence. No model contains the elasticity of joints and links.",
    )


def energy_rows() -> list[Row]:
    """Compare whether faster motion takes less energy and more power, as measured on a UR10."""
    shares = (0.25, 0.5, 1.0)
    measured = [_energy(share) for share in shares]
    energies, peaks = [energy for energy, _ in measured], [peak for _, peak in measured]
    values = ", ".join(
        f"{share:.0%}: {energy:.0f} J, {peak:.0f} W" for share, (energy, peak) in zip(shares, measured, strict=True)
    )
    basis = f"model ur10e with measured drives, electric model of studies with its suggested figures, no load; {values}"
    remark = "Standby power is assumed, and nothing is fitted: the electric power of no arm was measured."
    return [
        _sign("energy of a motion, as speed limits rise", energies, "energy_falls_with_speed", basis, remark),
        _sign("peak power of a motion, as speed limits rise", peaks, "peak_rises_with_speed", basis, ""),
    ]


def pose_rows() -> list[Row]:
    """Compare the pose errors of a simulated arm with those of real arms."""
    cycles = 5
    test = run_pose_test(load_arm("ur5e"), "physics", cycles)
    accuracy = max(figures.accuracy for figures in test.figures)
    repeatability = max(figures.repeatability for figures in test.figures)
    basis = f"pose test of ur5e in the physics world, {cycles} cycles, bare flange; nothing calibrated"
    remark = "The models are nominal: no errors of links, joints or gears. A simulated arm is too good, by design."
    return [
        compare("iso9283", "accuracy of an uncalibrated arm", accuracy, "irb_1600_accuracy", basis, remark),
        compare("iso9283", "repeatability RP of a UR5e", repeatability, "ur5e_repeatability", basis, remark),
        scatter_row(),
        compare(
            "iso9283",
            "accuracy over repeatability",
            accuracy / repeatability,
            "irb_1600_ratio",
            basis,
            "The remaining error in simulation is the lag of the servo, the same every time.",
        ),
    ]


def scatter_row() -> Row:
    """Compare the repeatability of drawn scatter with the figure it was drawn from, over tests of thirty poses."""
    claimed = published()["ur5e_repeatability"]
    scatter = Scatter(claimed, seed=1)
    tests = [np.array([scatter.offset() for _ in range(30)]) for _ in range(TESTS)]
    mean = float(np.mean([pose_figures(test, np.zeros(3)).repeatability for test in tests]))
    basis = f"the published figure itself, as `--scatter` draws it: mean RP of {TESTS} tests"
    return compare("iso9283", "repeatability RP of drawn scatter", mean, "ur5e_repeatability", basis,
                   within=0.02 * claimed)  # fmt: skip


def _energy(share: float) -> tuple[float, float]:
    """Return the electric energy (J) and the peak power (W) of a motion there and back."""
    models = {"robot": load_arm("ur10e")}
    meter = PowerMeter(models)

    async def program(built: BuiltCell) -> float:
        arm = built.cell.arm("robot")
        await arm.move_joint(arm.home)
        built.world.on_power(meter)
        for goal in (arm.home + np.array([1.5, 0.4, -0.4, 0.0, 0.0, 0.0]), arm.home):
            await arm.move_joint(goal, speed=share, acceleration=share)
        return 0.0

    in_physics("devices:\n  robot: {kind: arm, model: ur10e}\n", program)
    log = meter.log()
    assert log is not None
    electric = power_profile(log, models, {}, EnergyConfig(), 1).electric
    return electric.energy * WH, electric.peak


def _sign(subject: str, values: list[float], name: str, basis: str, remark: str) -> Row:
    steps = np.sign(np.diff(values))
    sign = float(steps[0]) if (steps == steps[0]).all() else 0.0
    figure = published().figures[name]
    source = published().sources[figure.source].title
    return Row("energy", subject, "property", sign, figure.value, figure.unit, source, figure.certainty, basis, remark,
               sign == figure.value)  # fmt: skip


IMPACT_CELL = """
devices:
  robot: {kind: arm, model: ur5e}
frames:
  stand: {in: robot, xyz: [0.42, 0, 0.1]}
structures:
  plate: {in: stand, shapes: [{box: [0.6, 0.6, 0.04], xyz: [0, 0, -0.02]}]}
"""
BLOW = 0.02  # s from the first contact in which the peak is measured
TESTS = 200
