"""Moves, set-points, stops and waiting."""

from __future__ import annotations

from cellkit_ur.urscript.builtins import builtin
from cellkit_ur.urscript.builtins_pose import get_inverse_kin
from cellkit_ur.urscript.errors import RuntimeException
from cellkit_ur.urscript.machine import Six
from cellkit_ur.urscript.runtime import Run, Runtime
from cellkit_ur.urscript.values import PoseValue, Value, integer, number, six


def _positive(value: Value, quantity: str) -> float:
    result = number(value)
    if not 0 < result < float("inf"):
        raise RuntimeException(f"the {quantity} must be above zero")
    return result


def _share(value: Value, quantity: str) -> float:
    result = number(value)
    if not 0 <= result < float("inf"):
        raise RuntimeException(f"the {quantity} must not be negative")
    return result


def _joints(runtime: Runtime, goal: Value) -> Six:
    joints: Six = get_inverse_kin(runtime, goal) if isinstance(goal, PoseValue) else six(goal)
    return joints


def _pose(runtime: Runtime, goal: Value) -> Six:
    if isinstance(goal, PoseValue):
        return six(goal)
    return runtime.machine.forward(six(goal), runtime.machine.tcp_offset())


@builtin
def movej(runtime: Runtime, q: Value, a: Value = 1.4, v: Value = 1.05, t: Value = 0, r: Value = 0) -> Run:
    """Move to joints, or to a pose by inverse kinematics, linear in joint space."""
    goal, time, radius = _joints(runtime, q), _share(t, "time"), _share(r, "blend radius")
    acceleration, speed = _positive(a, "acceleration"), _positive(v, "speed")
    machine = runtime.machine
    return (
        yield from runtime.follow(lambda: machine.movej(goal, acceleration, speed, time, radius), passing=radius > 0)
    )


@builtin
def movel(runtime: Runtime, pose: Value, a: Value = 1.2, v: Value = 0.25, t: Value = 0, r: Value = 0) -> Run:
    """Move to a pose, or to joints by forward kinematics, on a line."""
    goal, time, radius = _pose(runtime, pose), _share(t, "time"), _share(r, "blend radius")
    acceleration, speed = _positive(a, "acceleration"), _positive(v, "speed")
    machine = runtime.machine
    return (
        yield from runtime.follow(lambda: machine.movel(goal, acceleration, speed, time, radius), passing=radius > 0)
    )


@builtin
def movep(runtime: Runtime, pose: Value, a: Value = 1.2, v: Value = 0.25, r: Value = 0) -> Run:
    """Move to a pose on a line, at constant speed through blends."""
    goal, radius = _pose(runtime, pose), _share(r, "blend radius")
    acceleration, speed = _positive(a, "acceleration"), _positive(v, "speed")
    machine = runtime.machine
    return (yield from runtime.follow(lambda: machine.movep(goal, acceleration, speed, radius), passing=radius > 0))


@builtin
def movec(
    runtime: Runtime,
    pose_via: Value,
    pose_to: Value,
    a: Value = 1.2,
    v: Value = 0.25,
    r: Value = 0,
    mode: Value = 0,
) -> Run:
    """Move on a circle through one pose to another."""
    via, goal, radius, fixed = (
        _pose(runtime, pose_via),
        _pose(runtime, pose_to),
        _share(r, "blend radius"),
        integer(mode),
    )
    acceleration, speed = _positive(a, "acceleration"), _positive(v, "speed")
    machine = runtime.machine
    return (
        yield from runtime.follow(
            lambda: machine.movec(via, goal, acceleration, speed, radius, fixed == 1), passing=radius > 0
        )
    )


@builtin
def stopj(runtime: Runtime, a: Value) -> Run:
    """Brake in joint space until the arm is at rest."""
    braking = _positive(a, "deceleration")
    return (yield from runtime.follow(lambda: runtime.machine.stopj(braking)))


@builtin
def stopl(runtime: Runtime, a: Value, aRot: Value = None) -> Run:  # noqa: N803
    """Brake on a line until the arm is at rest."""
    braking = _positive(a, "deceleration")
    turning = braking if aRot is None else _positive(aRot, "deceleration")
    return (yield from runtime.follow(lambda: runtime.machine.stopl(braking, turning)))


@builtin
def servoj(
    runtime: Runtime,
    q: Value,
    a: Value = 0,
    v: Value = 0,
    t: Value = None,
    lookahead_time: Value = 0.1,
    gain: Value = 300,
) -> Run:
    """Follow joints; ``a`` and ``v`` have no effect, as in the vendor's controller."""
    goal, lookahead, stiffness = six(q), number(lookahead_time), number(gain)
    number(a), number(v)
    time = runtime.machine.steptime if t is None else _share(t, "time")
    if not 0.03 <= lookahead <= 0.2:
        raise RuntimeException("the lookahead time must be 0.03 to 0.2 s")
    if not 100 <= stiffness <= 2000:
        raise RuntimeException("the gain must be 100 to 2000")
    runtime.take_over()
    runtime.machine.servoj(goal, time, lookahead, stiffness)
    return (yield from runtime.occupy(time))


@builtin
def servoc(runtime: Runtime, pose: Value, a: Value = 1.2, v: Value = 0.25, r: Value = 0) -> Run:
    """Follow a pose on circles, one control step at a time."""
    goal, radius = _pose(runtime, pose), _share(r, "blend radius")
    acceleration, speed = _positive(a, "acceleration"), _positive(v, "speed")
    runtime.take_over()
    runtime.machine.servoc(goal, acceleration, speed, radius)
    return (yield from runtime.occupy(0.0))


@builtin
def speedj(runtime: Runtime, qd: Value, a: Value, t: Value = None) -> Run:
    """Keep joint speeds: for a time, or until they are reached."""
    speeds, acceleration = six(qd), _positive(a, "acceleration")
    if t is None:
        return (yield from runtime.follow(lambda: runtime.machine.speedj(speeds, acceleration)))
    runtime.take_over()
    runtime.machine.speedj(speeds, acceleration)
    return (yield from runtime.occupy(_share(t, "time")))


@builtin
def speedl(runtime: Runtime, xd: Value, a: Value, t: Value = None, aRot: Value = None) -> Run:  # noqa: N803
    """Keep a speed of the TCP: for a time, or until it is reached."""
    speeds, acceleration = six(xd), _positive(a, "acceleration")
    turning = acceleration if aRot is None else _positive(aRot, "acceleration")
    if t is None:
        return (yield from runtime.follow(lambda: runtime.machine.speedl(speeds, acceleration, turning)))
    runtime.take_over()
    runtime.machine.speedl(speeds, acceleration, turning)
    return (yield from runtime.occupy(_share(t, "time")))


def sync(runtime: Runtime) -> Run:
    """Wait for the next control step."""
    runtime.syncs[0] += 1
    yield False


builtin(sync, idle=True)


@builtin
def sleep(runtime: Runtime, t: Value) -> Run:
    """Wait for a time, s."""
    for _ in range(runtime.steps(number(t))):
        yield False
