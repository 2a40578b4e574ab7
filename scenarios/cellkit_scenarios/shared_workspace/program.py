"""Carry parts to and fro, no faster than the distance to the nearest person allows. The program knows roles only.

The separation is monitored by this program: a function of the cell, which protects no person. It is not a safety
certification; verify against the standard and by measurement.
"""

import asyncio
import math
from collections.abc import Coroutine
from dataclasses import dataclass, field

import numpy as np

from cellkit.cell import Cell
from cellkit.devices import Arm, ArmState, Gripper, Load, RangeScanner, Workpiece
from cellkit.errors import TaskFailed
from cellkit.geometry import Pose
from cellkit.motion.speed_and_separation import Monitoring, Stop, allowed_speed, intrusion_over_plane
from cellkit.motion.stopping import PROTECTIVE, stop_law
from cellkit.timing import now

ABOVE = 0.10  # m over a part from where the tool moves straight down
CARRY = 0.7  # share of the arm's speed while a part hangs between two pads
DROP = 0.001  # m over its place at which a part is released
AGAIN = 0.5  # s for which more speed must be allowed before the arm gets faster again
STEPS = 10  # steps of the speed: below the slowest step the arm stops, so that it never creeps
PATIENCE = 10.0  # s that the arm waits for a person to leave
SAMPLE = 0.01  # s between two samples of the arm while its motion is measured
FAST = 0.5  # share of its top speed from which a stop is worth measuring
MARGIN = 1.2  # factor on the longest of a few stops
SETTLED = 0.01  # rad/s below which a joint stands still
POST_RADIUS, TOLERANCE = 0.04, 0.05  # m


@dataclass
class Habits:
    """The measured motion of the arm at its work.

    Top speed of the tool (m/s), reach (m from its axis), the time (s) until a new speed was accepted, and stops: those
    measured by setting the speed to zero, and those by the law of a protective stop in the arm's model, from the same
    speeds.
    """

    speed: float = 0.0
    reach: float = 0.0
    lag: float = 0.0
    stops: list[Stop] = field(default_factory=list)

    def stop(self) -> Stop:
        """Return the worst of the stops, from the top speed."""
        if not self.stops:
            raise TaskFailed("the arm never became fast enough to measure how it stops")
        scaled = [stop.scaled(self.speed) for stop in self.stops]
        time, distance = MARGIN * max(s.time for s in scaled), MARGIN * max(s.distance for s in scaled)
        return Stop(self.speed, time, distance, max(s.reaction for s in scaled))


async def main(cell: Cell) -> None:
    """Measure how the arm moves and stops while no person is near, then work and watch until the shift is over."""
    arm, hand, area, station = cell.arm("robot"), cell.gripper("hand"), cell.scanner("area"), cell.io("station")
    part = cell.workpiece("part")
    habits = Habits()
    await hand.release(part)
    await arm.move_joint(arm.home)
    await during(carry_to_and_fro(cell, arm, hand, part), observe(arm, habits))
    await during(carry_to_and_fro(cell, arm, hand, part), measure_stops(arm, habits))
    await during(work(cell, arm, hand, part), watch(cell, arm, area, habits))
    await station.write("watching", False)
    await arm.set_speed_override(1.0)


async def during(job: Coroutine[None, None, None], beside: Coroutine[None, None, None]) -> None:
    """Do a job while something else runs beside it; an error in either ends both."""
    async with asyncio.TaskGroup() as both:
        other = both.create_task(beside)
        await job
        other.cancel()


# --- the work --------------------------------------------------------------------------------------------------------


async def work(cell: Cell, arm: Arm, hand: Gripper, part: Workpiece) -> None:
    """Carry the part to and fro until the shift is over."""
    await cell.io("station").write("watching", True)
    while not await cell.io("station").read("shift_over"):
        await carry_to_and_fro(cell, arm, hand, part)


async def carry_to_and_fro(cell: Cell, arm: Arm, hand: Gripper, part: Workpiece) -> None:
    """Carry the part from left to right and back: two parts' worth of work."""
    left, right = cell.places("left")[0], cell.places("right")[0]
    for start, goal in ((left, right), (right, left)):
        await carry(arm, hand, part, start, goal)
        cell.part_finished(part.kind)


async def carry(arm: Arm, hand: Gripper, part: Workpiece, start: Pose, goal: Pose) -> None:
    """Take the part from one place to the other."""
    grasp = await arm.nearest(hand.grasp_poses(part, start.offset(z=part.size[2] / 2)))
    await arm.move_pose(grasp.offset(z=-ABOVE))
    await arm.move_linear(grasp)
    if not (await hand.grip(part)).held:
        raise TaskFailed(f"no part lies at {start}")
    await arm.set_payload(Load(part.mass))
    async with hand.guard():
        await arm.move_linear(grasp.offset(z=-ABOVE))
        put = await arm.nearest(hand.grasp_poses(part, goal.offset(z=part.size[2] / 2 + DROP)))
        await arm.move_pose(put.offset(z=-ABOVE), speed=CARRY, acceleration=CARRY)
        await arm.move_linear(put)
    await hand.release(part)
    await arm.set_payload(Load())
    await arm.move_linear(put.offset(z=-ABOVE))


# --- how the arm moves and stops -------------------------------------------------------------------------------------


async def observe(arm: Arm, habits: Habits) -> None:
    """Measure the speed of the tool and the reach of the arm from its axis."""
    wide = max(arm.model.geometry.link_radii)
    while True:
        state = await arm.state()
        habits.speed = max(habits.speed, tool_speed(arm, state))
        points = [state.tcp.position, *(frame[:3, 3] for frame in arm.kinematics.joint_frames(state.joints.position))]
        habits.reach = max(habits.reach, *(math.hypot(point[0], point[1]) + wide for point in points))
        await asyncio.sleep(SAMPLE)


async def measure_stops(arm: Arm, habits: Habits) -> None:
    """Whenever the arm is fast, set its speed to zero, measure the stop, and let it continue."""
    law = stop_law(arm.model, PROTECTIVE)
    while True:
        state = await arm.state()
        speed = tool_speed(arm, state)
        if speed > FAST * habits.speed:
            joints, load = state.joints, arm.tool.load + arm.payload
            braking = float(law.braking_times(joints.position, joints.velocity, load).max())
            habits.stops.append(Stop.lasting(speed, braking, law.reaction))
            begun = now()
            await arm.set_speed_override(0.0)
            habits.lag = max(habits.lag, now() - begun)
            moved = state
            while np.abs(moved.joints.velocity).max() > SETTLED:
                await asyncio.sleep(SAMPLE)
                moved = await arm.state()
                speed = max(speed, tool_speed(arm, moved))
            way = float(np.linalg.norm(moved.tcp.position - state.tcp.position))
            habits.stops.append(Stop(speed, now() - begun, way))
            habits.speed = max(habits.speed, speed)
            await arm.set_speed_override(1.0)
            await asyncio.sleep(AGAIN)
        await asyncio.sleep(SAMPLE)


def tool_speed(arm: Arm, state: ArmState) -> float:
    """Return the speed of the TCP in m/s."""
    jacobian = arm.kinematics.jacobian(state.joints.position, arm.tool.tcp.matrix)
    return float(np.linalg.norm((jacobian @ state.joints.velocity)[:3]))


# --- people ----------------------------------------------------------------------------------------------------------


async def watch(cell: Cell, arm: Arm, area: RangeScanner, habits: Habits) -> None:
    """With every scan, set the speed that the separation allows. A scanner that fails ends this with its error."""
    stop, eye, base = habits.stop(), cell.places("area")[0], cell.places("robot")[0]
    turn = 1.0 / area.model.frequency.known()
    monitoring = Monitoring(
        reaction_time=2 * turn + habits.lag,  # a person that one turn just missed is detected by the next
        intrusion=intrusion_over_plane(float(eye.position[2])),
        person_uncertainty=3 * area.model.noise.known(),
    )
    cell.note(
        f"top speed {stop.speed:.2f} m/s within {habits.reach:.2f} m of the axis, stops in {stop.time:.2f} s over "
        f"{stop.distance:.2f} m, reacts in {monitoring.reaction_time:.2f} s"
    )
    assumed = stop_law(arm.model, PROTECTIVE).notice
    if assumed:
        cell.note(assumed)
    share, slow_since, stands_since = 1.0, 0.0, None
    while True:
        scan = await area.next_scan()
        await check(cell, area)
        nearest = await separation(area, eye, base) - habits.reach
        speed = allowed_speed(monitoring, nearest, stop)
        allowed = min(1.0, math.floor(STEPS * speed / stop.speed) / STEPS)
        if allowed <= share:
            slow_since = scan.stamp
        if allowed < share or scan.stamp - slow_since >= AGAIN:
            if allowed != share:
                await arm.set_speed_override(allowed)
            share = allowed
        stands_since = None if share > 0.0 else stands_since or scan.stamp
        if stands_since is not None and scan.stamp - stands_since > PATIENCE:
            raise TaskFailed(f"a person has stayed {nearest:.2f} m from the arm's work for {PATIENCE:g} s")


async def separation(area: RangeScanner, eye: Pose, base: Pose) -> float:
    """Return the distance (m) over the floor from the arm's axis to the nearest person; infinite without people."""
    ends = await area.intruders("watched")
    if np.isnan(ends).any():
        return 0.0
    seen = ends @ eye.matrix[:2, :2].T + eye.position[:2] - base.position[:2]
    return float(np.hypot(seen[:, 0], seen[:, 1]).min(initial=math.inf))


async def check(cell: Cell, area: RangeScanner) -> None:
    """Check that the scanner sees the post at its place."""
    post = cell.places("area")[0].inverse("area") @ cell.places("post")[0]
    x, y = float(post.position[0]), float(post.position[1])
    distance = math.hypot(x, y) - POST_RADIUS
    seen = await area.distance(math.atan2(y, x))
    if seen is None or abs(seen - distance) > TOLERANCE:
        what = "nothing" if seen is None else f"{seen:.3f} m"
        raise TaskFailed(f"the scanner sees {what} where its post is {distance:.3f} m away: it drifts, or was moved")
