"""Mechanical work of the joints: a turn about the vertical axis costs its kinetic energy; braking returns none."""

from __future__ import annotations

import pytest
from cellkit_sim.physics_arm import PhysicsArm
from sim_rig import HOME, Cell

TURN, SECONDS = 1.5, 0.8
FASTEST = 1.875 * TURN / SECONDS  # at half time of the polynomial of the rig's motions


def test_a_turn_costs_its_kinetic_energy() -> None:
    cell = Cell("physics")
    arm = cell.robot.arm
    assert isinstance(arm, PhysicsArm)
    p, body, client = arm.client.p, arm.body, arm.client.id
    movable = [
        joint
        for joint in range(p.getNumJoints(body, physicsClientId=client))
        if p.getJointInfo(body, joint, physicsClientId=client)[2] != p.JOINT_FIXED
    ]
    angles = [p.getJointState(body, joint, physicsClientId=client)[0] for joint in movable]
    inertia = p.calculateMassMatrix(body, angles, physicsClientId=client)[0][0]
    before, work = cell.world.work(), []

    async def main(cell: Cell) -> None:
        goal = HOME.copy()
        goal[0] += TURN
        await cell.turn_to(goal, SECONDS)
        work.append(cell.world.work())

    cell.run(main)
    assert before == 0.0
    assert work[0] == pytest.approx(0.5 * inertia * FASTEST**2, rel=0.05)


def test_a_world_without_masses_reports_no_work() -> None:
    assert Cell("kinematic").world.work() is None
