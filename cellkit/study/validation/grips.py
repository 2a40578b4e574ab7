"""The force at which a grip fails in the physics world, against the formula: suction and friction."""

from __future__ import annotations

import asyncio

from cellkit.cell.build import BuiltCell
from cellkit.devices import Load
from cellkit.devices.gripper import GRAVITY
from cellkit.errors import GraspLost
from cellkit.models.gripper import VacuumGripperModel
from cellkit.models.load import load_gripper
from cellkit.study.validation.published import Row, published
from cellkit.study.validation.worlds import in_physics
from cellkit.timing import now

PART = 0.06  # m, edge of the lifted part
BISECTIONS = 8


def suction_row() -> Row:
    """Compare the holding force at which a part at rest breaks off a leaking cup."""
    model = load_gripper("vacuum")
    assert isinstance(model, VacuumGripperModel)
    mass, rate = 1.5, 20_000.0

    async def program(built: BuiltCell) -> float:
        await _lift(built, mass, None)
        suction = built.plants["robot"].suction
        assert suction is not None
        began = now()
        suction.leak(rate)
        try:
            async with built.cell.gripper("hand").guard():
                await asyncio.sleep(60.0)
        except GraspLost:
            share = 1 - rate * (now() - began) / model.vacuum_max.known()
            return share * model.holding_force()
        raise RuntimeError("the part did not break off within 60 s")

    force = in_physics(_lifting_cell("vacuum", mass, 0.6), program)
    return _formula(
        "suction: cup force at which 1.5 kg break off",
        force,
        mass * GRAVITY,
        "N",
        "vacuum times area in the physics world, leaking at 200 mbar/s; nothing calibrated",
        "Reference: weight. The vendor's own safety factors come on top.",
    )


def friction_row() -> Row:
    """Compare the force of the jaws at which a part at rest slips out, by bisection."""
    mass, friction = 4.0, 0.2
    slips, holds = 20.0, 235.0

    def held(force: float) -> bool:
        async def program(built: BuiltCell) -> float:
            try:
                await _lift(built, mass, force)
                async with built.cell.gripper("hand").guard():
                    await asyncio.sleep(1.0)
            except GraspLost:
                return 0.0
            return float(built.cell.gripper("hand").holding)

        return in_physics(_lifting_cell("2f-85", mass, friction), program) == 1.0

    for _ in range(BISECTIONS):
        force = (slips + holds) / 2
        slips, holds = (slips, force) if held(force) else (force, holds)
    return _formula(
        "friction: force of each pad that just holds 4 kg (friction 0.2)",
        (slips + holds) / 2,
        mass * GRAVITY / (2 * friction),
        "N",
        f"lifted and held for 1 s in the physics world, {BISECTIONS} bisections; nothing calibrated",
        "Reference: m g / 2 mu for two pads.",
    )


def _formula(subject: str, predicted: float, expected: float, unit: str, basis: str, remark: str) -> Row:
    source = published().sources["formula"].title
    return Row("grip", subject, "prediction", predicted, expected, unit, source, "computed", basis, remark)


async def _lift(built: BuiltCell, mass: float, force: float | None) -> None:
    """Grip the part in the middle, lift it slowly, and let it come to rest."""
    arm, hand = built.cell.arm("robot"), built.cell.gripper("hand")
    part, place = built.cell.workpiece("part"), built.cell.places("here")[0]
    await hand.release()
    await arm.move_joint(arm.home)
    grasp = await arm.nearest(hand.grasp_poses(part, place.offset(z=PART / 2)))
    await arm.move_pose(grasp.offset(z=-0.1))
    await arm.move_linear(grasp)
    await hand.grip(part, force=force)
    await arm.set_payload(Load(mass))
    await arm.move_linear(grasp.offset(z=-0.1), speed=0.05)
    await asyncio.sleep(0.5)


def _lifting_cell(gripper: str, mass: float, friction: float) -> str:
    return f"""
devices:
  robot: {{kind: arm, model: ur5e}}
  hand: {{kind: gripper, model: {gripper}, on: robot, adapter: {{thickness: 0.010, mass: 0.12}}}}
frames:
  table: {{in: robot, xyz: [0.35, 0.35, 0.05]}}
workpieces:
  part: {{size: [{PART}, {PART}, {PART}], mass: {mass}, friction: {friction}}}
places:
  here: {{in: table}}
structures:
  table: {{in: table, shapes: [{{box: [0.3, 0.3, 0.04], xyz: [0, 0, -0.02]}}]}}
stock: {{part: here}}
"""
