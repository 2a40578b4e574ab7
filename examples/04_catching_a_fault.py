"""Catching a fault: which exception a program gets, and how it continues.

Run it with ``python examples/04_catching_a_fault.py``. It uses the cell of the first example. A motion that is awaited
always ends, either with success or with an exception. The exception names the device, the error and the device's last
state.
"""

import asyncio
from pathlib import Path

from cellkit_virtual.arm import VirtualArm

from cellkit.cell import Cell
from cellkit.devices import Arm
from cellkit.errors import OutOfReach, ProtectiveStop
from cellkit.scenario.simulate import simulate
from cellkit.timing import now

CELL = Path(__file__).with_name("01_first_program.yaml")


async def main(cell: Cell) -> None:
    """Cause two faults, and continue after each."""
    arm = cell.arm("robot")
    await arm.move_joint(arm.home)
    await ask_too_much(cell, arm)
    await be_bumped_into(cell, arm)
    print(f"{now():6.2f} s  all is well again: {await arm.state()}")


async def ask_too_much(cell: Cell, arm: Arm) -> None:
    """Command a pose out of reach: the arm refuses it before it moves, and gives the reason."""
    far = cell.places("left")[0].shifted(x=3.0)
    before = (await arm.state()).joints.position
    try:
        await arm.move_pose(far)
    except OutOfReach as error:
        print(f"{now():6.2f} s  refused: {error.message}")
    after = (await arm.state()).joints.position
    print(f"{now():6.2f} s  the arm has not moved: {(before == after).all()}")


async def be_bumped_into(cell: Cell, arm: Arm) -> None:
    """Cause a protective stop. The robot triggers it; cellkit never clears it on its own, a person must decide that."""
    bump_in(0.2, cell)
    goal = arm.home + 0.5
    try:
        await arm.move_joint(goal)
    except ProtectiveStop as error:
        state = await arm.state()
        print(f"{now():6.2f} s  stopped by the robot: {error.message}; it is now {state}")
    try:
        await arm.move_joint(goal)
    except ProtectiveStop as error:
        print(f"{now():6.2f} s  still refused: {error.message}")
    await arm.recover()  # runs the sequence that this vendor's controller requires
    await arm.move_joint(goal)
    left = abs((await arm.state()).joints.position - goal).max()
    print(f"{now():6.2f} s  went on and arrived, {left:.4f} rad from the goal")


def bump_in(seconds: float, cell: Cell) -> None:
    """Let a person lean on the arm after some seconds. Only a simulated robot offers that to a program."""
    robot = cell.device("robot", VirtualArm)
    asyncio.get_running_loop().call_later(seconds, robot.controller.protective_stop, "a person leant on the arm")


if __name__ == "__main__":
    simulate(CELL, main, world="kinematic")
